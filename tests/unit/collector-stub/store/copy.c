/* SPDX-License-Identifier: Apache-2.0 */
/* From SQLite in memory to a store of any driver (store_test.h). */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "collector-stub/store/copy.h"
#include "collector-stub/store/dialect.h"
#include "tests/unit/collector-stub/store_test.h"

static struct store *from, *to;
static int64_t copied;
static bool hurried;

static int note_setting(void *arg, const struct store_value *row, size_t n)
{
	(void)arg;
	hurried = hurried || n != 1 || row[0].len != 1 ||
		memcmp(row[0].data, "0", 1) != 0;
	return 0;
}

/* Told of each table, within the transaction. */
static void told(const char *table, int64_t rows)
{
	const struct store_select q = {
		.sql = "SHOW idle_in_transaction_session_timeout",
	};

	if (strcmp(table, "tokens") == 0)
		copied = rows;
	if (to->driver->dialect->unhurried &&
	    to->driver->select(to, &q, note_setting, NULL) < 0)
		hurried = true;
}

static void all_is_copied_without_haste_and_only_once(void **state)
{
	struct store_token t = { .created = 1, .expires = 2, .uses = 3,
		.uses_left = 3 };
	char error[COPY_ERROR] = "";

	(void)state;
	assert_int_equal(store_open("sqlite::memory:", true, &from, error,
				    sizeof(error)), 0);
	assert_int_equal(store_test_open(&to), 0);
	assert_int_equal(from->driver->token_add(from, &t), 0);
	assert_int_equal(copy_store(from, to, told, NULL, error), 0);
	assert_int_equal(copied, 1);
	assert_false(hurried);
	assert_int_equal(copy_store(from, to, told, NULL, error), -EEXIST);
	assert_string_equal(error, "table tokens has rows already");
	store_close(to);
	store_close(from);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_copied_without_haste_and_only_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
