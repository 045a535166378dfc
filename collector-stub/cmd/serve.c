/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include <event2/event.h>
#include <event2/thread.h>

#include "collector-stub/alert/alerter.h"
#include "collector-stub/cmd/cmd_table.h"
#include "collector-stub/cmd/ports.h"
#include "collector-stub/cmd/session.h"
#include "collector-stub/http/metrics.h"
#include "collector-stub/store/tend.h"
#include "lib/args.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/notify.h"

/* how often the age of the collector's own certificate is looked at */
#define CERTIFICATE_CHECK 3600
/* how often it is seen that a certificate's file was replaced */
#define CHANGE_CHECK 2

/* By which a file is told from its replacement. */
struct stamp {
	ino_t inode;
	off_t size;
	struct timespec changed;
};

struct serve {
	struct server server;
	struct session *session;
	struct event_base *base;
	struct metrics *metrics;	/* or NULL */
	struct event *term, *interrupt, *hup, *timer, *watch;
	struct stamp own, client_ca;	/* as they were read */
};

static void notify(const char *state)
{
	int r = notify_systemd(state);

	if (r < 0)
		log_warn("NOTIFY_SOCKET: %s", strerror(-r));
}

static bool has_names(const struct ca_server *s, const struct option_list *want)
{
	if (want->count > 0 && s->count != want->count)
		return false;
	for (size_t i = 0; i < want->count; i++)
		if (strcmp(s->names[i], want->items[i]) != 0)
			return false;
	return true;
}

/* Makes the collector's certificate anew where it is two thirds through its
 * life or has other names than are configured: 1 where it did, 0, -errno. */
static int refresh_certificate(const struct ca *ca,
			       const struct collector_config *c)
{
	struct ca_server s = { .cert = NULL };
	char *const *names = c->names.items;
	size_t count = c->names.count;
	int r = ca_load_server(c->state_dir, &s);

	if (r < 0 && (r != -ENOENT || count == 0))
		goto out;
	if (r == 0 && s.due > clock_now() && has_names(&s, &c->names))
		goto out;
	if (count == 0) {
		names = s.names;
		count = s.count;
	}
	r = ca_make_server(ca, names, count, c->state_dir, clock_now());
	if (r == 0) {
		log_info("the collector's certificate was made anew");
		r = 1;
	}
out:
	if (r < 0)
		log_error("%s/server.pem: %s", c->state_dir, strerror(-r));
	ca_server_free(&s);
	return r;
}

static void on_end(evutil_socket_t sig, short events, void *arg)
{
	struct serve *s = arg;

	(void)events;
	log_info("ends by signal %d", (int)sig);
	notify("STOPPING=1");
	event_base_loopbreak(s->base);
}

static struct stamp stamp(const char *path)
{
	struct stat st = { .st_ino = 0 };

	if (!*path || stat(path, &st) < 0)
		return (struct stamp){ .inode = 0 };
	return (struct stamp){ st.st_ino, st.st_size, st.st_ctim };
}

/* Whether the file is another than it was; notes how it is now. */
static bool is_replaced(struct stamp *s, const char *path)
{
	struct stamp now = stamp(path);
	bool same = now.inode == s->inode && now.size == s->size &&
		    now.changed.tv_sec == s->changed.tv_sec &&
		    now.changed.tv_nsec == s->changed.tv_nsec;

	*s = now;
	return !same && now.inode != 0;
}

static bool are_replaced(struct serve *s)
{
	const struct collector_config *c = s->server.config;
	char path[4096];
	bool own = file_path(path, sizeof(path), c->state_dir,
			     "server.pem") == 0 && is_replaced(&s->own, path);
	bool other = is_replaced(&s->client_ca, c->client_ca);

	return own || other;
}

/* Connections go on with what they began with. */
static void on_watch(evutil_socket_t none, short events, void *arg)
{
	struct serve *s = arg;

	(void)none, (void)events;
	if (are_replaced(s) && server_reload(&s->server) == 0)
		log_info("certificates have changed and were read again");
}

