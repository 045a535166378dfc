/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector-stub/store/migrate.h"

/* how long a transaction waits for another process's */
#define BUSY_MS 10000

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

int sqlite_fail(struct sqlite *s, int rc)
{
	snprintf(s->base.error, sizeof(s->base.error), "SQLite error %d: %s",
		 rc, s->db ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc));
	return errno_of(s->db, rc);
}

static int prepare(struct sqlite *s, enum sqlite_query q)
{
	int rc = SQLITE_OK;

	if (s->stmt[q])
		sqlite3_reset(s->stmt[q]);
	else
		rc = sqlite3_prepare_v3(s->db, sqlite_sql[q], -1,
					SQLITE_PREPARE_PERSISTENT,
					&s->stmt[q], NULL);
	return rc == SQLITE_OK ? 0 : sqlite_fail(s, rc);
}

static int bind_bytes(sqlite3_stmt *st, int i, const void *data, size_t len)
{
	if (!data)
		return sqlite3_bind_null(st, i);
	return sqlite3_bind_blob64(st, i, len > 0 ? data : "", len,
				   SQLITE_STATIC);
}

static int bind_all(struct sqlite *s, enum sqlite_query q, const char *types,
		    va_list ap)
{
	int r = prepare(s, q), rc = SQLITE_OK;

	if (r < 0)
		return r;
	for (int i = 1; *types && rc == SQLITE_OK; types++, i++) {
		sqlite3_stmt *st = s->stmt[q];
		const void *p = NULL;
		int64_t n = 0;

		switch (*types) {
		case 'n':
			n = va_arg(ap, int64_t);
			rc = n ? sqlite3_bind_int64(st, i, n) :
				sqlite3_bind_null(st, i);
			break;
		case 'i':
			rc = sqlite3_bind_int64(st, i, va_arg(ap, int64_t));
			break;
		case 't':
			rc = sqlite3_bind_text(st, i, va_arg(ap, const char *),
					       -1, SQLITE_STATIC);
			break;
		case 'h':
			rc = bind_bytes(st, i, va_arg(ap, const void *),
					HASH_SIZE);
			break;
		default:
			p = va_arg(ap, const void *);
			rc = bind_bytes(st, i, p, va_arg(ap, size_t));
		}
	}
	return rc == SQLITE_OK ? 0 : sqlite_fail(s, rc);
}

int sqlite_bind(struct sqlite *s, enum sqlite_query q, sqlite3_stmt **ret,
		const char *types, ...)
{
	va_list ap;
	int r = 0;

	va_start(ap, types);
	r = bind_all(s, q, types, ap);
	va_end(ap);
	if (r == 0)
		*ret = s->stmt[q];
	return r;
}

int sqlite_next(struct sqlite *s, sqlite3_stmt *st)
{
	int rc = sqlite3_step(st), r = 0;

	if (rc == SQLITE_ROW)
		return 1;
	if (rc != SQLITE_DONE)
		r = sqlite_fail(s, rc);
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return r;
}

int sqlite_run(struct sqlite *s, enum sqlite_query q, int *ret_changed,
	       const char *types, ...)
{
	va_list ap;
	int r = 0;

	va_start(ap, types);
	r = bind_all(s, q, types, ap);
	va_end(ap);
	if (r == 0)
		r = sqlite_next(s, s->stmt[q]);
	if (r == 0 && ret_changed)
		*ret_changed = sqlite3_changes(s->db);
	return r;
}

bool sqlite_hash(sqlite3_stmt *st, int column, uint8_t ret[static HASH_SIZE])
{
	const void *p = sqlite3_column_blob(st, column);

	if (!p || sqlite3_column_bytes(st, column) != HASH_SIZE)
		return false;
	memcpy(ret, p, HASH_SIZE);
	return true;
}

const char *sqlite_text(sqlite3_stmt *st, int column)
{
	const char *t = (const char *)sqlite3_column_text(st, column);

	return t ? t : "";
}

static int begin(struct store *s)
{
	return sqlite_run((struct sqlite *)s, Q_BEGIN, NULL, "");
}

static int commit(struct store *s)
{
	return sqlite_run((struct sqlite *)s, Q_COMMIT, NULL, "");
}

static void rollback(struct store *s)
{
	struct sqlite *q = (struct sqlite *)s;

	for (int i = 0; i < Q_END; i++)
		sqlite3_reset(q->stmt[i]);
	/* SQLite may have rolled back by itself */
	if (!sqlite3_get_autocommit(q->db))
		sqlite_run(q, Q_ROLLBACK, NULL, "");
}

static int savepoint(struct store *s)
{
	return sqlite_run((struct sqlite *)s, Q_SAVEPOINT, NULL, "");
}

static int release(struct store *s)
{
	return sqlite_run((struct sqlite *)s, Q_RELEASE, NULL, "");
}

