/* SPDX-License-Identifier: Apache-2.0 */
/* REST, as openapi.json tells.  api_table.c has the routes; a request is
 * matched with one in its loop's thread, and all else is done by a thread of
 * the pool (pool.h): who it is from, whether that may, the work itself. */
#ifndef CW_COLLECTOR_API_H
#define CW_COLLECTOR_API_H

#include <event2/keyvalq_struct.h>

#include "collector-stub/auth/who.h"
#include "collector-stub/http/exchange.h"
#include "lib/json.h"

#define API_ARGS 2		/* parts of a path that vary */
#define API_FIELDS 12		/* members of a request's body */
#define API_MAP 32		/* members of an object in it */

enum api_method { API_GET, API_POST, API_PUT, API_PATCH, API_DELETE };

struct api;

struct api_route {
	enum api_method method;
	const char *pattern;	/* below /api/v1; "*" is a part that varies */
	const char *operation;	/* operationId of the document */
	enum role role;		/* that is needed at least */
	/* 0: the reply is filled in; or the store's error */
	int (*run)(struct api *q);
	/* It heeds the filter of an API token; others refuse such a token. */
	bool scoped;
	/* Names of what may stand in its query, once each, and "*" for any;
	 * ends with NULL.  NULL: nothing may. */
	const char *const *query;
};

extern const struct api_route api_table[];	/* ends with pattern NULL */

struct api_field {
	const char *name;	/* a table ends with NULL */
	bool required;
	bool is_map;		/* an object of texts */
};

/* One request at work. */
struct api {
	struct exchange *exchange;
	struct store *store;
	const struct api_route *route;
	struct arena arena;
	char *args[API_ARGS];		/* decoded */
	struct evkeyvalq query;
	struct who who;
	char actor[2 * STORE_USER_NAME + 16];	/* api_actor() */
	int64_t now;
	/* of the body, by the index in its table; NULL: not given */
	const struct api_field *fields;
	char *values[API_FIELDS];
	struct { char *name, *value; } map[API_MAP];
	size_t n_map;
	/* of a list in parts (list.h) */
	char *cursor;
	size_t rows;
};

/* A route's handler in collector-stub/http/route_table.c. */
void api_handle(struct exchange *x);

/* The value of ?name=, or NULL. */
const char *api_query(struct api *q, const char *name);

/* Reads the body, a JSON object with just these members: 0, or -EINVAL, and the
 * reply tells. */
int api_body(struct api *q, const struct api_field *fields);
/* The member ${name} of it, or NULL. */
const char *api_value(const struct api *q, const char *name);

/* Of a member that is true or false: 1, 0; -1 where it is not given.  0, or
 * -EINVAL, and the reply tells. */
int api_flag(struct api *q, const char *name, int *ret);

/* Answers with a Problem; returns 0, so that a handler can end by it. */
int api_problem(struct api *q, int status, const char *code, const char *fmt,
		...) __attribute__((format(printf, 4, 5)));
/* 204. */
int api_done(struct api *q);
/* Begins a body of JSON with ${status}; the caller adds one value. */
void api_json(struct api *q, int status, struct json *ret);

/* 404 by ${what}, "host"; 503 and the like for the store's errors. */
int api_failed(struct api *q, int r, const char *what);

/* Where an error leaves a transaction: commits or rolls back, returns ${r} or
 * the commit's error. */
int api_end(struct api *q, int r);

/* Who asks, as the audit log has it: "USER", or "USER by token NAME".  Valid as
 * long as ${q}. */
const char *api_actor(struct api *q);
/* An entry of the audit log by whoever asks.  Within a transaction. */
struct audit_field;
int api_audit(struct api *q, const char *event,
	      const struct audit_field *fields);

#endif
