/* SPDX-License-Identifier: Apache-2.0 */
/* The objects of one group of requests.  Two transactions that add the same new
 * ones wait for each other where they come in different orders, so all of a
 * group is added by one statement before its commit, in the order of their
 * keys; and after them what events learn from objects. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "collector-stub/store/postgres.h"

/* objects of so many bytes are added at once; where there are more, two
 * transactions may meet, and one begins again */
#define MOST_BYTES MIB(32)
/* besides DER and facts */
#define ROW_BYTES 1024

struct postgres_object {
	struct store_object object;	/* points to the caller's bytes */
	UT_hash_handle hh;		/* by sha256 */
};

struct postgres_settled {
	char id[STORE_AGENT_ID];
	uint8_t object[HASH_SIZE];
};

static void *grow(void *list, size_t n, size_t size)
{
	return n % 64 == 0 ? realloc(list, (n + 64) * size) : list;
}

static struct postgres_object *find(struct postgres *s, const uint8_t *sha256)
{
	struct postgres_object *o = NULL;

	HASH_FIND(hh, s->by_sha256, sha256, HASH_SIZE, o);
	return o;
}

/* Takes back those from ${n} on. */
static void drop(struct postgres *s, size_t n)
{
	while (s->n_objects > n) {
		struct postgres_object *o = s->objects[--s->n_objects];

		HASH_DEL(s->by_sha256, o);
		free(o);
	}
}

void postgres_objects_forget(struct postgres *s)
{
	drop(s, 0);
	free(s->objects);
	free(s->settled);
	s->objects = NULL;
	s->settled = NULL;
	s->n_settled = 0;
	s->objects_bytes = 0;
	s->is_group = false;
}

void postgres_objects_mark(struct postgres *s)
{
	s->n_objects_before = s->n_objects;
	s->n_settled_before = s->n_settled;
}

void postgres_objects_undo(struct postgres *s)
{
	drop(s, s->n_objects_before);
	s->n_settled = s->n_settled_before;
}

static int add_all(struct postgres *s)
{
	struct store_object *all = NULL;
	size_t n = s->n_objects;
	int r = 0;

	if (n == 0)
		return 0;
	all = malloc(n * sizeof(*all));
	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		all[i] = s->objects[i]->object;
	r = sql_object_add(&s->sql.base, all, n);
	free(all);
	return r;
}

/* Of one agent: the first ${n} of ${at}. */
static int settle_one(struct postgres *s, const struct postgres_settled *at,
		      size_t n)
{
	uint8_t *list = malloc(n * HASH_SIZE);
	int r = -ENOMEM;

	for (size_t i = 0; list && i < n; i++)
		memcpy(list + i * HASH_SIZE, at[i].object, HASH_SIZE);
	if (list)
		r = sql_event_settle(&s->sql.base, at->id, list, n);
	free(list);
	return r;
}

int postgres_objects_write(struct postgres *s)
{
	int r = add_all(s);

	for (size_t i = 0, n = 0; r == 0 && i < s->n_settled; i += n) {
		for (n = 1; i + n < s->n_settled; n++)
			if (strcmp(s->settled[i].id, s->settled[i + n].id) != 0)
				break;
		r = settle_one(s, &s->settled[i], n);
	}
	if (r < 0)
		return r;
	drop(s, 0);
	s->n_settled = 0;
	s->objects_bytes = 0;
	return 0;
}

static int keep(struct postgres *s, const struct store_object *o)
{
	struct postgres_object *kept = NULL, **more = NULL;

	if (find(s, o->sha256))
		return 0;
	more = grow(s->objects, s->n_objects, sizeof(*more));
	if (!more)
		return -ENOMEM;
	s->objects = more;
	kept = malloc(sizeof(*kept));
	if (!kept)
		return -ENOMEM;
	kept->object = *o;
	HASH_ADD(hh, s->by_sha256, object.sha256, HASH_SIZE, kept);
	s->objects[s->n_objects++] = kept;
	s->objects_bytes += ROW_BYTES + o->len + (o->facts ?
		cw__facts__get_packed_size(o->facts) : 0);
	return 0;
}

int postgres_object_add(struct store *base, const struct store_object *o,
			size_t n)
{
	struct postgres *s = (struct postgres *)base;
	int r = 0;

	if (!s->is_group)
		return sql_object_add(base, o, n);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = keep(s, &o[i]);
	if (r == 0 && s->objects_bytes > MOST_BYTES && !s->in_savepoint)
		r = postgres_objects_write(s);
	return r;
}

struct lacking {
	struct postgres *store;
	int left;		/* or -1: all */
	store_hash_fn *fn;
	void *arg;
};

static int give_lacking(void *arg, const uint8_t hash[static HASH_SIZE])
{
	struct lacking *l = arg;

	if (l->left == 0 || find(l->store, hash))
		return 0;
	l->left -= l->left > 0;
	return l->fn(l->arg, hash);
}

int postgres_object_lacking(struct store *base, const char *id, int max,
			    store_hash_fn *fn, void *arg)
{
	struct postgres *s = (struct postgres *)base;
	struct lacking l = { .store = s, .left = max, .fn = fn, .arg = arg };

	return sql_object_lacking(base, id, max + (int)s->n_objects,
				  give_lacking, &l);
}

int postgres_object_missing(struct store *base, const uint8_t *hashes,
			    size_t n, store_hash_fn *fn, void *arg)
{
	struct lacking l = { .store = (struct postgres *)base, .left = -1,
			     .fn = fn, .arg = arg };

	return sql_object_missing(base, hashes, n, give_lacking, &l);
}

static int settle(struct store *base, const char *id, const uint8_t *objects,
		  size_t n)
{
	struct postgres *s = (struct postgres *)base;

	if (!s->is_group)
		return sql_event_settle(base, id, objects, n);
	for (size_t i = 0; i < n; i++) {
		struct postgres_settled *at = grow(s->settled, s->n_settled,
						   sizeof(*at));

		if (!at)
			return -ENOMEM;
		s->settled = at;
		at += s->n_settled++;
		*at = (struct postgres_settled){ .id = "" };
		strncpy(at->id, id, sizeof(at->id) - 1);
		memcpy(at->object, objects + i * HASH_SIZE, HASH_SIZE);
	}
	return 0;
}

/* An agent that comes twice in a group sees what it did before. */
static int followed(struct store *base, const char *id, const uint8_t *objects,
		    size_t n, int64_t *ret)
{
	struct postgres *s = (struct postgres *)base;
	bool wait = false;
	int r = 0;

	for (size_t i = 0; !wait && i < s->n_settled; i++)
		wait = strcmp(s->settled[i].id, id) == 0;
	if (wait)
		r = postgres_objects_write(s);
	return r < 0 ? r : sql_event_followed(base, id, objects, n, ret);
}

const struct store_event_driver postgres_events = {
	SQL_EVENTS,
	.settle = settle,
	.followed = followed,
};