static int undo(struct store *s)
{
	int r = sqlite_run((struct sqlite *)s, Q_UNDO, NULL, "");

	return r < 0 ? r : release(s);
}

static int exec(struct sqlite *s, const char *sql)
{
	int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : sqlite_fail(s, rc);
}

/* 0 where there is no version yet. */
static int version(struct sqlite *s, int64_t *ret)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(s->db,
		"SELECT COALESCE((SELECT version FROM schema_version), 0)",
		-1, &st, NULL);
	int r = 0;

	if (rc == SQLITE_ERROR) {	/* no such table */
		*ret = 0;
		return 0;
	}
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		*ret = sqlite3_column_int64(st, 0);
	else
		r = sqlite_fail(s, rc);
	sqlite3_finalize(st);
	return r;
}

static int migrate_locked(struct sqlite *s)
{
	char set[96];
	int64_t at = 0;
	int r = version(s, &at);

	if (r == 0)
		r = exec(s, "CREATE TABLE IF NOT EXISTS schema_version"
			 " (version BIGINT NOT NULL)");
	for (; r == 0 && migrate_step(at + 1); at++)
		r = exec(s, migrate_step(at + 1));
	snprintf(set, sizeof(set), "DELETE FROM schema_version;"
		 "INSERT INTO schema_version VALUES (%lld)", (long long)at);
	return r < 0 ? r : exec(s, set);
}

static int migrate(struct sqlite *s)
{
	int64_t at = 0;
	int r = version(s, &at);

	if (r < 0)
		return r;
	if (at > 0 && !migrate_step(at)) {
		snprintf(s->base.error, sizeof(s->base.error),
			 "database has version %lld, made by a newer collector",
			 (long long)at);
		return -EPROTO;
	}
	if (!migrate_step(at + 1))
		return 0;
	r = begin(&s->base);
	if (r == 0)
		r = migrate_locked(s);
	if (r == 0)
		r = commit(&s->base);
	if (r < 0)
		rollback(&s->base);
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

static int sqlite_open(const char *where, bool fresh, struct store **ret)
{
	bool memory = strcmp(where, ":memory:") == 0;
	struct sqlite *s = calloc(1, sizeof(*s));
	int r = 0, rc = 0;

	if (!s)
		return -ENOMEM;
	s->base.driver = &store_sqlite;
	*ret = &s->base;
	if (!memory)
		r = fresh ? make_file(where) :
			access(where, F_OK) < 0 ? -errno : 0;
	if (r < 0)
		return r;
	rc = sqlite3_open_v2(where, &s->db, SQLITE_OPEN_READWRITE |
			     SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	if (rc != SQLITE_OK)
		return sqlite_fail(s, rc);
	sqlite3_busy_timeout(s->db, BUSY_MS);
	r = exec(s, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
		 "PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;"
		 "PRAGMA cache_size = -65536;"
		 "PRAGMA journal_size_limit = 67108864");
	return r < 0 ? r : migrate(s);
}

static void sqlite_close(struct store *base)
{
	struct sqlite *s = (struct sqlite *)base;

	for (int i = 0; i < Q_END; i++)
		sqlite3_finalize(s->stmt[i]);
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
	.token_add = sqlite_token_add,
	.token_take = sqlite_token_take,
	.token_list = sqlite_token_list,
	.token_remove = sqlite_token_remove,
	.agent_add = sqlite_agent_add,
	.agent_get = sqlite_agent_get,
	.agent_put = sqlite_agent_put,
	.agent_certificate = sqlite_agent_certificate,
	.agent_revoke = sqlite_agent_revoke,
	.agent_host = sqlite_agent_host,
	.agent_coverage = sqlite_agent_coverage,
	.agent_list = sqlite_agent_list,
	.location_add = sqlite_location_add,
	.location_see = sqlite_location_see,
	.location_remove = sqlite_location_remove,
	.location_sweep = sqlite_location_sweep,
	.location_digest = sqlite_location_digest,
	.location_names = sqlite_location_names,
	.object_lacking = sqlite_object_lacking,
	.object_add = sqlite_object_add,
	.result_add = sqlite_result_add,
	.key_add = sqlite_key_add,
	.key_remove = sqlite_key_remove,
	.key_list = sqlite_key_list,
	.command_sequence = sqlite_command_sequence,
	.command_add = sqlite_command_add,
	.command_sign = sqlite_command_sign,
	.command_signatures = sqlite_command_signatures,
	.command_cancel = sqlite_command_cancel,
	.command_delivered = sqlite_command_delivered,
	.command_open = sqlite_command_open,
	.command_agents = sqlite_command_agents,
	.command_list = sqlite_command_list,
	.audit_add = sqlite_audit_add,
	.audit_list = sqlite_audit_list,
	.audit_before = sqlite_audit_before,
	.agent_detail = sqlite_agent_detail,
	.users = &sqlite_users,
	.places = sqlite_places,
};
