/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/http/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>

#include "collector-stub/ca/issue.h"
#include "collector-stub/http/listener.h"
#include "collector-stub/query/query.h"
#include "lib/clock.h"

#define TEXT_MAX KIB(256)
#define TIMEOUT 10	/* seconds for a request */
#define FRESH 60	/* seconds for which an answer of the store stands */
#define ALL_MS 10000	/* for all questions: the end waits as long */

/* How many rows of a subject pass a filter. */
static const struct figure {
	const char *name, *label, *help;	/* help: of a new name */
	const char *subject, *filter;
} figures[] = {
	{ "certwalk_agents", "state=\"active\"", "Agents, by what is heard of "
	  "them within a day.", "hosts",
	  "not revoked and last_seen > -1d" },
	{ "certwalk_agents", "state=\"silent\"", NULL, "hosts",
	  "not revoked and not last_seen > -1d" },
	{ "certwalk_agents", "state=\"revoked\"", NULL, "hosts",
	  "revoked" },
	{ "certwalk_hosts_with_gaps", "", "Hosts of which something could not "
	  "be looked at.", "hosts", "not revoked and gaps > 0" },
	{ "certwalk_certificates", "", "Certificates.", "certificates", NULL },
	{ "certwalk_certificates_expiring", "within=\"7d\"",
	  "Certificates of no CA that are valid and end within that time.",
	  "certificates", "not is_ca and not_after > 0d and not_after < 7d" },
	{ "certwalk_certificates_expiring", "within=\"30d\"", NULL,
	  "certificates",
	  "not is_ca and not_after > 0d and not_after < 30d" },
	{ "certwalk_certificates_expired", "", "Certificates of no CA that "
	  "have ended.", "certificates", "not is_ca and not_after < 0d" },
	{ "certwalk_endpoints", "state=\"stale\"", "Endpoints that do not "
	  "serve what is on disk.", "endpoints", "state = stale" },
	{ "certwalk_endpoints", "state=\"mixed\"", NULL, "endpoints",
	  "state = mixed" },
	{ "certwalk_endpoints", "state=\"chain\"", NULL, "endpoints",
	  "state = chain" },
	{ "certwalk_commands_waiting", "", "Orders without a result that can "
	  "still run.", "commands", "state = waiting or state = delivered" },
};
#define FIGURES (sizeof(figures) / sizeof(*figures))

struct metrics {
	struct server *server;
	struct store *store;
	struct event_base *base;
	struct evhttp *http;
	pthread_t thread;
	bool running;
	int64_t values[FIGURES];	/* -1: not known */
	int64_t asked;			/* when, seconds since 1970 */
};

static int take_count(void *arg, const struct store_value *value,
		      int64_t count)
{
	(void)value;
	*(int64_t *)arg = count;
	return 0;
}

static void ask(struct metrics *m, int64_t now)
{
	int64_t end = clock_steady_ms() + ALL_MS;

	if (m->asked > 0 && now - m->asked < FRESH && now >= m->asked)
		return;
	for (size_t i = 0; i < FIGURES; i++) {
		int64_t left = end - clock_steady_ms();
		struct filter_fault fault = { .column = 0 };
		struct query q = {
			.subject = query_subject(figures[i].subject),
			.filter = figures[i].filter, .now = now,
			.limit_ms = left,
		};
		int64_t n = 0;

		m->values[i] = -1;
		if (left > 0 && q.subject &&
		    query_count(m->store, &q, NULL, 0, take_count, &n,
				&fault) == 0)
			m->values[i] = n;
	}
	/* a slow answer stands as long as a quick one */
	m->asked = clock_now();
}

static void name(struct buf *out, const char *metric, const char *type,
		 const char *help)
{
	buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", metric, help, metric,
		 type);
}

static void one(struct buf *out, const char *metric, const char *type,
		const char *help, long long value)
{
	name(out, metric, type, help);
	buf_addf(out, "%s %lld\n", metric, value);
}

static void write_figures(struct metrics *m, struct buf *out)
{
	bool good = true;

	for (size_t i = 0; i < FIGURES; i++) {
		const struct figure *f = &figures[i];

		if (f->help)
			name(out, f->name, "gauge", f->help);
		good &= m->values[i] >= 0;
		if (m->values[i] >= 0)
			buf_addf(out, "%s%s%s%s %" PRId64 "\n", f->name,
				 *f->label ? "{" : "", f->label,
				 *f->label ? "}" : "", m->values[i]);
	}
	one(out, "certwalk_database_up", "gauge", "Whether the database "
	    "answered the questions of this page.", good);
}

