/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "collector-stub/store/dialect.h"
#include "collector-stub/store/migrate.h"
#include "collector-stub/store/sql.h"
#include "lib/clock.h"
#include "lib/limits.h"

/* how long a transaction waits for another process's */
#define BUSY_MS 10000

/* steps of SQLite's machine between two looks at the clock */
#define LATE_STEPS 20000

struct sqlite_rows {
	struct sql_rows base;	/* first: a struct sql_rows is one of these */
	struct sqlite *store;
	sqlite3_stmt *st;
	uint64_t bound;		/* parameters that are not NULL, by bit */
};
_Static_assert(SQL_PARAMETERS <= 64, "a bit for each");

struct sqlite {
	struct sql sql;		/* first, as above */
	sqlite3 *db;
	struct sqlite_rows rows[Q_END];
	/* A savepoint has SQLite keep a copy of each page that is written
	 * after it.  A group does without until a part of it has to be undone;
	 * then it runs again, with them. */
	bool is_group, with_savepoints;
	sqlite3_stmt *load;	/* of load_begin() */
};

static const char *const sqlite_texts[Q_END] = {
	[Q_BEGIN] = "BEGIN IMMEDIATE",
};

static int errno_of(sqlite3 *db, int rc)
{
	int sys = db ? sqlite3_system_errno(db) : 0;

	switch (rc & 0xff) {
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_IOERR:
		return sys == ENOSPC || sys == EDQUOT ? -ENOSPC : -EIO;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_NOMEM:
		return -ENOMEM;
	default:
		return -EIO;
	}
}

static int fail(struct sqlite *s, int rc)
{
	struct store *base = &s->sql.base;

	snprintf(base->error, sizeof(base->error), "SQLite error %d: %s",
		 rc, s->db ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc));
	return errno_of(s->db, rc);
}

static int bind_value(sqlite3_stmt *st, int i, const struct store_value *v)
{
	switch (v->type) {
	case STORE_NUMBER:
		return sqlite3_bind_int64(st, i, v->number);
	case STORE_TEXT:
		return sqlite3_bind_text64(st, i, v->data, v->len,
					   SQLITE_STATIC, SQLITE_UTF8);
	case STORE_BYTES:
		return sqlite3_bind_blob64(st, i, v->len > 0 ? v->data : "",
					   v->len, SQLITE_STATIC);
	default:
		return sqlite3_bind_null(st, i);
	}
}

/* Most of a location's columns are NULL, in one row as in the last. */
static int bind_changed(struct sqlite_rows *rows, size_t i,
			const struct store_value *v)
{
	uint64_t bit = UINT64_C(1) << i;

	if (v->type == STORE_NULL && !(rows->bound & bit))
		return SQLITE_OK;
	if (v->type == STORE_NULL)
		rows->bound &= ~bit;
	else
		rows->bound |= bit;
	return bind_value(rows->st, (int)i + 1, v);
}

/* Prepares it once, resets, binds all of its parameters. */
static int ask(struct store *base, enum sql_query q, const char *types,
	       const struct store_value *v, size_t n, struct sql_rows **ret)
{
	struct sqlite *s = (struct sqlite *)base;
	struct sqlite_rows *rows = &s->rows[q];
	const char *text = sqlite_texts[q] ? sqlite_texts[q] : sql_texts[q];
	int rc = SQLITE_OK;

	(void)types;
	if (rows->st)
		sqlite3_reset(rows->st);
	else
		rc = sqlite3_prepare_v3(s->db, text, -1,
					SQLITE_PREPARE_PERSISTENT, &rows->st,
					NULL);
	for (size_t i = 0; rc == SQLITE_OK && i < n; i++)
		rc = bind_changed(rows, i, &v[i]);
	if (rc != SQLITE_OK)
		return fail(s, rc);
	rows->base.engine = s->sql.engine;
	rows->store = s;
	*ret = &rows->base;
	return 0;
}

static void end(struct sql_rows *base)
{
	struct sqlite_rows *rows = (struct sqlite_rows *)base;

	/* what is bound still is never read: ask() binds all of it anew */
	sqlite3_reset(rows->st);
}

