/* SPDX-License-Identifier: Apache-2.0 */
/* Which files it opens: of this collector, of older and of newer ones. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "collector-stub/store/migrate.h"
#include "collector-stub/store/store.h"

/* the last step of a collector that kept no oldest */
#define OLD 15

static char folder[64], file[96], url[112], error[256];

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/certwalk-unit.XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/a.db", folder);
	snprintf(url, sizeof(url), "sqlite:%s", file);
	return 0;
}

static int remove_folder(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char name[112];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", file, ends[i]);
		unlink(name);
	}
	return rmdir(folder);
}

/* Runs ${sql}; returns the number that it answers, or -1. */
static int64_t run(const char *sql)
{
	sqlite3 *db = NULL;
	const char *rest = sql;
	int64_t n = -1;

	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	while (*rest) {
		sqlite3_stmt *st = NULL;

		if (sqlite3_prepare_v2(db, rest, -1, &st, &rest) != SQLITE_OK)
			fail_msg("%s: %s", sql, sqlite3_errmsg(db));
		if (sqlite3_step(st) == SQLITE_ROW)
			n = sqlite3_column_int64(st, 0);
		sqlite3_finalize(st);
	}
	sqlite3_close(db);
	return n;
}

static int64_t last_step(void)
{
	int64_t n = 0;

	while (migrate_step(n + 1))
		n++;
	return n;
}

static void set(int64_t version, int64_t oldest)
{
	char sql[128];

	snprintf(sql, sizeof(sql), "UPDATE schema_version SET version = %"
		 PRId64 ", oldest = %" PRId64, version, oldest);
	run(sql);
}

static int open_it(bool fresh)
{
	struct store *s = NULL;
	int r = store_open(url, fresh, &s, error, sizeof(error));

	if (r == 0) {
		assert_int_equal(s->driver->begin(s), 0);
		assert_int_equal(s->driver->commit(s), 0);
		store_close(s);
	}
	return r;
}

static void a_new_file_keeps_who_may_open_it(void **state)
{
	(void)state;
	assert_int_equal(open_it(true), 0);
	assert_int_equal(run("SELECT version FROM schema_version"),
			 last_step());
	assert_int_equal(run("SELECT oldest FROM schema_version"),
			 MIGRATE_OLDEST);
}

static void a_newer_file_opens_where_it_admits_this_collector(void **state)
{
	int64_t last = last_step();

	(void)state;
	assert_int_equal(open_it(true), 0);
	set(last + 1, last);
	assert_int_equal(open_it(false), 0);
	assert_int_equal(run("SELECT version FROM schema_version"), last + 1);
	assert_int_equal(run("SELECT oldest FROM schema_version"), last);
	set(last + 1, last + 1);
	assert_int_equal(open_it(false), -EPROTO);
	assert_non_null(strstr(error, "newer collector"));
}

static void a_newer_file_that_does_not_tell_is_refused(void **state)
{
	char sql[128];

	(void)state;
	assert_int_equal(open_it(true), 0);
	run("ALTER TABLE schema_version DROP COLUMN oldest");
	assert_int_equal(open_it(false), 0);
	snprintf(sql, sizeof(sql), "UPDATE schema_version SET version = %"
		 PRId64, last_step() + 1);
	run(sql);
	assert_int_equal(open_it(false), -EPROTO);
}

static void an_old_file_keeps_it_from_its_next_step_on(void **state)
{
	(void)state;
	for (int64_t n = 1; n <= OLD; n++)
		run(migrate_step(n));
	run("CREATE TABLE schema_version (version BIGINT NOT NULL);"
	    "INSERT INTO schema_version VALUES (15)");
	assert_int_equal(open_it(false), 0);
	assert_int_equal(run("SELECT version FROM schema_version"),
			 last_step());
	assert_int_equal(run("SELECT oldest FROM schema_version"),
			 MIGRATE_OLDEST);
	assert_int_equal(run("SELECT COUNT(*) FROM schema_version"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)
		TEST(a_new_file_keeps_who_may_open_it),
		TEST(a_newer_file_opens_where_it_admits_this_collector),
		TEST(a_newer_file_that_does_not_tell_is_refused),
		TEST(an_old_file_keeps_it_from_its_next_step_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
