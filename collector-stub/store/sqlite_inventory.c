/* SPDX-License-Identifier: Apache-2.0 */
/* Locations, objects, results. */
#include <errno.h>
#include <stdlib.h>

#include "collector-stub/store/sqlite.h"

static struct sqlite *self(struct store *s)
{
	return (struct sqlite *)s;
}

static int location_write(struct store *s, enum sqlite_query q, const char *id,
			  int64_t pass, const struct store_location *l,
			  int *ret_changed)
{
	return sqlite_run(self(s), q, ret_changed, "thiihtbinb", id, l->hash,
			  pass, (int64_t)l->kind, l->object, l->format,
			  l->path, l->path_len, (int64_t)l->has_facts,
			  l->not_after, l->bytes, l->len);
}

int sqlite_location_add(struct store *s, const char *id, int64_t pass,
			const struct store_location *l, bool *ret_added)
{
	int changed = 0;
	int r = location_write(s, Q_LOCATION_ADD, id, pass, l, &changed);

	if (r == 0)
		*ret_added = changed == 1;
	return r;
}

int sqlite_location_see(struct store *s, const char *id, int64_t pass,
			const struct store_location *l)
{
	return location_write(s, Q_LOCATION_SEE, id, pass, l, NULL);
}

int sqlite_location_remove(struct store *s, const char *id,
			   const uint8_t hash[static HASH_SIZE],
			   bool *ret_removed)
{
	int changed = 0;
	int r = sqlite_run(self(s), Q_LOCATION_REMOVE, &changed, "th", id,
			   hash);

	if (r == 0)
		*ret_removed = changed == 1;
	return r;
}

int sqlite_location_sweep(struct store *s, const char *id, int64_t pass)
{
	return sqlite_run(self(s), Q_LOCATION_SWEEP, NULL, "ti", id, pass);
}

int sqlite_location_digest(struct store *s, const char *id,
			   struct set_digest *ret)
{
	struct set_digest d = { .sum = { 0 } };
	uint8_t hash[HASH_SIZE];
	sqlite3_stmt *st = NULL;
	int r = sqlite_bind(self(s), Q_LOCATION_HASHES, &st, "t", id);

	while (r == 0 && (r = sqlite_next(self(s), st)) == 1) {
		r = sqlite_hash(st, 0, hash) ? 0 : -EIO;
		if (r == 0)
			set_digest_add(&d, hash);
		else
			sqlite3_reset(st);
	}
	if (r == 0)
		*ret = d;
	return r;
}

int sqlite_location_names(struct store *s, const char *id,
			  const uint8_t object[static HASH_SIZE], bool *ret)
{
	sqlite3_stmt *st = NULL;
	int r = sqlite_bind(self(s), Q_LOCATION_NAMES, &st, "ht", object, id);

	if (r == 0)
		r = sqlite_next(self(s), st);
	if (r < 0)
		return r;
	*ret = r == 1;
	sqlite3_reset(st);
	return 0;
}

int sqlite_object_lacking(struct store *s, const char *id, int max,
			  store_hash_fn *fn, void *arg)
{
	uint8_t hash[HASH_SIZE];
	sqlite3_stmt *st = NULL;
	int r = sqlite_bind(self(s), Q_OBJECT_LACKING, &st, "ti", id,
			    (int64_t)max);

	while (r == 0 && (r = sqlite_next(self(s), st)) == 1) {
		r = sqlite_hash(st, 0, hash) ? fn(arg, hash) : -EIO;
		if (r != 0)
			sqlite3_reset(st);
	}
	return r;
}

static int object_bad(struct sqlite *s, const struct store_object *o)
{
	return sqlite_run(s, Q_OBJECT_ADD, NULL, "hiit", o->sha256,
			  (int64_t)o->kind, o->seen, o->bad);
}

int sqlite_object_add(struct store *s, const struct store_object *o)
{
	const Cw__Facts *f = o->facts;
	const uint8_t *spki = NULL;
	uint8_t *packed = NULL;
	size_t len = 0;
	int r = 0;

	if (!f)
		return object_bad(self(s), o);
	if (f->spki_sha256.len == HASH_SIZE)
		spki = f->spki_sha256.data;
	len = cw__facts__get_packed_size(f);
	packed = malloc(len + 1);
	if (!packed)
		return -ENOMEM;
	cw__facts__pack(f, packed);
	r = sqlite_run(self(s), Q_OBJECT_ADD, NULL, "hiitbbtttnntittiith",
		       o->sha256, (int64_t)o->kind, o->seen,
		       (const char *)NULL,
		       o->der, o->len, packed, len,
		       f->subject, f->issuer, f->serial,
		       f->has_validity ? f->not_before : 0,
		       f->has_validity ? f->not_after : 0,
		       f->key_alg, (int64_t)f->key_bits, f->curve, f->sig_alg,
		       (int64_t)(f->is_ca != 0), (int64_t)(f->self_signed != 0),
		       f->role, spki);
	free(packed);
	return r;
}

int sqlite_result_add(struct store *s, const char *id, int64_t now,
		      const Cw__CommandResult *c, bool *ret_added)
{
	size_t len = cw__command_result__get_packed_size(c);
	uint8_t *packed = malloc(len + 1);
	int r = 0, changed = 0;

	if (!packed)
		return -ENOMEM;
	cw__command_result__pack(c, packed);
	r = sqlite_run(self(s), Q_COMMAND_CLOSE, &changed, "itt", now, id,
		       c->id);
	if (r == 0 && changed > 0)
		r = sqlite_run(self(s), Q_RESULT_ADD, &changed, "ttiib", id,
			       c->id, now, (int64_t)c->outcome, packed, len);
	free(packed);
	*ret_added = r == 0 && changed > 0;
	return r;
}

static const uint8_t *column_bytes(sqlite3_stmt *st, int column, size_t *ret)
{
	const uint8_t *p = sqlite3_column_blob(st, column);

	*ret = (size_t)sqlite3_column_bytes(st, column);
	return p;
}

int sqlite_places(struct store *s, const uint8_t *only, store_place_fn *fn,
		  void *arg)
{
	sqlite3_stmt *st = NULL;
	int r = only ? sqlite_bind(self(s), Q_PLACES_ONE, &st, "h", only) :
		sqlite_bind(self(s), Q_PLACES, &st, "");

	while (r == 0 && (r = sqlite_next(self(s), st)) == 1) {
		struct store_place p = {
			.agent_id = sqlite_text(st, 4),
			.hostname = sqlite_text(st, 5),
			.revoked = sqlite3_column_int64(st, 6) != 0,
		};
		size_t len = 0;

		p.object = column_bytes(st, 0, &len);
		if (len != HASH_SIZE)
			p.object = NULL;
		p.location = column_bytes(st, 1, &p.location_len);
		p.facts = column_bytes(st, 2, &p.facts_len);
		p.bad = (const char *)sqlite3_column_text(st, 3);
		r = fn(arg, &p);
		if (r != 0)
			sqlite3_reset(st);
	}
	return r;
}