static int next(struct sql_rows *base)
{
	struct sqlite_rows *rows = (struct sqlite_rows *)base;
	int rc = sqlite3_step(rows->st), r = 0;

	if (rc == SQLITE_ROW)
		return 1;
	if (rc != SQLITE_DONE)
		r = fail(rows->store, rc);
	end(base);
	return r;
}

static struct store_value read_value(sqlite3_stmt *st, int column)
{
	switch (sqlite3_column_type(st, column)) {
	case SQLITE_INTEGER:
		return sql_of_int(sqlite3_column_int64(st, column));
	case SQLITE_TEXT:
		return (struct store_value){ .type = STORE_TEXT,
			.data = sqlite3_column_text(st, column),
			.len = (size_t)sqlite3_column_bytes(st, column) };
	case SQLITE_BLOB:
		return (struct store_value){ .type = STORE_BYTES,
			.data = sqlite3_column_blob(st, column),
			.len = (size_t)sqlite3_column_bytes(st, column) };
	default:
		return (struct store_value){ .type = STORE_NULL };
	}
}

static struct store_value value(const struct sql_rows *base, int column)
{
	return read_value(((const struct sqlite_rows *)base)->st, column);
}

static int run(struct store *base, enum sql_query q, const char *types,
	       const struct store_value *v, size_t n, int *ret_changed)
{
	struct sql_rows *rows = NULL;
	int r = ask(base, q, types, v, n, &rows);

	if (r == 0)
		r = next(rows);
	if (r == 0 && ret_changed)
		*ret_changed = sqlite3_changes(((struct sqlite *)base)->db);
	return r;
}

static int many(struct store *base, enum sql_query q, const char *types,
		size_t n, sql_fill_fn *fill, const void *arg,
		size_t *ret_changed)
{
	struct store_value v[SQL_PARAMETERS];
	size_t params = strlen(types) - 1, sum = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		int changed = 0;

		if (!fill(arg, i, v))
			continue;
		r = run(base, q, types, v, params, &changed);
		sum += (size_t)changed;
	}
	if (r == 0 && ret_changed)
		*ret_changed = sum;
	return r;
}

static const struct sql_engine engine = {
	.ask = ask,
	.next = next,
	.end = end,
	.value = value,
	.run = run,
	.many = many,
};

static int is_late(void *arg)
{
	return clock_steady_ms() > *(int64_t *)arg;
}

static int read_rows(struct sqlite *s, sqlite3_stmt *st, store_row_fn *fn,
		     void *arg)
{
	struct store_value row[STORE_COLUMNS];
	int n = sqlite3_column_count(st), r = 0, rc = 0;

	if (n > STORE_COLUMNS)
		return -E2BIG;
	while (r == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		for (int i = 0; i < n; i++)
			row[i] = read_value(st, i);
		r = fn(arg, row, (size_t)n);
	}
	if (r != 0 || rc == SQLITE_DONE)
		return r;
	r = fail(s, rc);
	return (rc & 0xff) == SQLITE_INTERRUPT ? -ETIMEDOUT : r;
}

static int sqlite_select(struct store *base, const struct store_select *q,
			 store_row_fn *fn, void *arg)
{
	struct sqlite *s = (struct sqlite *)base;
	int64_t until = clock_steady_ms() + q->limit_ms;
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(s->db, q->sql, -1, &st, NULL), r = 0;

	for (size_t i = 0; rc == SQLITE_OK && i < q->n_params; i++)
		rc = bind_value(st, (int)i + 1, &q->params[i]);
	if (rc != SQLITE_OK) {
		r = fail(s, rc);
		/* what SQLite has against SQL of ours is its size */
		r = rc == SQLITE_ERROR || rc == SQLITE_TOOBIG ? -E2BIG : r;
	} else {
		if (q->limit_ms > 0)
			sqlite3_progress_handler(s->db, LATE_STEPS, is_late,
						 &until);
		r = read_rows(s, st, fn, arg);
		sqlite3_progress_handler(s->db, 0, NULL, NULL);
	}
	sqlite3_finalize(st);
	return r;
}