static void write_replies(struct server *srv, struct buf *out)
{
	name(out, "certwalk_replies_total", "counter",
	     "Requests answered, by the class of their status.");
	for (int i = 2; i <= 5; i++)
		buf_addf(out, "certwalk_replies_total{status=\"%dxx\"} %llu\n",
			 i, (unsigned long long)
			 atomic_load(&srv->counts.replies[i]));
	one(out, "certwalk_told_to_wait_total", "counter", "Requests answered "
	    "with 429 or 503.", (long long)atomic_load(&srv->counts.waits));
	one(out, "certwalk_connections", "gauge", "Open connections.",
	    atomic_load(&srv->connections[LISTENER_AGENTS]) +
	    atomic_load(&srv->connections[LISTENER_ENROLL]));
	one(out, "certwalk_held_bytes", "gauge", "Bytes of requests that are "
	    "worked on.", atomic_load(&srv->held));
}

/* The collector's own end. */
static void write_certificate(struct server *srv, struct buf *out)
{
	struct ca_server s = { .cert = NULL };
	int64_t until = 0;

	if (srv->ca.cert &&
	    issue_time(X509_get0_notAfter(srv->ca.cert), &until) == 0)
		one(out, "certwalk_ca_not_after_seconds", "gauge", "End of the "
		    "collector's CA, seconds since 1970.", until);
	if (ca_load_server(srv->config->state_dir, &s) < 0)
		return;
	if (issue_time(X509_get0_notAfter(s.cert), &until) == 0)
		one(out, "certwalk_own_certificate_not_after_seconds", "gauge",
		    "End of the collector's certificate, seconds since 1970.",
		    until);
	ca_server_free(&s);
}

static void write_process(struct buf *out)
{
	struct rusage u;

	if (getrusage(RUSAGE_SELF, &u) < 0)
		return;
	name(out, "process_cpu_seconds_total", "counter", "CPU time.");
	buf_addf(out, "process_cpu_seconds_total %.3f\n",
		 (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
		 (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6);
	one(out, "process_max_resident_memory_bytes", "gauge",
	    "Greatest resident memory.", (long long)u.ru_maxrss * 1024);
}

int metrics_write(struct metrics *m, int64_t now, struct buf *out)
{
	name(out, "certwalk_build_info", "gauge", "The version.");
	buf_adds(out, "certwalk_build_info{version=\"" CW_VERSION "\"} 1\n");
	ask(m, now);
	write_figures(m, out);
	write_replies(m->server, out);
	write_certificate(m->server, out);
	write_process(out);
	return out->failed ? -ENOBUFS : 0;
}

static void on_metrics(struct evhttp_request *req, void *arg)
{
	struct evbuffer *body = evbuffer_new();
	struct buf out;

	buf_init(&out, TEXT_MAX);
	if (body && metrics_write(arg, clock_now(), &out) == 0 &&
	    evbuffer_add(body, out.data, out.len) == 0) {
		evhttp_add_header(evhttp_request_get_output_headers(req),
				  "Content-Type", "text/plain; version=0.0.4");
		evhttp_send_reply(req, 200, NULL, body);
	} else {
		evhttp_send_error(req, 500, NULL);
	}
	buf_free(&out);
	if (body)
		evbuffer_free(body);
}

static void *thread_main(void *arg)
{
	struct metrics *m = arg;

	event_base_dispatch(m->base);
	return NULL;
}

static int start_thread(struct metrics *m)
{
	sigset_t all, old;
	int r = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = -pthread_create(&m->thread, NULL, thread_main, m);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	m->running = r == 0;
	return r;
}

/* ${fd} is taken where this succeeds. */
static int make_listener(struct metrics *m, int fd)
{
	m->base = event_base_new();
	m->http = m->base ? evhttp_new(m->base) : NULL;
	if (!m->http)
		return -ENOMEM;
	evhttp_set_allowed_methods(m->http, EVHTTP_REQ_GET);
	evhttp_set_max_headers_size(m->http, 16384);
	evhttp_set_max_body_size(m->http, 1024);
	evhttp_set_timeout(m->http, TIMEOUT);
	if (evhttp_set_cb(m->http, "/metrics", on_metrics, m) < 0 ||
	    evhttp_accept_socket(m->http, fd) < 0)
		return -ENOMEM;
	return 0;
}

int metrics_start(struct server *srv, struct store *s, const char *address,
		  struct metrics **ret)
{
	struct metrics *m = calloc(1, sizeof(*m));
	uint16_t port = 0;
	int fd = -1, r = m ? listener_open(address, &fd, &port) : -ENOMEM;

	if (!m) {
		store_close(s);
		return r;
	}
	m->server = srv;
	m->store = s;
	if (r == 0) {
		r = make_listener(m, fd);
		if (r < 0)
			close(fd);
	}
	if (r == 0)
		r = start_thread(m);
	if (r < 0)
		metrics_stop(m);
	else
		*ret = m;
	return r;
}

void metrics_stop(struct metrics *m)
{
	if (!m)
		return;
	if (m->running) {
		event_base_loopexit(m->base, NULL);
		pthread_join(m->thread, NULL);
	}
	if (m->http)
		evhttp_free(m->http);
	if (m->base)
		event_base_free(m->base);
	store_close(m->store);
	free(m);
}
