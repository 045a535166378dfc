/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/api/request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "lib/encode.h"

static const struct {
	enum evhttp_cmd_type evhttp;
	const char *name;
} methods[] = {
	[API_GET] = { EVHTTP_REQ_GET, "GET, HEAD" },
	[API_POST] = { EVHTTP_REQ_POST, "POST" },
	[API_PUT] = { EVHTTP_REQ_PUT, "PUT" },
	[API_PATCH] = { EVHTTP_REQ_PATCH, "PATCH" },
	[API_DELETE] = { EVHTTP_REQ_DELETE, "DELETE" },
};

static const char *header(struct evhttp_request *req, const char *name)
{
	return evhttp_find_header(evhttp_request_get_input_headers(req), name);
}

/* One part of a path against one of a pattern; both move behind it. */
static bool is_part(const char **pattern, const char **path)
{
	size_t n = strcspn(*path, "/"), m = strcspn(*pattern, "/");
	bool any = m == 1 && **pattern == '*';

	if (n == 0 || (!any && (n != m || strncmp(*path, *pattern, n) != 0)))
		return false;
	*path += n;
	*pattern += m;
	return true;
}

static bool is_match(const char *pattern, const char *path)
{
	while (*pattern == '/' && *path == '/') {
		pattern++;
		path++;
		if (!is_part(&pattern, &path))
			return false;
	}
	return !*pattern && !*path;
}

/* Text without NUL, in UTF-8. */
static int decode(struct arena *a, const char *part, size_t n, char **ret)
{
	char *copy = strndup(part, n), *plain = NULL;
	size_t len = 0;
	int r = -EINVAL;

	if (copy)
		plain = evhttp_uridecode(copy, 0, &len);
	if (plain && strlen(plain) == len &&
	    is_utf8((const uint8_t *)plain, len)) {
		*ret = arena_str(a, plain, len);
		r = *ret ? 0 : -ENOMEM;
	}
	free(copy);
	free(plain);
	return r;
}

static int decode_args(const char *pattern, const char *path, struct api *q)
{
	int r = 0, n = 0;

	while (r == 0 && *pattern == '/') {
		const char *part = ++path;

		pattern++;
		if (*pattern == '*' && n < API_ARGS)
			r = decode(&q->arena, part, strcspn(part, "/"),
				   &q->args[n++]);
		is_part(&pattern, &path);
	}
	return r;
}

int request_route(struct evhttp_request *req, const char *path, struct api *q,
		  char *ret_allow, size_t cap)
{
	enum evhttp_cmd_type method = evhttp_request_get_command(req);
	size_t len = 0;

	for (const struct api_route *r = api_table; r->pattern; r++) {
		if (!is_match(r->pattern, path))
			continue;
		if (methods[r->method].evhttp == method ||
		    (r->method == API_GET && method == EVHTTP_REQ_HEAD)) {
			q->route = r;
			return decode_args(r->pattern, path, q);
		}
		if (len < cap)
			len += (size_t)snprintf(ret_allow + len, cap - len,
						"%s%s", len > 0 ? ", " : "",
						methods[r->method].name);
	}
	return len > 0 ? -EPERM : -ENOENT;
}

static bool is_taken(const char *const *names, const char *name)
{
	for (; names && *names; names++)
		if (strcmp(*names, name) == 0 || strcmp(*names, "*") == 0)
			return true;
	return false;
}

/* of a query: more is no honest client's, and each is compared with all */
#define PARAMETERS_MAX 32

/* Is there one of that name behind it? */
static bool is_twice(struct evkeyval *v)
{
	for (struct evkeyval *w = TAILQ_NEXT(v, next); w;
	     w = TAILQ_NEXT(w, next))
		if (strcasecmp(v->key, w->key) == 0)
			return true;
	return false;
}

int request_query(const char *query, struct api *q)
{
	struct evkeyval *v = NULL;
	size_t n = 0;

	if (!query)
		return 0;
	/* evhttp would end the value there */
	if (strstr(query, "%00") ||
	    evhttp_parse_query_str(query, &q->query) < 0) {
		api_problem(q, 400, "bad-request", "the query is not valid");
		return -EINVAL;
	}
	TAILQ_FOREACH(v, &q->query, next)
		n++;
	if (n > PARAMETERS_MAX) {
		api_problem(q, 400, "bad-request",
			    "the query has more than %d parameters",
			    PARAMETERS_MAX);
		return -EINVAL;
	}
	TAILQ_FOREACH(v, &q->query, next) {
		bool taken = is_taken(q->route->query, v->key);

		if (taken && !is_twice(v))
			continue;
		api_problem(q, 400, "bad-request", taken ?
			    "the query has the parameter %.64s twice" :
			    "the query has a parameter that is not known "
			    "here: %.64s", v->key);
		return -EINVAL;
	}
	return 0;
}

static int copy_secret(const char *from, size_t n, char ret[static WHO_SECRET])
{
	if (n == 0 || n >= WHO_SECRET)
		return -ENOENT;
	memcpy(ret, from, n);
	ret[n] = '\0';
	return 0;
}

int request_bearer(struct evhttp_request *req, char ret[static WHO_SECRET])
{
	const char *h = header(req, "Authorization");

	if (!h || strncasecmp(h, "Bearer ", 7) != 0)
		return -ENOENT;
	h += 7;
	return copy_secret(h, strlen(h), ret);
}

int request_cookie(struct evhttp_request *req, const char *name,
		   char ret[static WHO_SECRET])
{
	const char *h = header(req, "Cookie");
	size_t n = strlen(name);

	while (h && *h) {
		h += strspn(h, "; ");
		if (strncmp(h, name, n) == 0 && h[n] == '=')
			return copy_secret(h + n + 1, strcspn(h + n + 1, "; "),
					   ret);
		h += strcspn(h, ";");
	}
	return -ENOENT;
}

uint64_t request_party(struct evhttp_request *req, struct party_known *known,
		       const char *address)
{
	char secret[WHO_SECRET] = "";
	uint64_t party = 0;

	if (request_bearer(req, secret) < 0)
		request_cookie(req, WHO_SESSION_COOKIE, secret);
	party = party_find(known, secret, address);
	explicit_bzero(secret, sizeof(secret));
	return party;
}

bool request_is_json(struct evhttp_request *req)
{
	static const char type[] = "application/json";
	const char *t = header(req, "Content-Type");
	size_t n = sizeof(type) - 1;

	return t && strncasecmp(t, type, n) == 0 &&
		(t[n] == '\0' || t[n] == ';' || t[n] == ' ');
}

bool request_is_same_origin(struct evhttp_request *req)
{
	const char *origin = header(req, "Origin"), *host = header(req, "Host");

	if (!origin)
		return true;
	return host && strncmp(origin, "https://", 8) == 0 &&
		strcasecmp(origin + 8, host) == 0;
}
