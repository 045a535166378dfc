/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/http/server.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "collector-stub/auth/oidc.h"
#include "collector-stub/http/listener.h"
#include "collector-stub/http/loop.h"
#include "collector-stub/http/page.h"
#include "collector-stub/order/hold.h"
#include "lib/clock.h"
#include "lib/log.h"

/* descriptors that are not connections: database, listeners, epoll */
#define SPARE_DESCRIPTORS 64

static int bracket(const char *name, char *ret, size_t cap)
{
	int n = snprintf(ret, cap, strchr(name, ':') ? "[%s]" : "%s", name);

	return n < 0 || (size_t)n >= cap ? -ENAMETOOLONG : 0;
}

int server_name(const struct collector_config *c, char *ret, size_t cap)
{
	struct ca_server s = { .cert = NULL };
	int r = 0;

	if (c->names.count > 0)
		return bracket(c->names.items[0], ret, cap);
	r = ca_load_server(c->state_dir, &s);
	if (r < 0)
		return r;
	r = s.count > 0 ? bracket(s.names[0], ret, cap) : -ENOENT;
	ca_server_free(&s);
	return r;
}

int server_web_url(const struct collector_config *c, uint16_t port,
		   char ret[static SERVER_URL])
{
	size_t len = strlen(c->web_url);
	char name[272];
	int r = 0, n = 0;

	while (len > 0 && c->web_url[len - 1] == '/')
		len--;
	if (len == 0)
		r = server_name(c, name, sizeof(name));
	if (r < 0)
		return r;
	if (len > 0)
		n = snprintf(ret, SERVER_URL, "%.*s", (int)len, c->web_url);
	else if (port == 443)
		n = snprintf(ret, SERVER_URL, "https://%s", name);
	else
		n = snprintf(ret, SERVER_URL, "https://%s:%u", name, port);
	return n < 0 || n >= SERVER_URL ? -ENAMETOOLONG : 0;
}

/* As many connections as the configuration and the kernel allow. */
static void limit_connections(struct server *srv)
{
	struct rlimit rl = { .rlim_cur = 1024 };
	long long most = 0;

	srv->max_connections = srv->config->max_connections;
	if (getrlimit(RLIMIT_NOFILE, &rl) < 0)
		return;
	rl.rlim_cur = rl.rlim_max;
	setrlimit(RLIMIT_NOFILE, &rl);
	getrlimit(RLIMIT_NOFILE, &rl);
	most = (long long)rl.rlim_cur - SPARE_DESCRIPTORS;
	if (rl.rlim_cur == RLIM_INFINITY || srv->max_connections <= most)
		return;
	srv->max_connections = most > 1 ? most : 1;
	log_info("max_connections is %lld, but the limit of descriptors lets "
		 "only %lld be served", (long long)srv->config->max_connections,
		 srv->max_connections);
}

static int open_listeners(struct server *srv)
{
	static const char *const names[LISTENER_END] = {
		[LISTENER_AGENTS] = "agents",
		[LISTENER_ENROLL] = "enroll",
	};
	const char *const address[LISTENER_END] = {
		[LISTENER_AGENTS] = srv->config->agents,
		[LISTENER_ENROLL] = srv->config->enroll,
	};

	for (int i = 0; i < LISTENER_END; i++) {
		int r = listener_inherit(names[i], &srv->socket[i],
					 &srv->port[i]);

		if (r < 0 && r != -ENOENT) {
			log_error("the socket \"%s\" of systemd: %s", names[i],
				  strerror(-r));
			return r;
		}
		if (r == -ENOENT)
			r = listener_open(address[i], &srv->socket[i],
					  &srv->port[i]);
		if (r < 0) {
			log_error("cannot listen on %s: %s", address[i],
				  strerror(-r));
			return r;
		}
	}
	return 0;
}

static int n_threads(const struct server *srv)
{
	long n = srv->config->threads;

	if (n == 0) {
		n = sysconf(_SC_NPROCESSORS_ONLN);
		n = n < 1 ? 1 : n > 16 ? 16 : n;
	}
	return n > SERVER_THREADS_MAX ? SERVER_THREADS_MAX : (int)n;
}

static int start_loops(struct server *srv)
{
	int n = n_threads(srv), r = 0;

	while (r == 0 && srv->n_loops < n) {
		r = loop_start(srv, &srv->loops[srv->n_loops]);
		if (r == 0)
			srv->n_loops++;
	}
	if (r < 0)
		log_error("cannot start a thread: %s", strerror(-r));
	return r;
}

