/* SPDX-License-Identifier: Apache-2.0 */
/* The store that a test of any driver works on: STORE_TEST_URL names the
 * database, without tables when the first test begins; without it, SQLite in
 * memory. */
#ifndef CW_TESTS_STORE_TEST_H
#define CW_TESTS_STORE_TEST_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "collector-stub/store/copy.h"
#include "collector-stub/store/store.h"

/* 0 or -1 */
static inline int store_test_open(struct store **ret)
{
	const char *url = getenv("STORE_TEST_URL");
	char error[256] = "";
	int r = 0;

	url = url ? url : "sqlite::memory:";
	r = store_open(url, true, ret, error, sizeof(error));
	if (r == -EEXIST)
		r = store_open(url, false, ret, error, sizeof(error));
	if (r < 0)
		printf("%s: %s\n", url, error);
	return r < 0 ? -1 : 0;
}

static inline int store_test_no_row(void *arg, const struct store_value *row,
				    size_t n)
{
	(void)arg, (void)row, (void)n;
	return 0;
}

/* The same without a row in any table: 0 or -1. */
static inline int store_test_open_empty(struct store **ret)
{
	char sql[96];
	const struct store_select q = { .sql = sql };
	int r = store_test_open(ret);

	for (size_t i = 0; r == 0 && copy_tables[i]; i++) {
		snprintf(sql, sizeof(sql), "DELETE FROM %s", copy_tables[i]);
		r = (*ret)->driver->select(*ret, &q, store_test_no_row, NULL);
	}
	return r < 0 ? -1 : 0;
}

#endif
