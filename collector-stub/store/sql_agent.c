/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens and agents. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/store/columns.h"
#include "collector-stub/store/sql.h"
#include "lib/limits.h"

static struct sql *self(struct store *s)
{
	return (struct sql *)s;
}

int sql_token_add(struct store *s, const struct store_token *t)
{
	return sql_run(self(s), Q_TOKEN_ADD, NULL, "hiiii", t->sha256,
		       t->created, t->expires, t->uses, t->uses_left);
}

int sql_token_take(struct store *s, const uint8_t sha256[static HASH_SIZE],
		   int64_t now)
{
	struct sql_rows *st = NULL;
	int changed = 0;
	int r = sql_run(self(s), Q_TOKEN_TAKE, &changed, "hi", sha256, now);

	if (r < 0 || changed > 0)
		return r;
	r = sql_ask(self(s), Q_TOKEN_GET, &st, "h", sha256);
	if (r == 0)
		r = sql_next(st);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	r = sql_int(st, 0) <= now ? -ESTALE : -EDQUOT;
	sql_end(st);
	return r;
}

int sql_token_list(struct store *s, store_token_fn *fn, void *arg)
{
	struct sql_rows *st = NULL;
	int r = sql_ask(self(s), Q_TOKEN_LIST, &st, "");

	while (r == 0 && (r = sql_next(st)) == 1) {
		struct store_token t = {
			.created = sql_int(st, 1),
			.expires = sql_int(st, 2),
			.uses = sql_int(st, 3),
			.uses_left = sql_int(st, 4),
		};

		r = sql_hash(st, 0, t.sha256) ? fn(arg, &t) : -EIO;
		if (r != 0)
			sql_end(st);
	}
	return r;
}

int sql_token_remove(struct store *s, const uint8_t sha256[static HASH_SIZE])
{
	int changed = 0;
	int r = sql_run(self(s), Q_TOKEN_REMOVE, &changed, "h", sha256);

	return r == 0 && changed == 0 ? -ENOENT : r;
}

int sql_agent_add(struct store *s, const char *id, int64_t now,
		  int64_t until)
{
	int changed = 0;
	int r = sql_run(self(s), Q_AGENT_ADD, &changed, "tii", id, now,
			until);

	return r == 0 && changed == 0 ? -EEXIST : r;
}

void sql_agent_read(const struct sql_rows *st, int column,
		    struct store_agent *ret)
{
	ret->revoked = sql_int(st, column) != 0;
	ret->last_seen = sql_int(st, column + 1);
	ret->epoch = sql_int(st, column + 2);
	ret->generation = sql_int(st, column + 3);
	/* NULL is the empty set's */
	sql_hash(st, column + 4, ret->digest.sum);
	ret->pending = sql_int(st, column + 5);
	ret->full_epoch = sql_int(st, column + 6);
	ret->full_generation = sql_int(st, column + 7);
	ret->pass = sql_int(st, column + 8);
	ret->lacking = sql_int(st, column + 9);
}

int sql_agent_get(struct store *s, const char *id, struct store_agent *ret)
{
	struct store_agent a = { .id = "" };
	struct sql_rows *st = NULL;
	int r = sql_ask(self(s), Q_AGENT_GET, &st, "t", id);

	if (r == 0)
		r = sql_next(st);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	snprintf(a.id, sizeof(a.id), "%s", id);
	sql_agent_read(st, 0, &a);
	sql_end(st);
	*ret = a;
	return 0;
}

int sql_agent_put(struct store *s, const struct store_agent *a)
{
	return sql_run(self(s), Q_AGENT_PUT, NULL, "iiihiiiiit",
		       a->last_seen, a->epoch, a->generation, a->digest.sum,
		       (int64_t)a->pending, a->full_epoch,
		       a->full_generation, a->pass, (int64_t)a->lacking,
		       a->id);
}

int sql_agent_beat(struct store *s, const struct store_agent *a,
		   int64_t since, bool *ret_done)
{
	int changed = 0;
	int r = sql_run(self(s), Q_AGENT_BEAT, &changed, "itiihi",
			a->last_seen, a->id, a->epoch, a->generation,
			a->digest.sum, since);

	if (r == 0)
		*ret_done = changed > 0;
	return r;
}