static void on_hup(evutil_socket_t sig, short events, void *arg)
{
	struct serve *s = arg;

	(void)sig, (void)events;
	if (server_reload(&s->server) == 0)
		log_info("certificates were read again");
}

static void on_timer(evutil_socket_t none, short events, void *arg)
{
	struct serve *s = arg;

	(void)none, (void)events;
	if (refresh_certificate(&s->server.ca, s->server.config) == 1) {
		server_reload(&s->server);
		are_replaced(s);
	}
}

static int listen_to_signals(struct serve *s)
{
	const struct timeval check = { .tv_sec = CERTIFICATE_CHECK };
	const struct timeval change = { .tv_sec = CHANGE_CHECK };

	s->term = evsignal_new(s->base, SIGTERM, on_end, s);
	s->interrupt = evsignal_new(s->base, SIGINT, on_end, s);
	s->hup = evsignal_new(s->base, SIGHUP, on_hup, s);
	s->timer = event_new(s->base, -1, EV_PERSIST, on_timer, s);
	s->watch = event_new(s->base, -1, EV_PERSIST, on_watch, s);
	if (!s->term || !s->interrupt || !s->hup || !s->timer || !s->watch)
		return -ENOMEM;
	if (evsignal_add(s->term, NULL) < 0 ||
	    evsignal_add(s->interrupt, NULL) < 0 ||
	    evsignal_add(s->hup, NULL) < 0 ||
	    event_add(s->timer, &check) < 0 || event_add(s->watch, &change) < 0)
		return -ENOMEM;
	return 0;
}

static void event_free_maybe(struct event *e)
{
	if (e)
		event_free(e);
}

static void serve_free(struct serve *s)
{
	event_free_maybe(s->term);
	event_free_maybe(s->interrupt);
	event_free_maybe(s->hup);
	event_free_maybe(s->timer);
	event_free_maybe(s->watch);
	if (s->base)
		event_base_free(s->base);
	libevent_global_shutdown();
}

static void on_libevent(int severity, const char *text)
{
	if (severity >= EVENT_LOG_WARN)
		log_warn("libevent: %s", text);
}

static void announce(struct serve *s)
{
	const struct collector_config *c = s->server.config;
	char name[272];
	int r = server_name(c, name, sizeof(name));

	if (r == 0)
		r = ports_write(&s->server, name);
	/* on a full disk it serves all the same */
	if (r < 0)
		log_warn("%s/ports: %s", c->state_dir, strerror(-r));
	log_info("agents sync at %s; enrolment on port %u",
		 s->server.sync_url, s->server.port[LISTENER_ENROLL]);
	notify("READY=1");
}

static void close_writers(const struct server_stores *s)
{
	/* the first is the session's */
	for (size_t i = 1; i < s->n_writers; i++)
		store_close(s->writers[i]);
}

static int open_writers(const struct session *session, struct server_stores *s)
{
	size_t n = session->store->driver->concurrent ?
		(size_t)session->config.writers : 1;
	int r = 0;

	s->writers[0] = session->store;
	s->n_writers = 1;
	while (r == 0 && s->n_writers < n) {
		r = session_second(session, &s->writers[s->n_writers]);
		if (r == 0)
			s->n_writers++;
	}
	return r;
}

/* The threads' own connections. */
static int open_stores(const struct session *session, struct server_stores *s)
{
	int r = open_writers(session, s);

	if (r == 0)
		r = session_second(session, &s->hold);
	for (int i = 0; r == 0 && i < POOL_THREADS; i++)
		r = session_second(session, &s->api[i]);
	if (r == 0)
		return 0;
	store_close(s->hold);
	for (int i = 0; i < POOL_THREADS; i++)
		store_close(s->api[i]);
	return r;
}

static int show_metrics(struct serve *s)
{
	const char *address = s->session->config.metrics;
	struct store *store = NULL;
	int r = *address ? session_second(s->session, &store) : 0;

	if (r == 0 && *address) {
		r = metrics_start(&s->server, store, address, &s->metrics);
		if (r < 0)
			log_error("cannot listen on %s: %s", address,
				  strerror(-r));
	}
	return r;
}

