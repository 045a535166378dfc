/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/api/api.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <openssl/crypto.h>

#include <event2/http.h>

#include "collector-stub/api/pool.h"
#include "collector-stub/api/request.h"
#include "collector-stub/http/server.h"
#include "collector-stub/http/visit.h"
#include "collector-stub/order/audit.h"
#include "lib/clock.h"
#include "lib/encode.h"
#include "lib/limits.h"

#define PREFIX "/api/v1"
#define MEMORY MIB(8)

static void free_api(void *arg)
{
	struct api *q = arg;

	evhttp_clear_headers(&q->query);
	/* a body may hold a password */
	arena_wipe(&q->arena);
	arena_free(&q->arena);
	free(q);
}

const char *api_query(struct api *q, const char *name)
{
	return evhttp_find_header(&q->query, name);
}

int api_problem(struct api *q, int status, const char *code, const char *fmt,
		...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	reply_problem(&q->exchange->reply, status, code, text);
	return 0;
}

int api_done(struct api *q)
{
	buf_reset(&q->exchange->reply.body);
	q->exchange->reply.status = 204;
	return 0;
}

void api_json(struct api *q, int status, struct json *ret)
{
	struct reply *r = &q->exchange->reply;

	buf_reset(&r->body);
	r->status = status;
	r->type = "application/json";
	json_init(ret, &r->body);
}

int api_failed(struct api *q, int r, const char *what)
{
	if (r == -ENOENT)
		return api_problem(q, 404, "not-found", "no such %s", what);
	if (r == -ETIMEDOUT)
		return api_problem(q, 503, "overloaded",
				   "the question takes too long");
	return r;
}

int api_end(struct api *q, int r)
{
	if (r == 0)
		r = q->store->driver->commit(q->store);
	if (r < 0)
		q->store->driver->rollback(q->store);
	return r;
}

const char *api_actor(struct api *q)
{
	snprintf(q->actor, sizeof(q->actor), "%s%s%s", q->who.user,
		 q->who.is_token ? " by token " : "",
		 q->who.is_token ? q->who.name : "");
	return q->actor;
}

int api_audit(struct api *q, const char *event,
	      const struct audit_field *fields)
{
	return audit_event(q->store, q->now, api_actor(q), event, fields);
}

/* --------------------------------------------------------- in the pool */

static const char *method_name(const struct api *q)
{
	static const char *const names[] = { "GET", "POST", "PUT", "PATCH",
		"DELETE" };

	return names[q->route->method];
}

/* A page of another site can neither read the token nor send this header. */
static bool is_forged(struct api *q)
{
	struct evkeyvalq *h =
		evhttp_request_get_input_headers(q->exchange->request);
	const char *token = evhttp_find_header(h, "X-CSRF-Token");

	if (q->who.is_token || q->route->method == API_GET)
		return false;
	return !token || strlen(token) != strlen(q->who.csrf) ||
		CRYPTO_memcmp(token, q->who.csrf, strlen(token)) != 0 ||
		!request_is_same_origin(q->exchange->request);
}

static int identify(struct api *q)
{
	const struct collector_config *c = q->exchange->server->config;
	const struct who_limits limits = {
		.idle = c->session_idle, .life = c->session_life,
		.issuer = c->oidc_issuer,
		.is_poll = evhttp_find_header(
			evhttp_request_get_input_headers(q->exchange->request),
			"X-Poll"),
	};
	char secret[WHO_SECRET] = "";
	int r = -EACCES;

	if (request_bearer(q->exchange->request, secret) == 0)
		r = who_by_token(q->store, secret, q->now, &limits, &q->who);
	else if (request_cookie(q->exchange->request, WHO_SESSION_COOKIE,
				secret) == 0)
		r = who_by_session(q->store, secret, q->now, &limits,
				   &q->who);
	if (r == 0 || r == -EACCES)
		party_note(&q->exchange->server->known, secret, r == 0);
	explicit_bzero(secret, sizeof(secret));
	return r;
}

/* True where the reply refuses. */
static bool is_refused(struct api *q, int *ret_error)
{
	bool open = q->route->role == ROLE_NONE;
	int r = open ? 0 : identify(q);

	if (r < 0 && r != -EACCES) {
		*ret_error = r;
		return true;
	}
	if (visit_is_refused(q->exchange, open || r < 0 ? NULL :
			     api_actor(q)))
		return true;
	if (open)
		return false;
	if (r == -EACCES) {
		api_problem(q, 401, "unauthorized",
			    "log in, or send an API token");
		reply_header(&q->exchange->reply, "WWW-Authenticate",
			     "Bearer realm=\"certwalk\"");
	} else if (q->who.role < q->route->role) {
		api_problem(q, 403, "forbidden", "this needs the role %s",
			    role_name(q->route->role));
	} else if (q->who.filter[0] && !q->route->scoped) {
		api_problem(q, 403, "forbidden",
			    "this token is limited to some hosts");
	} else if (is_forged(q)) {
		api_problem(q, 403, "csrf",
			    "X-CSRF-Token or Origin is not this session's");
	} else {
		return false;
	}
	return true;
}