int sql_agent_certificate(struct store *s, const char *id, int64_t until,
			  int64_t before, bool *ret_later)
{
	int changed = 0;
	int r = sql_run(self(s), Q_AGENT_CERTIFICATE, &changed, "iti", until,
			id, before);

	if (r == 0)
		*ret_later = changed > 0;
	return r;
}

int sql_agent_revoke(struct store *s, const char *id, int64_t now)
{
	int changed = 0;
	int r = sql_run(self(s), Q_AGENT_REVOKE, &changed, "it", now, id);

	return r == 0 && changed == 0 ? -ENOENT : r;
}

int sql_agent_host(struct store *s, const char *id, const char *hostname,
		   const Cw__HostFacts *h)
{
	size_t len = cw__host_facts__get_packed_size(h);
	uint8_t *packed = malloc(len + 1);
	struct store_value v[3 + COLUMNS_HOST] = { sql_of_text(hostname) };
	struct arena a;
	int r = packed ? 0 : -ENOMEM;

	arena_init(&a, MIB(16));
	if (r == 0)
		r = columns_of_host(h, &a, v + 2);
	if (r == 0) {
		cw__host_facts__pack(h, packed);
		v[1] = sql_of_bytes(packed, len);
		v[2 + COLUMNS_HOST] = sql_of_text(id);
		r = self(s)->engine->run(s, Q_AGENT_HOST, "tbtttttt", v,
					 3 + COLUMNS_HOST, NULL);
	}
	arena_free(&a);
	free(packed);
	return r;
}

int sql_agent_coverage(struct store *s, const char *id,
		       const Cw__Coverage *c)
{
	size_t len = cw__coverage__get_packed_size(c);
	uint8_t *packed = malloc(len + 1);
	int r = 0;

	if (!packed)
		return -ENOMEM;
	cw__coverage__pack(c, packed);
	r = sql_run(self(s), Q_AGENT_COVERAGE, NULL, "biiiiit", packed,
		    len, c->finished, (int64_t)(c->complete != 0),
		    columns_gaps(c),
		    (int64_t)(c->privileged != 0), c->last_full, id);
	free(packed);
	return r;
}

int sql_coverage_get(struct store *s, const char *id,
		     struct store_coverage *ret)
{
	struct sql_rows *st = NULL;
	int r = sql_ask(self(s), Q_COVERAGE_GET, &st, "t", id);

	if (r == 0)
		r = sql_next(st);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	ret->finished = sql_int(st, 0);
	ret->complete = sql_int(st, 1) != 0;
	ret->gaps = sql_int(st, 2);
	sql_end(st);
	return 0;
}

int sql_agent_list(struct store *s, store_agent_fn *fn, void *arg)
{
	struct sql_rows *st = NULL;
	int r = sql_ask(self(s), Q_AGENT_LIST, &st, "");

	while (r == 0 && (r = sql_next(st)) == 1) {
		struct store_agent a = {
			.revoked = sql_int(st, 1) != 0,
			.last_seen = sql_int(st, 2),
			.epoch = sql_int(st, 3),
			.generation = sql_int(st, 4),
			.pending = sql_int(st, 5),
		};
		struct store_agent_view v = {
			.agent = &a,
			.hostname = sql_text(st, 6),
			.created = sql_int(st, 7),
			.certificate_until = sql_int(st, 8),
			.locations = sql_int(st, 9),
			.coverage_finished = sql_int(st, 10),
			.coverage_complete = sql_int(st, 11),
			.gaps = sql_int(st, 12),
		};

		snprintf(a.id, sizeof(a.id), "%s", sql_text(st, 0));
		r = fn(arg, &v);
		if (r != 0)
			sql_end(st);
	}
	return r;
}

int sql_agent_detail(struct store *s, const char *id, store_detail_fn *fn,
		     void *arg)
{
	size_t host_len = 0, coverage_len = 0;
	const uint8_t *host = NULL, *coverage = NULL;
	struct sql_rows *st = NULL;
	int r = sql_ask(self(s), Q_AGENT_DETAIL, &st, "t", id);

	if (r == 0)
		r = sql_next(st);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	host = sql_bytes(st, 0, &host_len);
	coverage = sql_bytes(st, 1, &coverage_len);
	r = fn(arg, host, host_len, coverage, coverage_len);
	sql_end(st);
	return r;
}
