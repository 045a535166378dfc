/* SPDX-License-Identifier: Apache-2.0 */
/* Databases are made by the real library and read back by ours. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "agent/format/sqlite.h"
#include "tests/unit/unit.h"

#define ROWS 300

/* ${page} bytes a page, ROWS rows whose blobs grow from 0 to some 9 KiB. */
static uint8_t *make_database(int page, size_t *ret_len)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	char text[64];
	sqlite3_int64 len = 0;
	uint8_t *made = NULL;

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	snprintf(text, sizeof(text), "PRAGMA page_size = %d", page);
	sqlite3_exec(db, text, NULL, NULL, NULL);
	sqlite3_exec(db, "CREATE TABLE other (x); CREATE TABLE t (id PRIMARY "
		     "KEY UNIQUE ON CONFLICT ABORT, a1, a11 BLOB, z)", NULL,
		     NULL, NULL);
	sqlite3_prepare_v2(db, "INSERT INTO t VALUES (?, ?, zeroblob(?), "
			   "'end')", -1, &stmt, NULL);
	for (int i = 0; i < ROWS; i++) {
		sqlite3_bind_int64(stmt, 1, (sqlite3_int64)i * i * i - 1000);
		sqlite3_bind_int(stmt, 2, -i);
		sqlite3_bind_int(stmt, 3, i * 31);
		assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
		sqlite3_reset(stmt);
	}
	sqlite3_finalize(stmt);
	made = sqlite3_serialize(db, "main", &len, 0);
	assert_non_null(made);
	sqlite3_close(db);
	*ret_len = (size_t)len;
	return made;
}

static int check_row(void *arg, const struct sqlite_row *row)
{
	int *n = arg;

	assert_int_equal(row->count, 4);
	assert_int_equal(row->columns[0].number, (int64_t)*n * *n * *n - 1000);
	assert_int_equal(row->columns[1].number, -*n);
	assert_int_equal(row->columns[2].type, SQLITE_VALUE_BLOB);
	assert_int_equal(row->columns[2].len, *n * 31);
	assert_memory_equal(row->columns[3].p, "end", 3);
	(*n)++;
	return 0;
}

static void all_rows_are_read_with_any_page_size(void **state)
{
	(void)state;
	for (int page = 512; page <= 65536; page *= 2) {
		struct sqlite_table table = { 0 };
		struct sqlite db = { 0 };
		size_t len = 0;
		uint8_t *data = make_database(page, &len);
		int n = 0;

		assert_int_equal(sqlite_open(&db, data, len), 0);
		assert_int_equal(sqlite_find(&db, "t", &table), 0);
		assert_int_equal(sqlite_column(&table, "id"), 0);
		assert_int_equal(sqlite_column(&table, "a1"), 1);
		assert_int_equal(sqlite_column(&table, "a11"), 2);
		assert_int_equal(sqlite_column(&table, "z"), 3);
		assert_int_equal(sqlite_column(&table, "y"), -ENOENT);
		assert_int_equal(sqlite_walk(&db, table.root, check_row, &n),
				 0);
		assert_int_equal(n, ROWS);
		buf_free(&table.sql);
		assert_int_equal(sqlite_find(&db, "none", &table), -ENOENT);
		sqlite3_free(data);
	}
}

static int ignore_row(void *arg, const struct sqlite_row *row)
{
	size_t *sum = arg;

	for (size_t i = 0; i < row->count; i++)
		for (size_t k = 0; k < row->columns[i].len; k++)
			*sum += row->columns[i].p[k];
	return 0;
}

static void walk_all(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len);
	struct sqlite db = { 0 };
	size_t sum = 0;

	memcpy(copy, data, len);
	if (sqlite_open(&db, copy, len) == 0)
		for (uint32_t root = 0; root < db.pages + 2; root++)
			sqlite_walk(&db, root, ignore_row, &sum);
	free(copy);
}

static void broken_bytes_do_no_harm(void **state)
{
	size_t len = 0;
	uint8_t *data = make_database(512, &len);

	(void)state;
	/* the headers of the first pages, and the pointers to cells */
	for (size_t at = 0; at < 4096; at += 3) {
		static const uint8_t values[] = { 0, 5, 13, 0x7f, 0xff };
		uint8_t was = data[at];

		for (size_t i = 0; i < sizeof(values); i += 2) {
			data[at] = values[i];
			walk_all(data, 16384);
		}
		data[at] = was;
	}
	sqlite3_free(data);
}

static void a_page_that_is_its_own_child_is_refused(void **state)
{
	uint8_t data[1024] = "SQLite format 3";
	struct sqlite db = { 0 };
	size_t sum = 0;

	(void)state;
	data[16] = 2;	/* 512 bytes a page */
	data[512] = 5;	/* interior, no cells, right child: page 2 */
	data[512 + 11] = 2;
	assert_int_equal(sqlite_open(&db, data, sizeof(data)), 0);
	assert_int_equal(sqlite_walk(&db, 2, ignore_row, &sum), -EBADMSG);
}

static void absurd_payload_lengths_are_refused(void **state)
{
	uint8_t data[1024] = "SQLite format 3";
	struct sqlite db = { 0 };
	size_t sum = 0;

	(void)state;
	data[16] = 2;
	data[512] = 13;	/* leaf with a cell at its byte 100 */
	data[512 + 4] = 1;
	data[512 + 9] = 100;
	memset(data + 612, 0xff, 9);
	assert_int_equal(sqlite_open(&db, data, sizeof(data)), 0);
	assert_int_equal(sqlite_walk(&db, 2, ignore_row, &sum), -EBADMSG);
	memcpy(data + 612, "\x88\x80\x80\x80\x00", 5);	/* 2^31 */
	assert_int_equal(sqlite_walk(&db, 2, ignore_row, &sum), -EBADMSG);
}

static void broken_headers_are_refused(void **state)
{
	uint8_t data[512] = "SQLite format 3";
	struct sqlite db = { 0 };

	(void)state;
	assert_int_equal(sqlite_open(&db, data, sizeof(data)), -EBADMSG);
	data[16] = 3;	/* no power of two */
	assert_int_equal(sqlite_open(&db, data, sizeof(data)), -EBADMSG);
	data[16] = 2;
	data[20] = 200;	/* reserved: leaves too little */
	assert_int_equal(sqlite_open(&db, data, sizeof(data)), -EBADMSG);
	data[20] = 0;
	assert_int_equal(sqlite_open(&db, data, sizeof(data)), 0);
	assert_int_equal(sqlite_open(&db, data, 99), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_rows_are_read_with_any_page_size),
		cmocka_unit_test(broken_bytes_do_no_harm),
		cmocka_unit_test(a_page_that_is_its_own_child_is_refused),
		cmocka_unit_test(absurd_payload_lengths_are_refused),
		cmocka_unit_test(broken_headers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
