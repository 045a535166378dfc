/* SPDX-License-Identifier: Apache-2.0 */
/* The collector before this one goes on working on the database that this one
 * has brought up to date, while they are replaced one after the other. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "collector-stub/store/migrate.h"
#include "collector-stub/store/sql.h"
#include "lib/buf.h"
#include "lib/file.h"
#include "lib/limits.h"

#define STATEMENTS "tests/unit/collector-stub/store/previous.sql"
/* the last step that it knew */
#define PREVIOUS 5

static sqlite3 *open_at(int64_t last)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	for (int64_t n = 1; n <= last && migrate_step(n); n++)
		assert_int_equal(sqlite3_exec(db, migrate_step(n), NULL, NULL,
					      NULL), SQLITE_OK);
	return db;
}

static void it_is_one_that_the_database_lets_in(void **state)
{
	(void)state;
	assert_true(PREVIOUS >= MIGRATE_OLDEST);
	assert_non_null(migrate_step(PREVIOUS));
}

static void all_that_its_statements_name_is_there(void **state)
{
	sqlite3 *db = open_at(INT64_MAX);
	int statements = 0;
	struct buf text;

	(void)state;
	buf_init(&text, MIB(1));
	assert_int_equal(file_read(STATEMENTS, &text), 0);
	for (const char *at = buf_str(&text); *at;) {
		sqlite3_stmt *st = NULL;
		const char *rest = NULL;

		if (sqlite3_prepare_v2(db, at, -1, &st, &rest) != SQLITE_OK)
			fail_msg("%s: %.200s", sqlite3_errmsg(db), at);
		statements += st != NULL;
		sqlite3_finalize(st);
		at = rest;
	}
	assert_true(statements > 50);
	buf_free(&text);
	sqlite3_close(db);
}

/* Columns of a table that have to be given a value. */
static int demanding(sqlite3 *db, const char *table)
{
	sqlite3_stmt *st = NULL;
	int n = 0;

	assert_int_equal(sqlite3_prepare_v2(db, "SELECT COUNT(*)"
		" FROM pragma_table_info(?) WHERE \"notnull\" = 1"
		" AND dflt_value IS NULL", -1, &st, NULL), SQLITE_OK);
	sqlite3_bind_text(st, 1, table, -1, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	n = sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	return n;
}

static void rows_that_it_adds_lack_nothing(void **state)
{
	sqlite3 *before = open_at(PREVIOUS), *now = open_at(INT64_MAX);
	sqlite3_stmt *st = NULL;
	int tables = 0;

	(void)state;
	assert_int_equal(sqlite3_prepare_v2(before, "SELECT name"
		" FROM sqlite_master WHERE type = 'table'", -1, &st, NULL),
		SQLITE_OK);
	while (sqlite3_step(st) == SQLITE_ROW) {
		const char *table = (const char *)sqlite3_column_text(st, 0);

		if (demanding(before, table) != demanding(now, table))
			fail_msg("%s has a column without a default", table);
		tables++;
	}
	assert_true(tables > 10);
	sqlite3_finalize(st);
	sqlite3_close(before);
	sqlite3_close(now);
}

/* Whether the plan of a statement holds ${words}. */
static bool plans(sqlite3 *db, const char *statement, const char *words)
{
	char *text = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", statement);
	sqlite3_stmt *st = NULL;
	bool found = false;

	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &st, NULL),
			 SQLITE_OK);
	while (sqlite3_step(st) == SQLITE_ROW)
		found |= strstr((const char *)sqlite3_column_text(st, 3),
				words) != NULL;
	sqlite3_finalize(st);
	sqlite3_free(text);
	return found;
}

static void alerts_that_are_over_cost_nothing(void **state)
{
	const char *page = "SELECT since, rule, alert_key FROM alerts"
		" ORDER BY since DESC, rule DESC, alert_key DESC";
	const char *sent = "SELECT created, message_id FROM alert_messages"
		" ORDER BY created DESC, message_id DESC";
	sqlite3 *db = open_at(INT64_MAX);

	(void)state;
	assert_true(plans(db, sql_texts[Q_ALERT_OPEN], "INDEX alerts_open"));
	assert_false(plans(db, sql_texts[Q_ALERT_OPEN], "ORDER BY"));
	assert_false(plans(db, page, "ORDER BY"));
	assert_false(plans(db, sent, "ORDER BY"));
	sqlite3_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_one_that_the_database_lets_in),
		cmocka_unit_test(all_that_its_statements_name_is_there),
		cmocka_unit_test(rows_that_it_adds_lack_nothing),
		cmocka_unit_test(alerts_that_are_over_cost_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
