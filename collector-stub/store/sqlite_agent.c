/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens and agents. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/store/sqlite.h"

static struct sqlite *self(struct store *s)
{
	return (struct sqlite *)s;
}

int sqlite_token_add(struct store *s, const struct store_token *t)
{
	return sqlite_run(self(s), Q_TOKEN_ADD, NULL, "hiiii", t->sha256,
			  t->created, t->expires, t->uses, t->uses_left);
}

int sqlite_token_take(struct store *s, const uint8_t sha256[static HASH_SIZE],
		      int64_t now)
{
	sqlite3_stmt *st = NULL;
	int changed = 0;
	int r = sqlite_run(self(s), Q_TOKEN_TAKE, &changed, "hi", sha256, now);

	if (r < 0 || changed > 0)
		return r;
	r = sqlite_bind(self(s), Q_TOKEN_GET, &st, "h", sha256);
	if (r == 0)
		r = sqlite_next(self(s), st);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	r = sqlite3_column_int64(st, 0) <= now ? -ESTALE : -EDQUOT;
	sqlite3_reset(st);
	return r;
}

int sqlite_token_list(struct store *s, store_token_fn *fn, void *arg)
{
	sqlite3_stmt *st = NULL;
	int r = sqlite_bind(self(s), Q_TOKEN_LIST, &st, "");

	while (r == 0 && (r = sqlite_next(self(s), st)) == 1) {
		struct store_token t = {
			.created = sqlite3_column_int64(st, 1),
			.expires = sqlite3_column_int64(st, 2),
			.uses = sqlite3_column_int64(st, 3),
			.uses_left = sqlite3_column_int64(st, 4),
		};

		r = sqlite_hash(st, 0, t.sha256) ? fn(arg, &t) : -EIO;
		if (r != 0)
			sqlite3_reset(st);
	}
	return r;
}

int sqlite_token_remove(struct store *s, const uint8_t sha256[static HASH_SIZE])
{
	int changed = 0;
	int r = sqlite_run(self(s), Q_TOKEN_REMOVE, &changed, "h", sha256);

	return r == 0 && changed == 0 ? -ENOENT : r;
}

int sqlite_agent_add(struct store *s, const char *id, int64_t now,
		     int64_t until)
{
	int changed = 0;
	int r = sqlite_run(self(s), Q_AGENT_ADD, &changed, "tii", id, now,
			   until);

	return r == 0 && changed == 0 ? -EEXIST : r;
}

int sqlite_agent_get(struct store *s, const char *id, struct store_agent *ret)
{
	struct store_agent a = { .id = "" };
	sqlite3_stmt *st = NULL;
	int r = sqlite_bind(self(s), Q_AGENT_GET, &st, "t", id);

	if (r == 0)
		r = sqlite_next(self(s), st);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	snprintf(a.id, sizeof(a.id), "%s", id);
	a.revoked = sqlite3_column_int64(st, 0) != 0;
	a.last_seen = sqlite3_column_int64(st, 1);
	a.epoch = sqlite3_column_int64(st, 2);
	a.generation = sqlite3_column_int64(st, 3);
	sqlite_hash(st, 4, a.digest.sum);	/* NULL is the empty set's */
	a.pending = sqlite3_column_int(st, 5);
	a.full_epoch = sqlite3_column_int64(st, 6);
	a.full_generation = sqlite3_column_int64(st, 7);
	a.pass = sqlite3_column_int64(st, 8);
	a.lacking = sqlite3_column_int(st, 9);
	sqlite3_reset(st);
	*ret = a;
	return 0;
}

int sqlite_agent_put(struct store *s, const struct store_agent *a)
{
	return sqlite_run(self(s), Q_AGENT_PUT, NULL, "iiihiiiiit",
			  a->last_seen, a->epoch, a->generation, a->digest.sum,
			  (int64_t)a->pending, a->full_epoch,
			  a->full_generation, a->pass, (int64_t)a->lacking,
			  a->id);
}

