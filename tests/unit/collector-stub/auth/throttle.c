/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "collector-stub/auth/throttle.h"

static void each_failure_doubles_the_wait_up_to_an_hour(void **state)
{
	struct throttle *t = throttle_new(2, 30, 3600);

	(void)state;
	throttle_fail(t, "a", 1000);
	throttle_fail(t, "a", 1000);
	assert_int_equal(throttle_wait(t, "a", 1000), 0);
	throttle_fail(t, "a", 1000);
	assert_int_equal(throttle_wait(t, "a", 1000), 30);
	assert_int_equal(throttle_wait(t, "a", 30500), 1);
	assert_int_equal(throttle_wait(t, "b", 1000), 0);
	throttle_fail(t, "a", 31000);
	assert_int_equal(throttle_wait(t, "a", 31000), 60);
	for (int i = 0; i < 40; i++)
		throttle_fail(t, "a", 31000);
	assert_int_equal(throttle_wait(t, "a", 31000), 3600);
	throttle_clear(t, "a");
	assert_int_equal(throttle_wait(t, "a", 31000), 0);
	throttle_free(t);
}

static void an_hour_of_peace_is_forgiven(void **state)
{
	struct throttle *t = throttle_new(0, 30, 3600);

	(void)state;
	throttle_fail(t, "a", 0);
	throttle_fail(t, "a", 0);
	assert_int_equal(throttle_wait(t, "a", 0), 60);
	throttle_fail(t, "a", 3661000 + 60000);
	assert_int_equal(throttle_wait(t, "a", 3661000 + 60000), 30);
	throttle_free(t);
}

static void many_names_do_not_fill_the_memory(void **state)
{
	struct throttle *t = throttle_new(0, 30, 3600);
	char name[16];

	(void)state;
	for (int i = 0; i <= THROTTLE_ENTRIES; i++) {
		snprintf(name, sizeof(name), "%d", i);
		throttle_fail(t, name, 0);
	}
	assert_int_equal(throttle_wait(t, "0", 0), 0);
	assert_int_equal(throttle_wait(t, "1", 0), 30);
	throttle_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_failure_doubles_the_wait_up_to_an_hour),
		cmocka_unit_test(an_hour_of_peace_is_forgiven),
		cmocka_unit_test(many_names_do_not_fill_the_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
