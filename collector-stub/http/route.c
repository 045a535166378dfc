/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/http/route.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "collector-stub/http/deadline.h"
#include "lib/clock.h"

/* Two lengths are how requests are smuggled past a proxy (RFC 9112 section
 * 6.3); evhttp takes the first. */
static bool is_ambiguous(struct evhttp_request *req)
{
	const struct evkeyvalq *headers = evhttp_request_get_input_headers(req);
	const struct evkeyval *h = NULL;
	int lengths = 0;

	TAILQ_FOREACH(h, headers, next)
		if (strcasecmp(h->key, "Content-Length") == 0 ||
		    strcasecmp(h->key, "Transfer-Encoding") == 0)
			lengths++;
	return lengths > 1;
}

static bool is_protobuf(struct evhttp_request *req)
{
	static const char type[] = "application/x-protobuf";
	const char *t = evhttp_find_header(
		evhttp_request_get_input_headers(req), "Content-Type");
	size_t n = sizeof(type) - 1;

	return t && strncasecmp(t, type, n) == 0 &&
		(t[n] == '\0' || t[n] == ';' || t[n] == ' ');
}

static bool is_at(const struct route *r, const char *path)
{
	return r->kind == ROUTE_PREFIX ?
		strncmp(r->path, path, strlen(r->path)) == 0 :
		strcmp(r->path, path) == 0;
}

static const struct route *find(struct evhttp_request *req,
				enum listener listener)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
	const char *path = uri ? evhttp_uri_get_path(uri) : NULL;

	for (const struct route *r = route_table; path && r->path; r++)
		if (r->listener == listener && is_at(r, path))
			return r;
	return NULL;
}

/* Answers what no route has to look at: true where it did. */
static bool is_refused(struct exchange *x, const struct route *route)
{
	struct evhttp_request *req = x->request;
	size_t max = route && route->max_body ? route->max_body :
		(size_t)x->server->config->max_body;

	if (is_ambiguous(req)) {
		reply_problem(&x->reply, 400, "bad-request",
			      "the length is given more than once");
		x->reply.close = true;
	} else if (!route) {
		reply_problem(&x->reply, 404, "not-found",
			      "nothing is served at this path");
	} else if (x->len > max) {
		reply_problem(&x->reply, 413, "too-large",
			      "the body is larger than this path takes");
	} else if (route->kind == ROUTE_PREFIX) {
		return false;
	} else if (evhttp_request_get_command(req) != EVHTTP_REQ_POST) {
		reply_problem(&x->reply, 405, "wrong-method",
			      "only POST is served at this path");
		x->reply.allow = "POST";
	} else if (!is_protobuf(req)) {
		reply_problem(&x->reply, 415, "wrong-type",
			      "the body must be application/x-protobuf");
	} else {
		return false;
	}
	return true;
}

size_t route_max_body(enum listener listener, size_t configured)
{
	size_t max = 0;

	for (const struct route *r = route_table; r->path; r++) {
		size_t own = r->max_body ? r->max_body : configured;

		if (r->listener == listener && own > max)
			max = own;
	}
	return max;
}

static struct connection *connection_of(struct evhttp_request *req)
{
	struct bufferevent *bev = evhttp_connection_get_bufferevent(
		evhttp_request_get_connection(req));
	SSL *ssl = bufferevent_openssl_get_ssl(bev);

	return ssl ? deadline_connection(ssl) : NULL;
}

static void set_address(struct exchange *x)
{
	char *address = NULL;
	uint16_t port = 0;

	evhttp_connection_get_peer(evhttp_request_get_connection(x->request),
				   &address, &port);
	snprintf(x->address, sizeof(x->address), "%s", address ? address : "");
}

static bool is_stranger(struct exchange *x, struct connection *c)
{
	SSL *ssl = bufferevent_openssl_get_ssl(c->bev);

	if (!c->identified &&
	    authenticate(ssl, &x->server->ca, &c->identity) < 0) {
		reply_problem(&x->reply, 403, "not-an-agent",
			      "the client's certificate is no agent's");
		return true;
	}
	c->identified = true;
	x->identity = c->identity;
	if (is_valid_identity(&x->identity, clock_now()))
		return false;
	reply_problem(&x->reply, 403, "certificate-expired",
		      "the client's certificate is not valid now");
	x->reply.close = true;
	return true;
}

void route_request(struct exchange *x, enum listener listener)
{
	const struct route *route = find(x->request, listener);
	struct evbuffer *in = evhttp_request_get_input_buffer(x->request);
	struct connection *c = connection_of(x->request);

	x->len = evbuffer_get_length(in);
	x->reply.json = route && route->kind == ROUTE_PREFIX;
	if (!c) {	/* no TLS: there was no memory for it */
		reply_later(&x->reply, "overloaded", "no memory");
		x->reply.close = true;
		exchange_finish(x);
		return;
	}
	/* what is pipelined waits in the kernel; evhttp reads on by itself */
	bufferevent_disable(c->bev, EV_READ);
	deadline_enter(c, DEADLINE_WORKING);
	if (listener == LISTENER_ENROLL)
		set_address(x);
	if (is_refused(x, route) ||
	    (listener == LISTENER_AGENTS && is_stranger(x, c))) {
		exchange_finish(x);
		return;
	}
	x->body = evbuffer_pullup(in, -1);
	if (x->body || x->len == 0) {
		route->handle(x);
		return;
	}
	reply_later(&x->reply, "overloaded", "no memory");
	exchange_finish(x);
}