static int load_begin(struct store *base, const char *table,
		      const char *columns, size_t n)
{
	struct sqlite *s = (struct sqlite *)base;
	struct buf b;
	int rc = SQLITE_NOMEM;

	buf_init(&b, KIB(64));
	buf_addf(&b, "INSERT INTO %s (%s) VALUES (", table, columns);
	for (size_t i = 0; i < n; i++)
		buf_adds(&b, i > 0 ? ", ?" : "?");
	buf_adds(&b, ")");
	if (!b.failed)
		rc = sqlite3_prepare_v2(s->db, buf_str(&b), -1, &s->load,
					NULL);
	buf_free(&b);
	return rc == SQLITE_OK ? 0 : fail(s, rc);
}

static int load_row(struct store *base, const struct store_value *row,
		    size_t n)
{
	struct sqlite *s = (struct sqlite *)base;
	int rc = SQLITE_OK;

	for (size_t i = 0; rc == SQLITE_OK && i < n; i++)
		rc = bind_value(s->load, (int)i + 1, &row[i]);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(s->load);
	if (rc != SQLITE_DONE)
		return fail(s, rc);
	sqlite3_reset(s->load);
	return 0;
}

static int load_end(struct store *base)
{
	struct sqlite *s = (struct sqlite *)base;

	sqlite3_finalize(s->load);
	s->load = NULL;
	return 0;
}

static int begin(struct store *s)
{
	((struct sqlite *)s)->is_group = false;
	return sql_run((struct sql *)s, Q_BEGIN, NULL, "");
}

static int commit(struct store *s)
{
	int r = sql_run((struct sql *)s, Q_COMMIT, NULL, "");

	if (r == 0)
		((struct sqlite *)s)->with_savepoints = false;
	return r;
}

static void rollback(struct store *s)
{
	struct sqlite *q = (struct sqlite *)s;

	for (int i = 0; i < Q_END; i++)
		sqlite3_reset(q->rows[i].st);
	/* SQLite may have rolled back by itself */
	if (!sqlite3_get_autocommit(q->db))
		sql_run(&q->sql, Q_ROLLBACK, NULL, "");
}

static int expect(struct store *s, const char *const *ids, size_t n)
{
	(void)ids, (void)n;
	((struct sqlite *)s)->is_group = true;
	return 0;
}

static bool goes_without(const struct store *s)
{
	const struct sqlite *q = (const struct sqlite *)s;

	return q->is_group && !q->with_savepoints;
}

static int savepoint(struct store *s)
{
	return goes_without(s) ? 0 :
		sql_run((struct sql *)s, Q_SAVEPOINT, NULL, "");
}

static int release(struct store *s)
{
	return goes_without(s) ? 0 :
		sql_run((struct sql *)s, Q_RELEASE, NULL, "");
}

static int undo(struct store *s)
{
	int r = 0;

	if (goes_without(s)) {
		((struct sqlite *)s)->with_savepoints = true;
		snprintf(s->error, sizeof(s->error), "a part was undone");
		return -EAGAIN;
	}
	r = sql_run((struct sql *)s, Q_UNDO, NULL, "");
	return r < 0 ? r : release(s);
}

static int exec(struct sqlite *s, const char *sql)
{
	int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : fail(s, rc);
}

static int read_version(struct sqlite *s, const char *sql, int64_t *ret,
			int64_t *ret_oldest)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL);
	int r = 0;

	if (rc == SQLITE_ERROR)		/* no such table or column */
		return -ENOENT;
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		*ret = sqlite3_column_int64(st, 0);
		*ret_oldest = sqlite3_column_int64(st, 1);
	} else {
		r = rc == SQLITE_DONE ? -ENOENT : fail(s, rc);
	}
	sqlite3_finalize(st);
	return r;
}

