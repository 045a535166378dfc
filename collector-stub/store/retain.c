/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/store/retain.h"

#include <errno.h>
#include <string.h>

#include "collector-stub/store/sql.h"
#include "lib/clock.h"

/* rows that are removed at a time, and how often in a row */
#define ROUND 1000
#define ROUNDS 100
/* in which objects are looked at, of an hour; some millions */
#define OBJECTS_MS (20 * 60000)
/* seconds that what only an agent told is kept */
#define WORD_KEPT 86400

struct retain_before retain_before(int64_t now, int64_t retention)
{
	struct retain_before b = { .word = now - WORD_KEPT };

	if (retention > 0)
		b.time = now - retention;
	if (b.word < b.time)
		b.word = b.time;
	return b;
}

int retain_prune(struct store *s, int64_t before, int64_t *ret_removed)
{
	/* orders last: the others are told by them */
	static const enum sql_query queries[] = {
		Q_PRUNE_SIGNATURES, Q_PRUNE_RESULTS, Q_PRUNE_TOKENS,
		Q_PRUNE_COMMANDS,
	};
	int64_t removed = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(queries) / sizeof(*queries);
	     i++) {
		int changed = 0;

		r = sql_run((struct sql *)s, queries[i], &changed, "i",
			    before);
		if (queries[i] != Q_PRUNE_SIGNATURES &&
		    queries[i] != Q_PRUNE_RESULTS)
			removed += changed;
	}
	if (r == 0)
		*ret_removed = removed;
	return r;
}

int retain_prune_events(struct store *s, int64_t before, int64_t most,
			int64_t *ret_removed)
{
	int removed = 0;
	int r = sql_run((struct sql *)s, Q_EVENT_PRUNE, &removed, "ii", before,
			most);

	if (r == 0)
		*ret_removed = removed;
	return r;
}

int retain_prune_revoked(struct store *s, int64_t before, int64_t most,
			 int64_t *ret_removed)
{
	/* the agent last: the others are told by it */
	static const enum sql_query queries[] = {
		Q_REVOKED_SIGNATURES, Q_REVOKED_RESULTS, Q_REVOKED_COMMANDS,
		Q_REVOKED_AGENTS,
	};
	int removed = 0;
	int r = sql_run((struct sql *)s, Q_REVOKED_LOCATIONS, &removed, "ii",
			before, most);

	for (size_t i = 0; r == 0 && i < sizeof(queries) / sizeof(*queries);
	     i++)
		r = sql_run((struct sql *)s, queries[i], NULL, "i", before);
	if (r == 0)
		*ret_removed = removed;
	return r;
}

/* ------------------------------------------------------------ objects */

static int end(struct store *s, int r)
{
	if (r == 0)
		r = s->driver->commit(s);
	if (r < 0)
		s->driver->rollback(s);
	return r;
}

/* The last key of the slice, *ret_last where there is none beyond it. */
static int find_slice(struct sql *s, const uint8_t *from, int64_t most,
		      uint8_t ret[static HASH_SIZE], bool *ret_last)
{
	struct sql_rows *rows = NULL;
	int r = sql_ask(s, Q_OBJECT_SLICE, &rows, "hi", from, most - 1);

	if (r == 0)
		r = sql_next(rows);
	if (r < 0)
		return r;
	*ret_last = r == 0;
	memset(ret, 0xff, HASH_SIZE);
	if (r == 0)
		return 0;
	r = sql_hash(rows, 0, ret) ? 0 : -EIO;
	sql_end(rows);
	return r;
}

/* Is there one that may go?  Without keeping anybody waiting. */
static int find_unnamed(struct sql *s, const uint8_t *from, const uint8_t *to,
			struct retain_before before, bool *ret)
{
	struct sql_rows *rows = NULL;
	int r = sql_ask(s, Q_OBJECT_UNNAMED, &rows, "hhii", from, to,
			before.time, before.word);

	if (r == 0)
		r = sql_next(rows);
	if (r < 0)
		return r;
	*ret = r == 1;
	if (r == 1)
		sql_end(rows);
	return 0;
}