static int make_sync_url(struct server *srv)
{
	char name[272];
	int r = server_name(srv->config, name, sizeof(name));

	if (r == 0)
		snprintf(srv->sync_url, sizeof(srv->sync_url),
			 "https://%s:%u", name, srv->port[LISTENER_AGENTS]);
	else
		log_error("no name that agents reach this collector by: set "
			  "names in section listen");
	return r;
}

static int told(int r)
{
	if (r < 0)
		log_error("cannot start a thread: %s", strerror(-r));
	return r;
}

/* All but the writers' are taken, also where it fails. */
static int start_threads(struct server *srv, const struct server_stores *s)
{
	int r = told(writer_start(s->writers, s->n_writers, &srv->writer));
	int held = hold_start(s->hold, &srv->tls.tickets, &srv->hold);
	int pooled = pool_start(s->api, POOL_THREADS, exchange_finish,
				&srv->pool);

	if (r == 0)
		r = told(held);
	return r < 0 ? r : told(pooled);
}

static int prepare_oidc(struct server *srv)
{
	char url[SERVER_URL], redirect[SERVER_URL + 32];
	int r = server_web_url(srv->config, srv->port[LISTENER_ENROLL], url);

	if (r < 0) {
		log_error("url, section web: %s", strerror(-r));
		return r;
	}
	snprintf(redirect, sizeof(redirect), "%s/api/v1/oidc/callback", url);
	r = oidc_new(srv->config, redirect, &srv->oidc);
	if (r == 0 && srv->oidc)
		log_info("logins by %s come back to %s",
			 srv->config->oidc_issuer, redirect);
	return r;
}

/* What page and REST need. */
static int prepare_web(struct server *srv)
{
	const char *directory = srv->config->web_directory;
	int r = page_load(directory, &srv->page);

	if (r < 0 && r != -ENOENT)
		log_warn("%s: the page is not served: %s", directory,
			 strerror(-r));
	return prepare_oidc(srv);
}

static void close_stores(const struct server_stores *s)
{
	store_close(s->hold);
	for (int i = 0; i < POOL_THREADS; i++)
		store_close(s->api[i]);
}

static int learn_tickets(struct server *srv, struct store *s)
{
	int r = tickets_refresh(&srv->tls.tickets, s, clock_now());

	if (r < 0)
		log_error("keys of TLS tickets: %s", s->error);
	return r;
}

int server_start(struct server *srv, const struct collector_config *config,
		 const struct server_stores *s, const struct ca *ca)
{
	int r = 0;

	*srv = (struct server){ .config = config, .ca = *ca };
	for (int i = 0; i < LISTENER_END; i++)
		srv->socket[i] = -1;
	r = tls_init(&srv->tls);
	srv->share = share_new(config->max_rate);
	srv->visitors = share_new(config->visit_rate);
	if (r == 0 && (!srv->share || !srv->visitors))
		r = -ENOMEM;
	limit_connections(srv);
	if (r == 0)
		r = learn_tickets(srv, s->hold);
	if (r == 0)
		r = server_reload(srv);
	if (r == 0)
		r = open_listeners(srv);
	if (r == 0)
		r = make_sync_url(srv);
	if (r == 0)
		r = prepare_web(srv);
	if (r == 0)
		r = start_threads(srv, s);
	else
		close_stores(s);
	if (r == 0)
		r = start_loops(srv);
	if (r < 0)
		server_stop(srv);
	return r;
}

int server_reload(struct server *srv)
{
	int r = tls_load(&srv->tls, &srv->ca, srv->config->state_dir,
			 srv->config->client_ca);

	if (r == -EINVAL)
		log_error("%s: no CA certificates in PEM form",
			  srv->config->client_ca);
	else if (r < 0)
		log_error("%s/server.pem: %s", srv->config->state_dir,
			  strerror(-r));
	return r;
}

void server_stop(struct server *srv)
{
	oidc_stop(srv->oidc);
	for (int i = 0; i < srv->n_loops; i++)
		loop_stop(srv->loops[i]);
	hold_stop(srv->hold);
	for (int i = 0; i < srv->n_loops; i++)
		loop_join(srv->loops[i]);
	pool_stop(srv->pool);
	writer_stop(srv->writer);
	hold_free(srv->hold);
	pool_free(srv->pool);
	for (int i = 0; i < srv->n_loops; i++)
		loop_free(srv->loops[i]);
	for (int i = 0; i < LISTENER_END; i++)
		if (srv->socket[i] >= 0)
			close(srv->socket[i]);
	share_free(srv->share);
	share_free(srv->visitors);
	page_free(srv->page);
	oidc_free(srv->oidc);
	tls_free(&srv->tls);
	ca_free(&srv->ca);
	*srv = (struct server){ .n_loops = 0 };
}
