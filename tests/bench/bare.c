/* SPDX-License-Identifier: Apache-2.0 */
/* What a database takes at best from one program that does nothing else.
 *
 *	bare sqlite FILE ROWS GROUP
 *	bare locations FILE ROWS GROUP
 *	bare postgres CONNECTION ROWS GROUP
 *
 * Rows of 12 columns and some 1 KiB, with two indexes, GROUP of them in each
 * transaction, flushed to disk: SQLite by one prepared statement for each row,
 * PostgreSQL by one INSERT of all.  "locations" are rows as the collector has
 * them, in its table, with its two indexes, in SQLite: the hash of a row and
 * that of its object are spread over all there are.  Prints rows=N, for one
 * second, and cpu=SECONDS of the loop, without the server's. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libpq-fe.h>
#include <sqlite3.h>

#include "collector-stub/store/migrate.h"
#include "lib/buf.h"
#include "lib/limits.h"

#define COLUMNS \
	"host, fingerprint, path, subject, issuer, serial, not_before," \
	" not_after, alg, seen, names"

static const char *const tables[] = {
	"DROP TABLE IF EXISTS bare",
	"CREATE TABLE bare (id INTEGER PRIMARY KEY, host TEXT,"
	" fingerprint BLOB, path TEXT, subject TEXT, issuer TEXT, serial BLOB,"
	" not_before BIGINT, not_after BIGINT, alg TEXT, seen BIGINT,"
	" names TEXT)",
	"CREATE UNIQUE INDEX bare_place ON bare (host, fingerprint, path)",
	"CREATE INDEX bare_end ON bare (not_after)",
	NULL
};

static const char *const postgres_tables[] = {
	"SET client_min_messages = warning",
	"DROP TABLE IF EXISTS bare",
	"CREATE TABLE bare (id BIGSERIAL PRIMARY KEY, host TEXT,"
	" fingerprint BYTEA, path TEXT, subject TEXT, issuer TEXT,"
	" serial BYTEA, not_before BIGINT, not_after BIGINT, alg TEXT,"
	" seen BIGINT, names TEXT)",
	"CREATE UNIQUE INDEX bare_place ON bare (host, fingerprint, path)",
	"CREATE INDEX bare_end ON bare (not_after)",
	NULL
};

struct row {
	uint64_t fingerprint[4], object[4];
	char host[64], path[128], subject[128], issuer[64], names[601];
	int64_t not_after;
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "bare: %s\n", what);
	exit(1);
}

static double now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Of the loop: when it began, then how long it lasted. */
struct took {
	double wall, cpu;
};

static struct took took_since(struct took t)
{
	return (struct took){ now(CLOCK_MONOTONIC) - t.wall,
			      now(CLOCK_THREAD_CPUTIME_ID) - t.cpu };
}

static uint64_t next(void)
{
	static uint64_t s = 88172645463325252U;

	s ^= s << 13;
	s ^= s >> 7;
	s ^= s << 17;
	return s;
}

static void make_row(struct row *r, int i)
{
	for (int k = 0; k < 4; k++) {
		r->fingerprint[k] = next();
		r->object[k] = r->fingerprint[k] * 0x9e3779b97f4a7c15U;
	}
	snprintf(r->host, sizeof(r->host), "host%06d.example.net", i / 50);
	snprintf(r->path, sizeof(r->path),
		 "/etc/ssl/private/service-%x/fullchain-%d.pem",
		 (unsigned int)r->fingerprint[0] & 0xffff, i % 50);
	snprintf(r->subject, sizeof(r->subject),
		 "C=DE, O=Example Org %x, CN=svc%d.example.net",
		 (unsigned int)r->fingerprint[1] & 0xfffff, i);
	snprintf(r->issuer, sizeof(r->issuer),
		 "C=DE, O=Example, CN=Issuing CA %d",
		 (int)(r->fingerprint[2] % 20));
	memset(r->names, 'a', sizeof(r->names) - 1);
	r->not_after = 1767225600 + (int64_t)(r->fingerprint[3] % 31536000);
}

/* ------------------------------------------------------------------- SQLite */

static void lite(sqlite3 *db, const char *text)
{
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		die(sqlite3_errmsg(db));
}

static void lite_row(sqlite3 *db, sqlite3_stmt *st, const struct row *r)
{
	sqlite3_bind_text(st, 1, r->host, -1, SQLITE_STATIC);
	sqlite3_bind_blob(st, 2, r->fingerprint, 32, SQLITE_STATIC);
	sqlite3_bind_text(st, 3, r->path, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 4, r->subject, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 5, r->issuer, -1, SQLITE_STATIC);
	sqlite3_bind_blob(st, 6, r->fingerprint, 16, SQLITE_STATIC);
	sqlite3_bind_int64(st, 7, 1767225600);
	sqlite3_bind_int64(st, 8, r->not_after);
	sqlite3_bind_text(st, 9, "ecdsa-with-SHA256", -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 10, 1767225600);
	sqlite3_bind_text(st, 11, r->names, -1, SQLITE_STATIC);
	if (sqlite3_step(st) != SQLITE_DONE)
		die(sqlite3_errmsg(db));
	sqlite3_reset(st);
}

