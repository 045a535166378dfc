/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <string.h>
#include <unistd.h>

#include "agent/proc/index.h"
#include "agent/proc/ipc.pb-c.h"
#include "agent/proc/record.h"

static void a_clock_set_back_by_more_than_half_counts(void **state)
{
	(void)state;
	assert_false(index_is_set_back(1000000, 1000000, 60000));
	assert_false(index_is_set_back(1000000, 5000000, 60000));
	assert_false(index_is_set_back(1000000, 971000, 60000));
	assert_true(index_is_set_back(1000000, 969000, 60000));
	assert_true(index_is_set_back(1000000, -9000000, 60000));
}

static void after_a_clock_set_back_nothing_stands(void **state)
{
	struct index x, next;

	(void)state;
	index_init(&x, "/tmp");
	assert_false(x.stands);
	assert_int_equal(index_begin(&x, &next), 0);
	assert_int_equal(index_commit(&x, &next), 0);
	assert_true(x.stands);
	assert_false(index_check_clock(&x));
	assert_true(x.stands);
	x.offset_ms += 3600000;	/* as if it had been an hour ahead */
	assert_true(index_check_clock(&x));
	assert_false(x.stands);
	index_free(&x);
}

static void other_lists_of_weak_keys_leave_nothing_standing(void **state)
{
	struct index x, next;

	(void)state;
	index_init(&x, "/tmp");
	assert_false(index_check_lists(&x, 7));
	assert_int_equal(index_begin(&x, &next), 0);
	assert_int_equal(index_commit(&x, &next), 0);
	assert_false(index_check_lists(&x, 7));
	assert_true(x.stands);
	assert_true(index_check_lists(&x, 8));
	assert_false(x.stands);
	assert_false(index_check_lists(&x, 8));
	index_free(&x);
}

static void without_a_folder_there_is_no_index(void **state)
{
	struct index x, next;

	(void)state;
	index_init(&x, "/nonexistent/folder");
	assert_true(index_begin(&x, &next) < 0);
	index_free(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clock_set_back_by_more_than_half_counts),
		cmocka_unit_test(after_a_clock_set_back_nothing_stands),
		cmocka_unit_test(
			other_lists_of_weak_keys_leave_nothing_standing),
		cmocka_unit_test(without_a_folder_there_is_no_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
