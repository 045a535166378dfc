/* SPDX-License-Identifier: Apache-2.0 */
/* Locations, objects, results. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/store/columns.h"
#include "collector-stub/store/sql.h"
#include "lib/limits.h"

static struct sql *self(struct store *s)
{
	return (struct sql *)s;
}

#define LOCATION_TYPES \
	"ti|hihtbinbhi" COLUMNS_OF_LOCATION(COLUMNS_LETTER)
#define OBJECT_TYPES "|hiitbbhh" COLUMNS_OF_OBJECT(COLUMNS_LETTER)
/* of one row, in texts and lists */
#define COLUMNS_MAX (16 * LIMIT_FACTS)

/* Rows of one agent, in the order of their key. */
struct location_rows {
	const char *agent_id;
	int64_t pass;
	const struct store_location *l;
	bool once;		/* the second of two equal ones is left out */
};

static bool fill_location(const void *arg, size_t i, struct store_value *v)
{
	const struct location_rows *rows = arg;
	const struct store_location *l = &rows->l[i];

	if (rows->once && i > 0 &&
	    memcmp(l->hash, l[-1].hash, HASH_SIZE) == 0)
		return false;
	v[0] = sql_of_text(rows->agent_id);
	v[1] = sql_of_int(rows->pass);
	v[2] = sql_of_bytes(l->hash, HASH_SIZE);
	v[3] = sql_of_int(l->kind);
	v[4] = sql_of_bytes(l->object, HASH_SIZE);
	v[5] = sql_of_text(l->format);
	v[6] = sql_of_bytes(l->path, l->path_len);
	v[7] = sql_of_int(l->has_facts);
	v[8] = sql_of_int_or_null(l->not_after);
	v[9] = sql_of_bytes(l->bytes, l->len);
	v[10] = sql_of_hash(l->claim ? l->claim->sha256 : NULL);
	v[11] = sql_of_int(l->seen);
	if (l->columns)
		memcpy(v + 12, l->columns, COLUMNS_LOCATION * sizeof(*v));
	else
		memset(v + 12, 0, COLUMNS_LOCATION * sizeof(*v));
	return true;
}

int sql_location_add(struct store *s, const char *id, int64_t pass,
		     const struct store_location *l, size_t n,
		     size_t *ret_added)
{
	const struct location_rows rows = { .agent_id = id, .pass = pass,
					    .l = l };

	return sql_many(self(s), Q_LOCATION_ADD, LOCATION_TYPES, n,
			fill_location, &rows, ret_added);
}

int sql_location_see(struct store *s, const char *id, int64_t pass,
		     const struct store_location *l, size_t n)
{
	const struct location_rows rows = { .agent_id = id, .pass = pass,
					    .l = l, .once = true };

	return sql_many(self(s), Q_LOCATION_SEE, LOCATION_TYPES, n,
			fill_location, &rows, NULL);
}

static int give_removed(struct sql_rows *st, store_location_fn *fn, void *arg,
			size_t *n)
{
	struct store_value columns[COLUMNS_LOCATION];
	int r = 0;

	while (r == 0 && (r = sql_next(st)) == 1) {
		struct store_location l = { .columns = columns };
		size_t len = 0;

		l.kind = (int32_t)sql_int(st, 0);
		l.object = sql_bytes(st, 1, &len);
		if (len != HASH_SIZE)
			l.object = NULL;
		for (int i = 0; i < COLUMNS_LOCATION; i++)
			columns[i] = sql_value(st, 2 + i);
		++*n;
		r = fn(arg, &l);
		if (r != 0)
			sql_end(st);
	}
	return r;
}

int sql_location_remove(struct store *s, const char *id,
			const ProtobufCBinaryData *hashes, size_t n,
			store_location_fn *fn, void *arg, size_t *ret_removed)
{
	bool at_once = self(s)->engine->arrays;
	uint8_t *all = at_once ? malloc(n * HASH_SIZE + 1) : NULL;
	struct sql_rows *st = NULL;
	size_t removed = 0;
	int r = at_once && !all ? -ENOMEM : 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		if (at_once) {
			memcpy(all + i * HASH_SIZE, hashes[i].data, HASH_SIZE);
			continue;
		}
		r = sql_ask(self(s), Q_LOCATION_REMOVE, &st, "th", id,
			    hashes[i].data);
		if (r == 0)
			r = give_removed(st, fn, arg, &removed);
	}
	if (r == 0 && at_once)
		r = sql_ask(self(s), Q_LOCATION_REMOVE, &st, "tH", id, all,
			    n * HASH_SIZE);
	if (r == 0 && at_once)
		r = give_removed(st, fn, arg, &removed);
	free(all);
	if (r == 0)
		*ret_removed = removed;
	return r;
}

