/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/api/list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <event2/http.h>

#include "collector-stub/api/csv.h"
#include "lib/encode.h"
#include "lib/limits.h"

#define CURSOR_MAX 1024
/* a part of a stream ends above this many bytes */
#define PART KIB(256)

static const char *const types[] = {
	[LIST_JSON] = "application/json",
	[LIST_JSONL] = "application/x-ndjson",
	[LIST_CSV] = "text/csv; charset=utf-8",
};

static const char *input(struct api *q, const char *name)
{
	return evhttp_find_header(evhttp_request_get_input_headers(
					  q->exchange->request), name);
}

static int read_format(struct api *q, enum list_format *ret)
{
	const char *format = api_query(q, "format");
	const char *accept = input(q, "Accept");

	*ret = LIST_JSON;
	if (!format && accept && strstr(accept, "text/csv"))
		*ret = LIST_CSV;
	else if (!format && accept && strstr(accept, "application/x-ndjson"))
		*ret = LIST_JSONL;
	if (!format || strcmp(format, "json") == 0)
		return 0;
	if (strcmp(format, "csv") == 0)
		*ret = LIST_CSV;
	else if (strcmp(format, "jsonl") == 0)
		*ret = LIST_JSONL;
	else
		return -EINVAL;
	return 0;
}

static int read_limit(struct api *q, size_t *ret)
{
	const char *text = api_query(q, "limit");
	char *end = NULL;
	unsigned long n = 0;

	*ret = LIST_LIMIT;
	if (!text)
		return 0;
	n = strtoul(text, &end, 10);
	if (*end || end == text || n < 1 || n > LIST_LIMIT_MAX)
		return -EINVAL;
	*ret = n;
	return 0;
}

/* Of a stream the cursor is its own, else it is the client's. */
static int read_cursor(struct list *l)
{
	const char *text = api_query(l->q, "after");
	struct buf b;
	int r = 0;

	l->after = l->q->cursor;
	if (l->after || !text)
		return 0;
	buf_init(&b, CURSOR_MAX);
	r = decode_base64(&b, text, strlen(text));
	if (r == 0 && (memchr(b.data, '\0', b.len) || b.len == 0 ||
		       !is_utf8(b.data, b.len)))
		r = -EINVAL;
	if (r == 0)
		l->after = arena_str(&l->q->arena, b.data, b.len);
	buf_free(&b);
	return l->after ? 0 : -EINVAL;
}

static void begin_stream(struct list *l)
{
	struct reply *r = &l->q->exchange->reply;
	const char *name = strrchr(l->q->route->pattern, '/') + 1;
	char text[128];

	if (l->q->exchange->begun)
		return;
	snprintf(text, sizeof(text), "attachment; filename=\"%s.%s\"", name,
		 l->format == LIST_CSV ? "csv" : "jsonl");
	reply_header(r, "Content-Disposition", text);
	if (l->format == LIST_CSV)
		csv_head(&r->body, l->columns);
}

int list_begin(struct api *q, const char *const *columns, struct list *ret)
{
	struct list l = { .q = q, .columns = columns, .total = -1 };
	struct reply *r = &q->exchange->reply;

	if (read_format(q, &l.format) < 0) {
		api_problem(q, 400, "bad-request",
			    "format is json, jsonl or csv");
		return -EINVAL;
	}
	if (read_limit(q, &l.limit) < 0) {
		api_problem(q, 400, "bad-request",
			    "limit is a number from 1 to %d", LIST_LIMIT_MAX);
		return -EINVAL;
	}
	if (read_cursor(&l) < 0) {
		api_problem(q, 400, "bad-cursor",
			    "after is not of a page's next");
		return -EINVAL;
	}
	buf_reset(&r->body);
	r->status = 200;
	r->type = types[l.format];
	r->more = false;
	buf_init(&l.row, LIMIT_REPLY);
	*ret = l;
	if (l.format == LIST_JSON) {
		json_init(&ret->json, &r->body);
		json_begin_object(&ret->json, NULL);
		json_begin_array(&ret->json, "items");
	} else {
		ret->limit = LIST_LIMIT_MAX;
		begin_stream(ret);
	}
	return 0;
}

bool list_is_full(struct list *l)
{
	if (l->n < l->limit && l->q->exchange->reply.body.len < PART)
		return false;
	l->more = true;
	return true;
}

struct json *list_add(struct list *l)
{
	if (l->format != LIST_JSON) {
		buf_reset(&l->row);
		json_init(&l->json, &l->row);
	}
	json_begin_object(&l->json, NULL);
	return &l->json;
}

void list_added(struct list *l, const char *cursor)
{
	struct buf *out = &l->q->exchange->reply.body;

	json_end_object(&l->json);
	l->n++;
	free(l->cursor);
	l->cursor = strdup(cursor);
	if (l->row.failed) {
		out->failed = true;	/* the reply is an error then */
	} else if (l->format == LIST_JSONL) {
		buf_add(out, l->row.data, l->row.len);
		buf_addch(out, '\n');
	} else if (l->format == LIST_CSV &&
		   csv_row(out, l->columns, (char *)l->row.data,
			   l->row.len) < 0) {
		out->failed = true;
	}
}

static void add_query(struct buf *out, struct api *q)
{
	const struct evkeyval *v = NULL;

	TAILQ_FOREACH(v, &q->query, next) {
		char *value = NULL;

		if (strcmp(v->key, "after") == 0 ||
		    strcmp(v->key, "count") == 0)
			continue;
		value = evhttp_uriencode(v->value, -1, 0);
		/* none of our parameters' names needs encoding */
		buf_addf(out, "%s=%s&", v->key, value ? value : "");
		free(value);
	}
}

static void add_next(struct list *l)
{
	const struct evhttp_uri *uri =
		evhttp_request_get_evhttp_uri(l->q->exchange->request);
	struct reply *r = &l->q->exchange->reply;
	struct buf next;

	buf_init(&next, KIB(64));
	buf_addf(&next, "%s?", evhttp_uri_get_path(uri));
	add_query(&next, l->q);
	buf_adds(&next, "after=");
	encode_base64url(&next, l->cursor, strlen(l->cursor));
	json_quoted(&l->json, "next", buf_str(&next));
	if (next.len < KIB(3)) {
		buf_adds(&next, ">; rel=\"next\"");
		buf_addf(&r->headers, "Link: <%s\n", buf_str(&next));
	}
	buf_free(&next);
}

int list_end(struct list *l, int r)
{
	struct reply *reply = &l->q->exchange->reply;

	if (r >= 0 && l->n > 0 && !l->cursor)
		r = -ENOMEM;
	if (r >= 0 && l->format == LIST_JSON) {
		json_end_array(&l->json);
		if (l->more)
			add_next(l);
		if (l->total >= 0)
			json_number(&l->json, "total", l->total);
		json_end_object(&l->json);
	} else if (r >= 0 && l->more) {
		l->q->cursor = arena_str(&l->q->arena, l->cursor,
					 strlen(l->cursor));
		reply->more = l->q->cursor != NULL;
		r = l->q->cursor ? 0 : -ENOMEM;
	}
	buf_free(&l->row);
	free(l->cursor);
	return r < 0 ? r : 0;
}
