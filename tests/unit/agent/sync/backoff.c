/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "agent/sync/backoff.h"

static void waits_double_up_to_the_longest(void **state)
{
	struct backoff b = {0};
	int64_t bound = 1000, longest = 0;

	(void)state;
	for (int i = 0; i < 100; i++) {
		int64_t ms = backoff_next(&b, 60);

		assert_in_range(ms, 0, bound);
		bound = bound * 2 > 60000 ? 60000 : bound * 2;
		longest = ms > longest ? ms : longest;
	}
	assert_true(longest > 30000);
	backoff_reset(&b);
	assert_in_range(backoff_next(&b, 60), 0, 1000);
}

static void what_the_other_side_asks_for_comes_on_top(void **state)
{
	struct backoff b = {0};

	(void)state;
	assert_in_range(backoff_after(&b, 7, 60), 7000, 8000);
	assert_in_range(backoff_after(&b, 7, 60), 7000, 9000);
	for (int i = 0; i < 100; i++) {
		backoff_reset(&b);
		assert_in_range(backoff_after(&b, -1, 60), 100, 1000);
	}
}

static void a_heartbeat_is_spread_by_a_tenth(void **state)
{
	int64_t least = INT64_MAX, most = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		int64_t ms = backoff_splay(300);

		assert_in_range(ms, 270000, 330000);
		least = ms < least ? ms : least;
		most = ms > most ? ms : most;
	}
	assert_true(least < 275000 && most > 325000);
}

static void retry_after_is_seconds_or_a_date(void **state)
{
	static const struct { const char *value; int64_t expect; } cases[] = {
		{"0", 0}, {"120", 120}, {"99999999999999999999", 3600},
		{"", -1}, {"-1", -1}, {"+5", -1}, {"5s", -1}, {"1.5", -1},
		{"Sun, 06 Nov 1994 08:49:37 GMT", 37},
		{"Sun, 06 Nov 1994 08:48:37 GMT", 0},
		{"Sun, 06 Nov 2094 08:49:37 GMT", 3600},
		{"Sun, 06 Nov 1994 08:49:37 UTC", -1},
		{"Sun, 06 Nov 1994 08:49:37 GMT ", -1},
		{"Sun, 06 Nox 1994 08:49:37 GMT", -1},
		{"Sun, 31 Feb 1994 08:49:37 GMT", -1},
		{"Sunday, 06-Nov-94 08:49:37 GMT", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(backoff_retry_after(cases[i].value, 784111740,
						     3600),
				 cases[i].expect);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_double_up_to_the_longest),
		cmocka_unit_test(what_the_other_side_asks_for_comes_on_top),
		cmocka_unit_test(a_heartbeat_is_spread_by_a_tenth),
		cmocka_unit_test(retry_after_is_seconds_or_a_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
