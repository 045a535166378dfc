/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "collector-stub/store/migrate.h"
#include "lib/file.h"

/* how long it waits for another's transaction */
#define BUSY_MS 30000

static int fail(sqlite3 *db, int rc, const char *what, char *error)
{
	snprintf(error, BACKUP_ERROR, "%.100s: %s", what,
		 db ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
	switch (rc & 0xff) {
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return -EBADMSG;
	case SQLITE_CANTOPEN:
		return -ENOENT;
	default:
		return -EIO;
	}
}

static int open_db(const char *path, int flags, sqlite3 **ret, char *error)
{
	int rc = sqlite3_open_v2(path, ret, flags | SQLITE_OPEN_NOMUTEX, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(*ret, BUSY_MS);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(*ret, "PRAGMA trusted_schema = OFF", NULL,
				  NULL, NULL);
	return rc == SQLITE_OK ? 0 : fail(*ret, rc, path, error);
}

/* All pages in one step: in one read transaction, which hinders no writer. */
static int copy(sqlite3 *from, sqlite3 *to, char *error)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
	int rc = SQLITE_OK;

	if (!b)
		return fail(to, sqlite3_errcode(to), "copy", error);
	do {
		rc = sqlite3_backup_step(b, -1);
		if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
			sqlite3_sleep(20);
	} while (rc == SQLITE_BUSY || rc == SQLITE_LOCKED);
	rc = sqlite3_backup_finish(b);
	return rc == SQLITE_OK ? 0 : fail(to, rc, "copy", error);
}

/* A question with one value for an answer. */
static int ask(sqlite3 *db, const char *sql, char *ret, size_t cap)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);
	const char *text = NULL;

	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		text = (const char *)sqlite3_column_text(st, 0);
	snprintf(ret, cap, "%s", text ? text : "");
	sqlite3_finalize(st);
	return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

static int check(sqlite3 *db, const char *file, int64_t *ret_version,
		 char *error)
{
	char text[120] = "";
	long long version = 0, oldest = 0;
	int rc = ask(db, "PRAGMA integrity_check(1)", text, sizeof(text));

	if (rc != SQLITE_OK)
		return fail(db, rc, file, error);
	if (strcmp(text, "ok") != 0) {
		snprintf(error, BACKUP_ERROR, "%.100s: is damaged: %s", file,
			 text);
		return -EBADMSG;
	}
	rc = ask(db, "SELECT version FROM schema_version", text, sizeof(text));
	if (rc != SQLITE_OK || sscanf(text, "%lld", &version) != 1 ||
	    version < 1) {
		snprintf(error, BACKUP_ERROR, "%.100s: is no collector's "
			 "database", file);
		return -EBADMSG;
	}
	/* older ones do not have it */
	if (ask(db, "SELECT oldest FROM schema_version", text,
		sizeof(text)) == SQLITE_OK)
		sscanf(text, "%lld", &oldest);
	if (!migrate_admits(version, oldest)) {
		snprintf(error, BACKUP_ERROR, "%.100s: has version %lld, made "
			 "by a newer collector", file, version);
		return -EPROTO;
	}
	*ret_version = version;
	return 0;
}

int backup_check(const char *file, int64_t *ret_version,
		 char error[static BACKUP_ERROR])
{
	sqlite3 *db = NULL;
	int r = open_db(file, SQLITE_OPEN_READONLY, &db, error);

	if (r == 0)
		r = check(db, file, ret_version, error);
	sqlite3_close(db);
	return r;
}

/* Into a file that is one: no log lies beside it. */
static int copy_to_file(const char *database, const char *file, char *error)
{
	sqlite3 *from = NULL, *to = NULL;
	int64_t version = 0;
	int r = open_db(database, SQLITE_OPEN_READWRITE, &from, error), rc = 0;

	if (r == 0)
		r = open_db(file, SQLITE_OPEN_READWRITE, &to, error);
	if (r == 0)
		r = copy(from, to, error);
	if (r == 0) {
		rc = sqlite3_exec(to, "PRAGMA journal_mode = DELETE", NULL,
				  NULL, NULL);
		r = rc == SQLITE_OK ? check(to, file, &version, error)
				    : fail(to, rc, file, error);
	}
	sqlite3_close(to);
	sqlite3_close(from);
	return r;
}

int backup_make(const char *database, const char *file,
		char error[static BACKUP_ERROR])
{
	struct replace out;
	int r = replace_open(&out, file, 0600);

	if (r < 0) {
		snprintf(error, BACKUP_ERROR, "%.100s: %s", file,
			 strerror(-r));
		return r;
	}
	r = copy_to_file(database, out.temp, error);
	if (r < 0) {
		replace_abort(&out);
		return r;
	}
	r = replace_commit(&out);
	if (r < 0)
		snprintf(error, BACKUP_ERROR, "%.100s: %s", file,
			 strerror(-r));
	return r;
}

/* Makes an empty one where there is none, which only its owner may read. */
static int touch(const char *path, char *error)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), r = 0;

	if (fd < 0) {
		r = -errno;
		snprintf(error, BACKUP_ERROR, "%.100s: %s", path,
			 strerror(-r));
		return r;
	}
	close(fd);
	return 0;
}

int backup_restore(const char *file, const char *database,
		   char error[static BACKUP_ERROR])
{
	sqlite3 *from = NULL, *to = NULL;
	int64_t version = 0;
	int r = open_db(file, SQLITE_OPEN_READONLY, &from, error);

	if (r == 0)
		r = check(from, file, &version, error);
	if (r == 0)
		r = touch(database, error);
	if (r == 0)
		r = open_db(database, SQLITE_OPEN_READWRITE, &to, error);
	if (r == 0)
		r = copy(from, to, error);
	sqlite3_close(to);
	sqlite3_close(from);
	return r;
}
