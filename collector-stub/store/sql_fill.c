/* SPDX-License-Identifier: Apache-2.0 */
/* Rows from before step MIGRATE_FILL get their columns.  They are read while
 * they are written: only columns are written that are not read. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/store/columns.h"
#include "collector-stub/store/sql.h"
#include "lib/limits.h"

#define FILL_MAX (16 * LIMIT_FACTS)

typedef int fill_fn(struct sql *s, const struct sql_rows *row);

static int each(struct sql *s, enum sql_query q, fill_fn *fn)
{
	struct sql_rows *rows = NULL;
	int r = sql_ask(s, q, &rows, "");

	while (r == 0 && (r = sql_next(rows)) == 1) {
		r = fn(s, rows);
		if (r != 0)
			sql_end(rows);
	}
	return r;
}

static int add_claim(struct sql *s, const Cw__Location *l,
		     const uint8_t *claim)
{
	static const uint8_t none[HASH_SIZE];
	struct store_object o = { .kind = (int32_t)l->kind, .facts = l->facts,
		.claimed = l->object.len == HASH_SIZE ? l->object.data :
			none };

	memcpy(o.sha256, claim, HASH_SIZE);
	return sql_object_add(&s->base, &o, 1);
}

static int fill_from(struct sql *s, const struct sql_rows *row,
		     const Cw__Location *l, struct arena *a)
{
	struct store_value v[3 + COLUMNS_LOCATION];
	uint8_t claim[HASH_SIZE];
	int r = columns_of_location(l, a, v + 1);

	if (r == 0 && l->facts)
		r = columns_claim(l, claim);
	if (r == 0 && l->facts)
		r = add_claim(s, l, claim);
	v[0] = sql_of_hash(l->facts ? claim : NULL);
	v[1 + COLUMNS_LOCATION] = sql_value(row, 0);
	v[2 + COLUMNS_LOCATION] = sql_value(row, 1);
	if (r == 0)
		r = s->engine->run(&s->base, Q_LOCATION_FILL,
				   "h" COLUMNS_OF_LOCATION(COLUMNS_LETTER)
				   "th", v, 3 + COLUMNS_LOCATION, NULL);
	return r;
}

static int fill_location(struct sql *s, const struct sql_rows *row)
{
	size_t len = 0;
	const uint8_t *bytes = sql_bytes(row, 2, &len);
	Cw__Location *l = cw__location__unpack(NULL, len, bytes);
	struct arena a;
	int r = 0;

	/* what was never a location has no values */
	if (!l)
		return 0;
	arena_init(&a, FILL_MAX);
	r = fill_from(s, row, l, &a);
	arena_free(&a);
	cw__location__free_unpacked(l, NULL);
	return r;
}

static int fill_object(struct sql *s, const struct sql_rows *row)
{
	size_t len = 0;
	const uint8_t *bytes = sql_bytes(row, 1, &len);
	Cw__Facts *f = cw__facts__unpack(NULL, len, bytes);
	struct store_value v[COLUMNS_OBJECT + 1];
	struct arena a;
	int r = 0;

	if (!f)
		return 0;
	arena_init(&a, FILL_MAX);
	r = columns_of_object(f, &a, v);
	v[COLUMNS_OBJECT] = sql_value(row, 0);
	if (r == 0)
		r = s->engine->run(&s->base, Q_OBJECT_FILL,
				   COLUMNS_OF_OBJECT(COLUMNS_LETTER) "h", v,
				   COLUMNS_OBJECT + 1, NULL);
	arena_free(&a);
	cw__facts__free_unpacked(f, NULL);
	return r;
}

static int fill_agent(struct sql *s, const struct sql_rows *row)
{
	size_t host_len = 0, coverage_len = 0;
	const uint8_t *host = sql_bytes(row, 2, &host_len);
	const uint8_t *coverage = sql_bytes(row, 3, &coverage_len);
	Cw__HostFacts *h = !host ? NULL :
		cw__host_facts__unpack(NULL, host_len, host);
	Cw__Coverage *c = !coverage ? NULL :
		cw__coverage__unpack(NULL, coverage_len, coverage);
	int r = 0;

	if (h)
		r = sql_agent_host(&s->base, sql_text(row, 0),
				   sql_text(row, 1), h);
	if (r == 0 && c)
		r = sql_agent_coverage(&s->base, sql_text(row, 0), c);
	if (h)
		cw__host_facts__free_unpacked(h, NULL);
	if (c)
		cw__coverage__free_unpacked(c, NULL);
	return r;
}

int sql_fill(struct sql *s)
{
	int r = each(s, Q_OBJECT_READ, fill_object);

	if (r == 0)
		r = each(s, Q_LOCATION_READ, fill_location);
	return r < 0 ? r : each(s, Q_AGENT_READ, fill_agent);
}