/* What store.c's locations are. */
static void location_row(sqlite3 *db, sqlite3_stmt *st, const struct row *r)
{
	static const uint8_t bytes[96] = { 1 };
	char id[96], path[64];
	int n = (int)(r->fingerprint[0] & 0xffff);

	snprintf(id, sizeof(id), "%s-8000-00000000", r->host);
	snprintf(path, sizeof(path), "/etc/ssl/private/service-%d/%d.pem", n,
		 n & 0xff);
	sqlite3_bind_text(st, 1, id, -1, SQLITE_STATIC);
	sqlite3_bind_blob(st, 2, r->fingerprint, 32, SQLITE_STATIC);
	sqlite3_bind_blob(st, 3, r->object, 32, SQLITE_STATIC);
	sqlite3_bind_blob(st, 4, path, (int)strlen(path), SQLITE_STATIC);
	sqlite3_bind_blob(st, 5, bytes, sizeof(bytes), SQLITE_STATIC);
	sqlite3_bind_int64(st, 6, 1767225600);
	sqlite3_bind_text(st, 7, path, -1, SQLITE_STATIC);
	if (sqlite3_step(st) != SQLITE_DONE)
		die(sqlite3_errmsg(db));
	sqlite3_reset(st);
}

static const struct shape {
	const char *insert;
	void (*write)(sqlite3 *db, sqlite3_stmt *st, const struct row *r);
} plain = {
	"INSERT INTO bare (" COLUMNS ") VALUES"
	" (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", lite_row
}, locations = {
	"INSERT INTO locations (agent_id, hash, object, path, bytes, seen,"
	" path_text, pass, kind, format, has_facts, place, mode) VALUES"
	" (?, ?, ?, ?, ?, ?, ?, 1, 1, 'pem', 0, 'file', '0644')", location_row
};

static void make_tables(sqlite3 *db, const struct shape *shape)
{
	if (shape == &locations)
		for (int64_t n = 1; migrate_step(n); n++)
			lite(db, migrate_step(n));
	else
		for (size_t i = 0; tables[i]; i++)
			lite(db, tables[i]);
}

static struct took run_sqlite(const char *file, int rows, int group,
				const struct shape *shape)
{
	sqlite3_stmt *st = NULL;
	sqlite3 *db = NULL;
	struct row r = { .not_after = 0 };
	struct took start = { 0, 0 };

	if (sqlite3_open(file, &db) != SQLITE_OK)
		die(file);
	lite(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	     "PRAGMA cache_size = -65536");
	make_tables(db, shape);
	if (sqlite3_prepare_v2(db, shape->insert, -1, &st, NULL) != SQLITE_OK)
		die(sqlite3_errmsg(db));
	start = took_since(start);
	for (int i = 0; i < rows; i++) {
		if (i % group == 0)
			lite(db, "BEGIN");
		make_row(&r, i);
		shape->write(db, st, &r);
		if (i % group == group - 1 || i == rows - 1)
			lite(db, "COMMIT");
	}
	start = took_since(start);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return start;
}

/* --------------------------------------------------------------- PostgreSQL */

static void pg(PGconn *c, const char *text)
{
	PGresult *r = PQexec(c, text);

	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		die(PQerrorMessage(c));
	PQclear(r);
}

static void pg_row(struct buf *b, const struct row *r)
{
	const uint64_t *f = r->fingerprint;

	buf_addf(b, "('%s', '\\x%016llx%016llx%016llx%016llx', '%s', '%s',"
		 " '%s', '\\x%016llx%016llx', 1767225600, %lld,"
		 " 'ecdsa-with-SHA256', 1767225600, '%s')", r->host,
		 (unsigned long long)f[0], (unsigned long long)f[1],
		 (unsigned long long)f[2], (unsigned long long)f[3], r->path,
		 r->subject, r->issuer, (unsigned long long)f[0],
		 (unsigned long long)f[1], (long long)r->not_after, r->names);
}

static struct took run_postgres(const char *where, int rows, int group)
{
	PGconn *c = PQconnectdb(where);
	struct row r = { .not_after = 0 };
	struct buf b;
	struct took start = { 0, 0 };

	if (PQstatus(c) != CONNECTION_OK)
		die(PQerrorMessage(c));
	for (size_t i = 0; postgres_tables[i]; i++)
		pg(c, postgres_tables[i]);
	pg(c, "CHECKPOINT");
	buf_init(&b, MIB(256));
	start = took_since(start);
	for (int at = 0; at < rows; at += group) {
		buf_reset(&b);
		buf_adds(&b, "INSERT INTO bare (" COLUMNS ") VALUES ");
		for (int i = at; i < at + group && i < rows; i++) {
			make_row(&r, i);
			buf_adds(&b, i > at ? ", " : "");
			pg_row(&b, &r);
		}
		buf_adds(&b, " ON CONFLICT (host, fingerprint, path)"
			 " DO UPDATE SET seen = excluded.seen");
		pg(c, buf_str(&b));
	}
	start = took_since(start);
	buf_free(&b);
	PQfinish(c);
	return start;
}

static int number(const char *text)
{
	char *rest = NULL;
	long n = strtol(text, &rest, 10);

	if (!*text || *rest || n < 1 || n > 10000000)
		die(text);
	return (int)n;
}

int main(int argc, char **argv)
{
	struct took t = { 0, 0 };

	if (argc != 5)
		die("usage: bare sqlite|locations|postgres WHERE ROWS GROUP");
	if (strcmp(argv[1], "postgres") != 0)
		t = run_sqlite(argv[2], number(argv[3]), number(argv[4]),
			       argv[1][0] == 'l' ? &locations : &plain);
	else
		t = run_postgres(argv[2], number(argv[3]), number(argv[4]));
	printf("rows=%.0f cpu=%.2f\n", number(argv[3]) / t.wall, t.cpu);
	return 0;
}