int sql_location_sweep(struct store *s, const char *id, int64_t pass)
{
	return sql_run(self(s), Q_LOCATION_SWEEP, NULL, "ti", id, pass);
}

int sql_location_digest(struct store *s, const char *id,
			struct set_digest *ret)
{
	struct set_digest d = { .sum = { 0 } };
	uint8_t hash[HASH_SIZE];
	struct sql_rows *st = NULL;
	int r = sql_ask(self(s), Q_LOCATION_HASHES, &st, "t", id);

	while (r == 0 && (r = sql_next(st)) == 1) {
		r = sql_hash(st, 0, hash) ? 0 : -EIO;
		if (r == 0)
			set_digest_add(&d, hash);
		else
			sql_end(st);
	}
	if (r == 0)
		*ret = d;
	return r;
}

static int names_one_by_one(struct sql *s, const char *id,
			    const struct store_object *o, size_t n, bool *ret)
{
	for (size_t i = 0; i < n; i++) {
		struct sql_rows *st = NULL;
		int r = sql_ask(s, Q_LOCATION_NAMES, &st, "ht", o[i].sha256,
				id);

		if (r == 0)
			r = sql_next(st);
		if (r < 0)
			return r;
		ret[i] = r == 1;
		if (r == 1)
			sql_end(st);
	}
	return 0;
}

static void mark(const struct store_object *o, size_t n, bool *ret,
		 const uint8_t hash[static HASH_SIZE])
{
	for (size_t i = 0; i < n; i++)
		if (memcmp(o[i].sha256, hash, HASH_SIZE) == 0)
			ret[i] = true;
}

int sql_location_names(struct store *s, const char *id,
		       const struct store_object *o, size_t n, bool *ret)
{
	uint8_t *all = NULL, hash[HASH_SIZE];
	struct sql_rows *st = NULL;
	int r = 0;

	if (!self(s)->engine->arrays || n < 2)
		return names_one_by_one(self(s), id, o, n, ret);
	all = malloc(n * HASH_SIZE);
	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		memcpy(all + i * HASH_SIZE, o[i].sha256, HASH_SIZE);
		ret[i] = false;
	}
	r = sql_ask(self(s), Q_LOCATION_NAMES_ANY, &st, "tH", id, all,
		    n * HASH_SIZE);
	while (r == 0 && (r = sql_next(st)) == 1) {
		r = sql_hash(st, 0, hash) ? 0 : -EIO;
		if (r == 0)
			mark(o, n, ret, hash);
		else
			sql_end(st);
	}
	free(all);
	return r;
}

/* The rows of a question for hashes. */
static int give_hashes(struct sql_rows *st, store_hash_fn *fn, void *arg)
{
	uint8_t hash[HASH_SIZE];
	int r = 0;

	while (r == 0 && (r = sql_next(st)) == 1) {
		r = sql_hash(st, 0, hash) ? fn(arg, hash) : -EIO;
		if (r != 0)
			sql_end(st);
	}
	return r;
}

int sql_object_lacking(struct store *s, const char *id, int max,
		       store_hash_fn *fn, void *arg)
{
	struct sql_rows *st = NULL;
	int r = sql_ask(self(s), Q_OBJECT_LACKING, &st, "ti", id,
			(int64_t)max);

	return r < 0 ? r : give_hashes(st, fn, arg);
}

int sql_object_missing(struct store *s, const uint8_t *hashes, size_t n,
		       store_hash_fn *fn, void *arg)
{
	struct sql_rows *st = NULL;
	int r = 0;

	if (self(s)->engine->arrays) {
		r = sql_ask(self(s), Q_OBJECT_MISSING, &st, "H", hashes,
			    n * HASH_SIZE);
		return r < 0 ? r : give_hashes(st, fn, arg);
	}
	for (size_t i = 0; r == 0 && i < n; i++) {
		const uint8_t *hash = hashes + i * HASH_SIZE;

		r = sql_ask(self(s), Q_OBJECT_THERE, &st, "h", hash);
		if (r == 0)
			r = sql_next(st);
		if (r == 1) {
			sql_end(st);
			r = 0;
		} else if (r == 0) {
			r = fn(arg, hash);
		}
	}
	return r;
}

/* An object with its facts packed. */
struct object_row {
	const struct store_object *o;
	uint8_t *packed;
	size_t len;
	struct store_value columns[COLUMNS_OBJECT];
};