/* A report that names one of them has either been committed, and is seen here,
 * or finds it gone, and has the agent asked for it: each writes its locations
 * before it looks for objects, and none can while this holds the table. */
static int remove_unnamed(struct sql *s, const uint8_t *from,
			  const uint8_t *to, struct retain_before before,
			  int *ret)
{
	int r = s->base.driver->begin(&s->base);

	if (r == 0 && s->engine->concurrent) {
		r = sql_run(s, Q_LOCATIONS_WAIT, NULL, "");
		if (r == 0)
			r = sql_run(s, Q_LOCATIONS_LOCK, NULL, "");
	}
	if (r == 0)
		r = sql_run(s, Q_PRUNE_OBJECTS, ret, "hhii", from, to,
			    before.time, before.word);
	return end(&s->base, r);
}

int retain_prune_objects(struct store *base, struct retain_before before,
			 int64_t most,
			 uint8_t cursor[static HASH_SIZE],
			 int64_t *ret_removed)
{
	struct sql *s = (struct sql *)base;
	uint8_t to[HASH_SIZE];
	bool last = false, found = false;
	int removed = 0;
	int r = find_slice(s, cursor, most, to, &last);

	if (r == 0)
		r = find_unnamed(s, cursor, to, before, &found);
	if (r == 0 && found)
		r = remove_unnamed(s, cursor, to, before, &removed);
	if (r < 0)
		return r;
	*ret_removed = removed;
	memcpy(cursor, to, HASH_SIZE);
	if (last)
		memset(cursor, 0, HASH_SIZE);
	return 0;
}

/* ------------------------------------------------------------ all */

typedef int prune_fn(struct store *s, int64_t before, int64_t most,
		     int64_t *ret_removed);

/* Rounds of all kinds. */
struct rounds {
	struct store *store;
	struct retain_before before;
	retain_pause_fn *pause;
	void *arg;
	bool stopped;
	int64_t removed;
};

/* What a round has done: true for another one. */
static bool go_on(struct rounds *w, int r, int64_t removed, int64_t start)
{
	if (r < 0)
		return false;
	w->removed += removed;
	w->stopped = !w->pause(w->arg, clock_steady_ms() - start);
	return !w->stopped;
}

static int in_rounds(struct rounds *w, prune_fn *prune, int64_t most,
		     int rounds)
{
	struct store *s = w->store;
	int64_t n = most;
	int r = 0;

	for (int i = 0; !w->stopped && n == most && i < rounds; i++) {
		int64_t start = clock_steady_ms();

		n = 0;
		r = s->driver->begin(s);
		if (r == 0)
			r = end(s, prune(s, w->before.time, most, &n));
		if (!go_on(w, r, n, start))
			break;
	}
	return r;
}

static int all_objects(struct rounds *w, uint8_t *cursor)
{
	static const uint8_t begin[HASH_SIZE];
	int64_t until = clock_steady_ms() + OBJECTS_MS;
	int r = 0;

	while (!w->stopped && clock_steady_ms() < until) {
		int64_t start = clock_steady_ms(), n = 0;

		r = retain_prune_objects(w->store, w->before, ROUND, cursor,
					 &n);
		if (!go_on(w, r, n, start) ||
		    memcmp(cursor, begin, HASH_SIZE) == 0)
			break;
	}
	return r;
}

static int prune_orders(struct store *s, int64_t before, int64_t most,
			int64_t *ret_removed)
{
	(void)most;
	return retain_prune(s, before, ret_removed);
}

int retain_all(struct store *s, struct retain_before before,
	       uint8_t cursor[static HASH_SIZE], retain_pause_fn *pause,
	       void *arg, int64_t *ret_removed)
{
	struct rounds w = { .store = s, .before = before, .pause = pause,
			    .arg = arg };
	int r = in_rounds(&w, prune_orders, ROUND, 1);

	if (r == 0)
		r = in_rounds(&w, retain_prune_events, ROUND, ROUNDS);
	if (r == 0)
		r = in_rounds(&w, retain_prune_revoked, ROUND, ROUNDS);
	if (r == 0)
		r = all_objects(&w, cursor);
	*ret_removed = w.removed;
	return r == -EBUSY ? 0 : r;
}