/* 0 where there is none yet, or, of old files, no ${ret_oldest}. */
static int version(struct sqlite *s, int64_t *ret, int64_t *ret_oldest)
{
	int r = 0;

	*ret = 0;
	*ret_oldest = 0;
	r = read_version(s, "SELECT version, oldest FROM schema_version", ret,
			 ret_oldest);
	if (r == -ENOENT)
		r = read_version(s, "SELECT version, 0 FROM schema_version",
				 ret, ret_oldest);
	return r == -ENOENT ? 0 : r;
}

static int migrate_locked(struct sqlite *s)
{
	char set[256];
	int64_t at = 0, oldest = 0;
	int r = version(s, &at, &oldest);

	for (; r == 0 && migrate_step(at + 1); at++) {
		r = exec(s, migrate_step(at + 1));
		if (r == 0 && at + 1 == MIGRATE_FILL)
			r = sql_fill(&s->sql);
	}
	if (oldest < MIGRATE_OLDEST)
		oldest = MIGRATE_OLDEST;
	snprintf(set, sizeof(set), "DROP TABLE IF EXISTS schema_version;"
		 "CREATE TABLE schema_version (version BIGINT NOT NULL,"
		 " oldest BIGINT NOT NULL);"
		 "INSERT INTO schema_version VALUES (%lld, %lld)",
		 (long long)at, (long long)oldest);
	return r < 0 ? r : exec(s, set);
}

static int migrate(struct sqlite *s)
{
	int64_t at = 0, oldest = 0;
	int r = version(s, &at, &oldest);

	if (r < 0)
		return r;
	if (at > 0 && !migrate_admits(at, oldest)) {
		snprintf(s->sql.base.error, sizeof(s->sql.base.error),
			 "database has version %lld, made by a newer collector",
			 (long long)at);
		return -EPROTO;
	}
	if (!migrate_step(at + 1))
		return 0;
	r = begin(&s->sql.base);
	if (r == 0)
		r = migrate_locked(s);
	if (r == 0)
		r = commit(&s->sql.base);
	if (r < 0)
		rollback(&s->sql.base);
	return r;
}

/* Makes the empty file, which only its owner may read. */
static int make_file(const char *where)
{
	int fd = open(where, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* Nobody reads SQLite's statistics of memory, for which each piece would lock
 * a mutex. */
static void configure(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static int sqlite_open(const char *where, bool fresh, struct store **ret)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	bool memory = strcmp(where, ":memory:") == 0;
	struct sqlite *s = calloc(1, sizeof(*s));
	int r = 0, rc = 0;

	if (!s)
		return -ENOMEM;
	pthread_once(&once, configure);
	s->sql.base.driver = &store_sqlite;
	s->sql.engine = &engine;
	*ret = &s->sql.base;
	if (!memory)
		r = fresh ? make_file(where) :
			access(where, F_OK) < 0 ? -errno : 0;
	if (r < 0)
		return r;
	rc = sqlite3_open_v2(where, &s->db, SQLITE_OPEN_READWRITE |
			     SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	if (rc != SQLITE_OK)
		return fail(s, rc);
	sqlite3_busy_timeout(s->db, BUSY_MS);
	r = exec(s, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
		 "PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;"
		 "PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 4096;"
		 "PRAGMA journal_size_limit = 67108864");
	return r < 0 ? r : migrate(s);
}

static void sqlite_close(struct store *base)
{
	struct sqlite *s = (struct sqlite *)base;

	for (int i = 0; i < Q_END; i++)
		sqlite3_finalize(s->rows[i].st);
	sqlite3_close(s->db);
	free(s);
}

const struct store_driver store_sqlite = {
	.scheme = "sqlite",
	.open = sqlite_open,
	.close = sqlite_close,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.savepoint = savepoint,
	.release = release,
	.undo = undo,
	.expect = expect,
	.dialect = &dialect_sqlite,
	.select = sqlite_select,
	.load_begin = load_begin,
	.load_row = load_row,
	.load_end = load_end,
	.agent_get = sql_agent_get,
	.agent_put = sql_agent_put,
	.agent_beat = sql_agent_beat,
	.object_lacking = sql_object_lacking,
	.object_missing = sql_object_missing,
	.object_add = sql_object_add,
	.events = &sql_events,
	SQL_QUESTIONS
};