static void add_etag(struct api *q)
{
	struct reply *r = &q->exchange->reply;
	const char *known = evhttp_find_header(
		evhttp_request_get_input_headers(q->exchange->request),
		"If-None-Match");
	uint8_t hash[HASH_SIZE];
	char tag[HASH_HEX + 2], hex[HASH_HEX];

	if (q->route->method != API_GET || r->status != 200 || r->more ||
	    q->exchange->begun)
		return;
	hash_sha256(r->body.data, r->body.len, hash);
	encode_hex(hash, HASH_SIZE / 2, hex);
	snprintf(tag, sizeof(tag), "\"%s\"", hex);
	reply_header(r, "ETag", tag);
	if (known && strstr(known, tag)) {
		r->status = 304;
		buf_reset(&r->body);
	}
}

static void refuse_store(struct api *q, int r)
{
	struct reply *reply = &q->exchange->reply;

	if (r == -ENOMEM || r == -ENOBUFS)
		reply_later(reply, "overloaded", "no memory");
	else if (r == -EBUSY)
		reply_later(reply, "overloaded", "the database is busy");
	else
		reply_later(reply, r == -ENOSPC ? "storage-full" :
			    "storage-failed", "the database does not answer");
}

static int run(struct exchange *x, struct store *s)
{
	struct api *q = x->work;
	int r = 0;

	q->store = s;
	q->now = clock_now();
	if (x->begun || !is_refused(q, &r))
		r = r == 0 ? q->route->run(q) : r;
	if (r == 0 && x->reply.body.failed)
		r = -ENOBUFS;
	if (r < 0)
		refuse_store(q, r);
	add_etag(q);
	/* what it tells is not for a cache, and no page */
	if (!x->begun) {
		reply_header(&x->reply, "Cache-Control",
			     "private, no-cache");
		reply_header(&x->reply, "X-Content-Type-Options", "nosniff");
	}
	return r == -EIO ? r : 0;
}

/* --------------------------------------------------------- in the loop */

static void next_part(struct exchange *x)
{
	if (pool_submit(x->server->pool, x) == 0)
		return;
	reply_later(&x->reply, "overloaded", "the collector ends");
	x->reply.more = false;
	exchange_finish(x);
}

static void refuse(struct exchange *x, struct api *q)
{
	if (q)
		free_api(q);
	exchange_finish(x);
}

static struct api *new_api(struct exchange *x)
{
	struct api *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	TAILQ_INIT(&q->query);
	arena_init(&q->arena, MEMORY);
	q->exchange = x;
	return q;
}

static void hand_over(struct exchange *x, struct api *q)
{
	int r = 0;

	x->work = q;
	x->free_work = free_api;
	x->run = run;
	x->next_part = next_part;
	x->party = request_party(x->request, &x->server->known, x->address);
	r = pool_submit(x->server->pool, x);
	if (r == 0)
		return;
	if (r == -EDQUOT)
		reply_problem(&x->reply, 429, "too-many",
			      "too many of your requests wait");
	else
		reply_later(&x->reply, "overloaded", "too many requests wait");
	x->reply.retry_after = REPLY_RETRY;
	exchange_finish(x);
}

void api_handle(struct exchange *x)
{
	const struct evhttp_uri *uri =
		evhttp_request_get_evhttp_uri(x->request);
	const char *query = evhttp_uri_get_query(uri);
	struct api *q = new_api(x);
	char allow[64] = "";
	int r = 0;

	if (!q) {
		reply_later(&x->reply, "overloaded", "no memory");
		refuse(x, q);
		return;
	}
	r = request_route(x->request, evhttp_uri_get_path(uri) +
			  strlen(PREFIX), q, allow, sizeof(allow));
	if (r == -ENOENT) {
		api_problem(q, 404, "not-found",
			    "nothing is served at this path");
	} else if (r == -EPERM) {
		api_problem(q, 405, "wrong-method", "this path takes %s",
			    allow);
		reply_header(&x->reply, "Allow", allow);
	} else if (r < 0) {
		api_problem(q, 400, "bad-request", "the path is not valid");
	} else if (request_query(query, q) < 0) {
		r = -EINVAL;
	} else if (x->len > 0 && !request_is_json(x->request)) {
		api_problem(q, 415, "wrong-type", "%s: the body must be "
			    "application/json", method_name(q));
		r = -EINVAL;
	}
	if (r < 0)
		refuse(x, q);
	else
		hand_over(x, q);
}