int sqlite_agent_certificate(struct store *s, const char *id, int64_t until)
{
	return sqlite_run(self(s), Q_AGENT_CERTIFICATE, NULL, "it", until, id);
}

int sqlite_agent_revoke(struct store *s, const char *id, int64_t now)
{
	int changed = 0;
	int r = sqlite_run(self(s), Q_AGENT_REVOKE, &changed, "it", now, id);

	return r == 0 && changed == 0 ? -ENOENT : r;
}

int sqlite_agent_host(struct store *s, const char *id, const char *hostname,
		      const Cw__HostFacts *h)
{
	size_t len = cw__host_facts__get_packed_size(h);
	uint8_t *packed = malloc(len + 1);
	int r = 0;

	if (!packed)
		return -ENOMEM;
	cw__host_facts__pack(h, packed);
	r = sqlite_run(self(s), Q_AGENT_HOST, NULL, "tbt", hostname, packed,
		       len, id);
	free(packed);
	return r;
}

static int64_t gaps(const Cw__Coverage *c)
{
	uint64_t n = 0;

	for (size_t i = 0; i < c->n_counts; i++)
		if (c->counts[i]->kind != CW__GAP_KIND__GAP_SKIPPED &&
		    __builtin_add_overflow(n, c->counts[i]->count, &n))
			return INT64_MAX;
	return n > INT64_MAX ? INT64_MAX : (int64_t)n;
}

int sqlite_agent_coverage(struct store *s, const char *id,
			  const Cw__Coverage *c)
{
	size_t len = cw__coverage__get_packed_size(c);
	uint8_t *packed = malloc(len + 1);
	int r = 0;

	if (!packed)
		return -ENOMEM;
	cw__coverage__pack(c, packed);
	r = sqlite_run(self(s), Q_AGENT_COVERAGE, NULL, "biiit", packed, len,
		       c->finished, (int64_t)(c->complete != 0), gaps(c), id);
	free(packed);
	return r;
}

int sqlite_agent_list(struct store *s, store_agent_fn *fn, void *arg)
{
	sqlite3_stmt *st = NULL;
	int r = sqlite_bind(self(s), Q_AGENT_LIST, &st, "");

	while (r == 0 && (r = sqlite_next(self(s), st)) == 1) {
		struct store_agent a = {
			.revoked = sqlite3_column_int64(st, 1) != 0,
			.last_seen = sqlite3_column_int64(st, 2),
			.epoch = sqlite3_column_int64(st, 3),
			.generation = sqlite3_column_int64(st, 4),
			.pending = sqlite3_column_int(st, 5),
		};
		struct store_agent_view v = {
			.agent = &a,
			.hostname = sqlite_text(st, 6),
			.created = sqlite3_column_int64(st, 7),
			.certificate_until = sqlite3_column_int64(st, 8),
			.locations = sqlite3_column_int64(st, 9),
			.coverage_finished = sqlite3_column_int64(st, 10),
			.coverage_complete = sqlite3_column_int(st, 11),
			.gaps = sqlite3_column_int64(st, 12),
		};

		snprintf(a.id, sizeof(a.id), "%s", sqlite_text(st, 0));
		r = fn(arg, &v);
		if (r != 0)
			sqlite3_reset(st);
	}
	return r;
}

int sqlite_agent_detail(struct store *s, const char *id, store_detail_fn *fn,
			void *arg)
{
	sqlite3_stmt *st = NULL;
	int r = sqlite_bind(self(s), Q_AGENT_DETAIL, &st, "t", id);

	if (r == 0)
		r = sqlite_next(self(s), st);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	r = fn(arg, sqlite3_column_blob(st, 0),
	       (size_t)sqlite3_column_bytes(st, 0),
	       sqlite3_column_blob(st, 1),
	       (size_t)sqlite3_column_bytes(st, 1));
	sqlite3_reset(st);
	return r;
}