static bool fill_object(const void *arg, size_t i, struct store_value *v)
{
	const struct object_row *row = (const struct object_row *)arg + i;
	const struct store_object *o = row->o;
	const Cw__Facts *f = o->facts;
	bool has_key = f && f->spki_sha256.len == HASH_SIZE;

	if (i > 0 && memcmp(o->sha256, row[-1].o->sha256, HASH_SIZE) == 0)
		return false;
	v[0] = sql_of_hash(o->sha256);
	v[1] = sql_of_int(o->kind);
	v[2] = sql_of_int(o->seen);
	v[3] = sql_of_text(f ? NULL : o->bad);
	v[4] = sql_of_bytes(f ? o->der : NULL, o->len);
	v[5] = sql_of_bytes(row->packed, row->len);
	v[6] = sql_of_hash(has_key ? f->spki_sha256.data : NULL);
	v[7] = sql_of_hash(o->claimed);
	memcpy(v + 8, row->columns, sizeof(row->columns));
	return true;
}

static int make_row(struct object_row *row, const struct store_object *o,
		    struct arena *a)
{
	row->o = o;
	if (!o->facts)
		return 0;
	row->len = cw__facts__get_packed_size(o->facts);
	row->packed = arena_alloc(a, row->len + 1);
	if (!row->packed)
		return -ENOMEM;
	cw__facts__pack(o->facts, row->packed);
	return columns_of_object(o->facts, a, row->columns);
}

static int by_hash(const void *a, const void *b)
{
	const struct object_row *x = a, *y = b;

	return memcmp(x->o->sha256, y->o->sha256, HASH_SIZE);
}

int sql_object_add(struct store *s, const struct store_object *o, size_t n)
{
	struct object_row *rows = calloc(n + 1, sizeof(*rows));
	int r = rows ? 0 : -ENOMEM;
	struct arena a;

	arena_init(&a, (n + 1) * COLUMNS_MAX);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = make_row(&rows[i], &o[i], &a);
	/* in one order always, so that two writers never wait in a circle */
	if (r == 0)
		qsort(rows, n, sizeof(*rows), by_hash);
	if (r == 0)
		r = sql_many(self(s), Q_OBJECT_ADD, OBJECT_TYPES, n,
			     fill_object, rows, NULL);
	arena_free(&a);
	free(rows);
	return r;
}

int sql_result_add(struct store *s, const char *id, int64_t now,
		   const Cw__CommandResult *c, bool *ret_added)
{
	size_t len = cw__command_result__get_packed_size(c);
	uint8_t *packed = malloc(len + 1);
	int r = 0, changed = 0;

	if (!packed)
		return -ENOMEM;
	cw__command_result__pack(c, packed);
	r = sql_run(self(s), Q_COMMAND_CLOSE, &changed, "itt", now, id,
		    c->id);
	if (r == 0 && changed > 0)
		r = sql_run(self(s), Q_RESULT_ADD, &changed, "ttiib", id,
			    c->id, now, (int64_t)c->outcome, packed, len);
	free(packed);
	*ret_added = r == 0 && changed > 0;
	return r;
}

int sql_places(struct store *s, const uint8_t *only, store_place_fn *fn,
	       void *arg)
{
	struct sql_rows *st = NULL;
	int r = only ? sql_ask(self(s), Q_PLACES_ONE, &st, "h", only) :
		sql_ask(self(s), Q_PLACES, &st, "");

	while (r == 0 && (r = sql_next(st)) == 1) {
		struct store_place p = {
			.agent_id = sql_text(st, 4),
			.hostname = sql_text(st, 5),
			.revoked = sql_int(st, 6) != 0,
		};
		size_t len = 0;

		p.object = sql_bytes(st, 0, &len);
		if (len != HASH_SIZE)
			p.object = NULL;
		p.location = sql_bytes(st, 1, &p.location_len);
		p.facts = sql_bytes(st, 2, &p.facts_len);
		p.bad = sql_text_or_null(st, 3);
		r = fn(arg, &p);
		if (r != 0)
			sql_end(st);
	}
	return r;
}

int sql_object_der(struct store *s, const uint8_t sha256[static HASH_SIZE],
		   store_bytes_fn *fn, void *arg)
{
	struct sql_rows *st = NULL;
	const uint8_t *der = NULL;
	size_t len = 0;
	int r = sql_ask(self(s), Q_OBJECT_DER, &st, "h", sha256);

	if (r == 0)
		r = sql_next(st);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	der = sql_bytes(st, 0, &len);
	r = fn(arg, der, len);
	sql_end(st);
	return r;
}
