/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of migrate.h as PostgreSQL takes them. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector-stub/store/migrate.h"
#include "collector-stub/store/postgres.h"

/* Parts of the tables that are divided by agent, so that vacuum and writers
 * work on small ones. */
#define PARTITIONS 8

static const char *const by_agent[] = {
	"locations", "results", "commands", "command_signatures", "events",
	NULL
};

/* What kind of server it is. */
struct kind {
	/* It divides tables by itself: Citus, YugabyteDB, CockroachDB. */
	bool shards;
	/* Its texts compare by bytes unless told otherwise, and it has no
	 * COLLATE "C": CockroachDB. */
	bool bytewise;
};

static int find_kind(struct postgres *s, struct kind *ret)
{
	int64_t shards = 0, bytewise = 0;
	int r = postgres_number(s, "SELECT count(*) FROM pg_extension"
				" WHERE extname = 'citus'", &shards);

	if (r == 0 && shards == 0)
		r = postgres_number(s, "SELECT count(*) WHERE version() LIKE"
				    " '%-YB-%' OR version() LIKE"
				    " '%CockroachDB%'", &shards);
	if (r == 0)
		r = postgres_number(s, "SELECT count(*) WHERE version()"
				    " LIKE '%CockroachDB%'", &bytewise);
	if (r == 0)
		*ret = (struct kind){ shards > 0, bytewise > 0 };
	return r;
}

static bool is_by_agent(const char *name, size_t len)
{
	for (size_t i = 0; by_agent[i]; i++)
		if (strlen(by_agent[i]) == len &&
		    memcmp(by_agent[i], name, len) == 0)
			return true;
	return false;
}

/* Copies one statement; types get PostgreSQL's names. */
static void translate(struct buf *out, const char *at, const char *end,
		      const struct kind *kind)
{
	while (at < end) {
		size_t word = 0;

		while (at + word < end && (isalnum((unsigned char)at[word]) ||
					   at[word] == '_'))
			word++;
		if (word == 4 && memcmp(at, "BLOB", 4) == 0)
			buf_adds(out, "BYTEA");
		else if (word == 4 && memcmp(at, "TEXT", 4) == 0)
			buf_adds(out, kind->bytewise ? "TEXT" :
				 "TEXT COLLATE \"C\"");
		else
			buf_add(out, at, word > 0 ? word : 1);
		at += word > 0 ? word : 1;
	}
}

static void add_partitions(struct buf *out, const char *name, size_t len)
{
	buf_adds(out, " PARTITION BY HASH (agent_id);");
	for (int i = 0; i < PARTITIONS; i++)
		buf_addf(out, "CREATE TABLE %.*s_%d PARTITION OF %.*s"
			 " FOR VALUES WITH (MODULUS %d, REMAINDER %d);",
			 (int)len, name, i, (int)len, name, PARTITIONS, i);
}

/* Its texts may be longer than PostgreSQL takes in an index (2,704 bytes), and
 * the hash joins of that do not need it. */
static bool is_for_sqlite(const char *at)
{
	static const char begin[] = "CREATE INDEX objects_certificates ";

	return strncmp(at, begin, strlen(begin)) == 0;
}

static void add_statement(struct buf *out, const char *at, const char *end,
			  const struct kind *kind)
{
	static const char create[] = "CREATE TABLE ";
	const char *name = at + strlen(create);
	size_t len = 0;

	if (is_for_sqlite(at))
		return;
	translate(out, at, end, kind);
	if (strncmp(at, create, strlen(create)) != 0 || kind->shards) {
		buf_addch(out, ';');
		return;
	}
	len = strcspn(name, " ");
	if (is_by_agent(name, len))
		add_partitions(out, name, len);
	/* each heartbeat writes a row anew: in the same page where there is
	 * room, and without the reports of host and coverage */
	else if (len == 6 && memcmp(name, "agents", 6) == 0)
		buf_adds(out, " WITH (fillfactor = 60,"
			 " toast_tuple_target = 256);");
	else
		buf_addch(out, ';');
}

