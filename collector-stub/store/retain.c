/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/store/retain.h"

#include <errno.h>
#include <string.h>

#include "collector-stub/store/sql.h"

/* rows that are removed at a time, and how often in a row */
#define EVENT_ROUND 10000
#define EVENT_ROUNDS 5
#define ROUND 1000
#define ROUNDS 100

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
			int64_t before, bool *ret)
{
	struct sql_rows *rows = NULL;
	int r = sql_ask(s, Q_OBJECT_UNNAMED, &rows, "hhi", from, to, before);

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
			  const uint8_t *to, int64_t before, int *ret)
{
	int r = s->base.driver->begin(&s->base);

	if (r == 0 && s->engine->concurrent) {
		r = sql_run(s, Q_LOCATIONS_WAIT, NULL, "");
		if (r == 0)
			r = sql_run(s, Q_LOCATIONS_LOCK, NULL, "");
	}
	if (r == 0)
		r = sql_run(s, Q_PRUNE_OBJECTS, ret, "hhi", from, to, before);
	return end(&s->base, r);
}

int retain_prune_objects(struct store *base, int64_t before, int64_t most,
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

static int in_rounds(struct store *s, prune_fn *prune, int64_t before,
		     int64_t most, int rounds, int64_t *removed)
{
	int64_t n = most;
	int r = 0;

	for (int i = 0; r == 0 && n == most && i < rounds; i++) {
		n = 0;
		r = s->driver->begin(s);
		if (r == 0)
			r = end(s, prune(s, before, most, &n));
		if (r == 0)
			*removed += n;
	}
	return r;
}

static int all_objects(struct store *s, int64_t before, uint8_t *cursor,
		       int64_t *removed)
{
	static const uint8_t begin[HASH_SIZE];
	int r = 0;

	for (int i = 0; r == 0 && i < ROUNDS; i++) {
		int64_t n = 0;

		r = retain_prune_objects(s, before, ROUND, cursor, &n);
		if (r == 0)
			*removed += n;
		if (r == 0 && memcmp(cursor, begin, HASH_SIZE) == 0)
			break;
	}
	return r;
}

int retain_all(struct store *s, int64_t before,
	       uint8_t cursor[static HASH_SIZE], int64_t *ret_removed)
{
	int64_t n = 0;
	int r = s->driver->begin(s);

	*ret_removed = 0;
	if (r == 0)
		r = end(s, retain_prune(s, before, &n));
	*ret_removed += n;
	if (r == 0)
		r = in_rounds(s, retain_prune_events, before, EVENT_ROUND,
			      EVENT_ROUNDS, ret_removed);
	if (r == 0)
		r = in_rounds(s, retain_prune_revoked, before, ROUND, ROUNDS,
			      ret_removed);
	if (r == 0)
		r = all_objects(s, before, cursor, ret_removed);
	return r == -EBUSY ? 0 : r;
}