/* A collector serves also where alerts cannot be watched over. */
static struct alerter *watch_alerts(const struct session *session)
{
	struct alerter *a = NULL;
	struct store *own = NULL;
	int r = 0;

	if (session->config.alerts_interval == 0)
		return NULL;
	r = session_second(session, &own);
	if (r == 0)
		r = alerter_start(&session->config, own, &a);
	if (r < 0)
		log_error("no alerts will be told: %s", strerror(-r));
	return a;
}

/* So where the history is not tended. */
static struct tender *tend_history(const struct session *session)
{
	struct tender *t = NULL;
	char url[SESSION_URL];
	int r = session_url(&session->config, url);

	if (r == 0)
		r = tend_start(url, session->config.retention, &t);
	if (r < 0)
		log_error("nobody is noted as silent, and nothing that is too "
			  "old is removed: %s", strerror(-r));
	return t;
}

static int serve(struct session *session, const struct ca *ca)
{
	struct alerter *alerter = NULL;
	struct tender *tender = NULL;
	struct serve s = { .session = session };
	struct server_stores stores = { .n_writers = 0 };
	int r = -ENOMEM;

	event_set_log_callback(on_libevent);
	signal(SIGPIPE, SIG_IGN);
	/* a thread's free memory goes back when it is much, not after each
	 * request, whose buffers for TLS have 16 KiB each */
	mallopt(M_TRIM_THRESHOLD, (int)MIB(2));
	mallopt(M_MMAP_THRESHOLD, (int)MIB(1));
	if (evthread_use_pthreads() == 0)
		s.base = event_base_new();
	if (s.base)
		r = listen_to_signals(&s);
	if (r < 0)
		log_error("cannot start: %s", strerror(-r));
	if (r == 0)
		r = open_stores(session, &stores);
	if (r == 0)
		r = server_start(&s.server, &session->config, &stores, ca);
	if (r == 0) {
		r = show_metrics(&s);
		if (r == 0) {
			are_replaced(&s);
			announce(&s);
			tender = tend_history(session);
			alerter = watch_alerts(session);
			event_base_dispatch(s.base);
			alerter_stop(alerter);
			tend_stop(tender);
		}
		metrics_stop(s.metrics);
		server_stop(&s.server);
		ports_remove(&session->config);
	}
	close_writers(&stores);
	serve_free(&s);
	return r < 0 ? EXIT_FAILED : EXIT_DONE;
}

static int run(int argc, char **argv)
{
	const char *config = NULL, *format = "text";
	const struct arg args[] = {
		{ "--config", &config, NULL },
		{ "--log", &format, NULL },
		{ NULL, NULL, NULL },
	};
	struct session s;
	struct ca ca;
	int r = 0;

	if (args_parse(args, argc, argv) != 0 || log_format(format) < 0) {
		cmd_usage(&cmd_serve, true);
		return EXIT_USAGE;
	}
	r = session_open(config, &s);
	if (r != EXIT_DONE)
		return r;
	r = ca_load(s.config.state_dir, &ca);
	if (r < 0) {
		log_error("%s/ca.key, ca.crt: %s", s.config.state_dir,
			  strerror(-r));
		r = EXIT_FAILED;
	} else if (refresh_certificate(&ca, &s.config) < 0) {
		ca_free(&ca);
		r = EXIT_FAILED;
	} else {
		r = serve(&s, &ca);
	}
	session_close(&s);
	return r;
}

const struct cmd cmd_serve = {
	.name = "serve",
	.arguments = "[--log text|json] [--config FILE]",
	.summary = "serve agents until SIGTERM",
	.help = "  --log FORMAT   messages as text, or as an object of JSON a\n"
		"                 line: time, level, program, message\n"
		"  --config FILE  another configuration than "
		COLLECTOR_CONFIG_PATH "\n"
		"\nCertificates that are replaced in state_dir are read\n"
		"again, also at SIGHUP.  Where the configured\n"
		"port is 0, the file ports in state_dir tells which.\n",
	.run = run,
};