static int run_step(struct postgres *s, const char *step,
		    const struct kind *kind)
{
	struct buf b;
	int r = 0;

	buf_init(&b, KIB(256));
	while (*step) {
		size_t len = strcspn(step, ";");

		add_statement(&b, step, step + len, kind);
		step += len + (step[len] == ';');
	}
	r = b.failed ? -ENOMEM : postgres_exec(s, buf_str(&b));
	buf_free(&b);
	return r;
}

static int version(struct postgres *s, int64_t *ret, int64_t *ret_oldest)
{
	int r = postgres_number(s, "SELECT version FROM schema_version", ret);

	return r < 0 ? r : postgres_number(s, "SELECT oldest"
					   " FROM schema_version", ret_oldest);
}

static int migrate_locked(struct postgres *s, const struct kind *kind)
{
	char set[128];
	int64_t at = 0, oldest = 0;
	int r = postgres_exec(s, "CREATE TABLE IF NOT EXISTS schema_version"
			      " (version BIGINT NOT NULL,"
			      " oldest BIGINT NOT NULL)");

	if (r == 0)
		r = version(s, &at, &oldest);
	for (; r == 0 && migrate_step(at + 1); at++) {
		r = run_step(s, migrate_step(at + 1), kind);
		if (r == 0 && at + 1 == MIGRATE_FILL)
			r = sql_fill(&s->sql);
	}
	if (oldest < MIGRATE_OLDEST)
		oldest = MIGRATE_OLDEST;
	snprintf(set, sizeof(set), "DELETE FROM schema_version;"
		 "INSERT INTO schema_version VALUES (%lld, %lld)",
		 (long long)at, (long long)oldest);
	return r < 0 ? r : postgres_exec(s, set);
}

/* One collector at a time; the others then find it done. */
static int bring_up(struct postgres *s)
{
	struct kind kind = { .shards = false };
	int r = find_kind(s, &kind);

	if (r == 0)
		r = postgres_exec(s, "BEGIN; SELECT"
				  " pg_advisory_xact_lock(20261121)");
	if (r == 0)
		r = migrate_locked(s, &kind);
	if (r == 0)
		return postgres_exec(s, "COMMIT");
	if (PQtransactionStatus(s->conn) != PQTRANS_IDLE) {
		char keep[sizeof(s->sql.base.error)];

		memcpy(keep, s->sql.base.error, sizeof(keep));
		postgres_exec(s, "ROLLBACK");
		memcpy(s->sql.base.error, keep, sizeof(keep));
	}
	return r;
}

/* -ENOENT or -EEXIST where that is not as ${fresh} wants it. */
static int look(struct postgres *s, bool fresh, int64_t *ret_version,
		int64_t *ret_oldest)
{
	int64_t there = 0, utf8 = 0;
	int r = postgres_number(s, "SELECT count(*) WHERE"
				" to_regclass('schema_version') IS NOT NULL",
				&there);

	if (r < 0)
		return r;
	if (fresh) {
		r = postgres_number(s, "SELECT count(*) WHERE current_setting("
				    "'server_encoding') = 'UTF8'", &utf8);
		if (r == 0 && utf8 == 0) {
			postgres_say(s, "its encoding is not UTF8");
			return -EINVAL;
		}
	}
	if (fresh || there == 0) {
		postgres_say(s, there ? "there is an inventory already" :
			     "there is no inventory yet");
		return there ? -EEXIST : fresh ? r : -ENOENT;
	}
	return version(s, ret_version, ret_oldest);
}

int postgres_migrate(struct postgres *s, bool fresh)
{
	char text[96];
	int64_t at = 0, oldest = 0, known = 0;
	int r = look(s, fresh, &at, &oldest);

	if (r < 0)
		return r;
	while (migrate_step(known + 1))
		known++;
	if (oldest > known) {
		snprintf(text, sizeof(text), "it has version %lld, made by a "
			 "newer collector", (long long)at);
		postgres_say(s, text);
		return -EPROTO;
	}
	return at < known ? bring_up(s) : 0;
}
