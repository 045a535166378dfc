/* SPDX-License-Identifier: Apache-2.0 */
/* What has changed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/store/sql.h"

static struct sql *self(struct store *s)
{
	return (struct sql *)s;
}

/* The one number that was asked for; ${r} of sql_ask(). */
static int take_number(int r, struct sql_rows *rows, int64_t *ret)
{
	if (r == 0)
		r = sql_next(rows);
	if (r <= 0)
		return r < 0 ? r : -EIO;
	*ret = sql_int(rows, 0);
	sql_end(rows);
	return 0;
}

int sql_event_last(struct store *s, const char *id, int64_t *ret)
{
	struct sql_rows *rows = NULL;
	int r = sql_ask(self(s), Q_EVENT_LAST, &rows, "t", id);

	return take_number(r, rows, ret);
}

int sql_event_count(struct store *s, const char *id, int64_t time, int64_t *ret)
{
	struct sql_rows *rows = NULL;
	int r = sql_ask(self(s), Q_EVENT_COUNT, &rows, "ti", id,
			time * STORE_EVENT_NUMBER);

	return take_number(r, rows, ret);
}

struct event_rows {
	const char *agent_id;
	const struct store_event *e;
};

static bool fill(const void *arg, size_t i, struct store_value *v)
{
	const struct event_rows *rows = arg;
	const struct store_event *e = &rows->e[i];

	v[0] = sql_of_text(rows->agent_id);
	v[1] = sql_of_int(e->number);
	v[2] = sql_of_int(e->time);
	v[3] = sql_of_text(e->event);
	v[4] = sql_of_text(e->about);
	v[5] = sql_of_hash(e->object);
	v[6] = sql_of_hash(e->facts);
	v[7] = sql_of_hash(e->prior);
	v[8] = sql_of_text(e->place);
	v[9] = sql_of_text(e->was);
	v[10] = sql_of_text(e->cause);
	return true;
}

int sql_event_add(struct store *s, const char *id,
		  const struct store_event *e, size_t n)
{
	const struct event_rows rows = { .agent_id = id, .e = e };

	return sql_many(self(s), Q_EVENT_ADD, "t|iitthhhttt", n, fill, &rows,
			NULL);
}

static int by_hash(const void *a, const void *b)
{
	return memcmp(a, b, HASH_SIZE);
}

/* Rows of an object and its count. */
static int take_counts(struct sql_rows *rows, const uint8_t *objects, size_t n,
		       int64_t *ret)
{
	int r = 0;

	while (r == 0 && (r = sql_next(rows)) == 1) {
		uint8_t hash[HASH_SIZE];
		const uint8_t *at = NULL;

		r = sql_hash(rows, 0, hash) ? 0 : -EIO;
		if (r == 0)
			at = bsearch(hash, objects, n, HASH_SIZE, by_hash);
		if (at)
			ret[(size_t)(at - objects) / HASH_SIZE] =
				sql_int(rows, 1);
		if (r != 0)
			sql_end(rows);
	}
	return r;
}

/* By one of two questions: for all at once, where there are arrays. */
static int tally(struct store *s, enum sql_query one, enum sql_query any,
		 const char *id, const uint8_t *objects, size_t n,
		 int64_t *ret)
{
	struct sql_rows *rows = NULL;
	int r = 0;

	memset(ret, 0, n * sizeof(*ret));
	if (self(s)->engine->arrays) {
		r = sql_ask(self(s), any, &rows, "tH", id, objects,
			    n * HASH_SIZE);
		return r < 0 ? r : take_counts(rows, objects, n, ret);
	}
	for (size_t i = 0; r == 0 && i < n; i++) {
		const uint8_t *object = objects + i * HASH_SIZE;

		r = sql_ask(self(s), one, &rows, "ht", object, id);
		if (r == 0)
			r = take_counts(rows, object, 1, &ret[i]);
	}
	return r;
}

int sql_event_places(struct store *s, const char *id, const uint8_t *objects,
		     size_t n, int64_t *ret)
{
	return tally(s, Q_EVENT_PLACES, Q_EVENT_PLACES_ANY, id, objects, n,
		     ret);
}

int sql_event_followed(struct store *s, const char *id,
		       const uint8_t *objects, size_t n, int64_t *ret)
{
	return tally(s, Q_EVENT_FOLLOWED, Q_EVENT_FOLLOWED_ANY, id, objects, n,
		     ret);
}

int sql_event_settle(struct store *s, const char *id, const uint8_t *objects,
		     size_t n)
{
	int r = 0;

	if (self(s)->engine->arrays)
		return sql_run(self(s), Q_EVENT_SETTLE_ANY, NULL, "tH", id,
			       objects, n * HASH_SIZE);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = sql_run(self(s), Q_EVENT_SETTLE, NULL, "th", id,
			    objects + i * HASH_SIZE);
	return r;
}

int sql_event_silent(struct store *s, int64_t now, int64_t since)
{
	return sql_run(self(s), Q_EVENT_SILENT, NULL, "iiii", STORE_SILENT,
		       STORE_EVENT_NUMBER, now - since, now - STORE_SILENT);
}

const struct store_event_driver sql_events = {
	SQL_EVENTS,
	.settle = sql_event_settle,
	.followed = sql_event_followed,
};
