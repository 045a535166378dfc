/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "collector-stub/ingest/share.h"

static void requests_beyond_the_rate_wait(void **state)
{
	struct share *s = share_new(5);

	(void)state;
	for (int i = 0; i < 5 * SHARE_BURST_SECONDS; i++) {
		assert_int_equal(share_enter(s, "a", 1000), 0);
		share_leave(s, "a", 0);
	}
	assert_true(share_enter(s, "a", 1000) > 0);
	/* it has paid for nothing by that, and others do not pay */
	assert_int_equal(share_enter(s, "b", 1000), 0);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(share_enter(s, "a", 2000), 0);
		share_leave(s, "a", 0);
	}
	assert_true(share_enter(s, "a", 2000) > 0);
	/* nor does it save more than the purse holds */
	for (int i = 0; i < 5 * SHARE_BURST_SECONDS; i++) {
		assert_int_equal(share_enter(s, "a", 9000000), 0);
		share_leave(s, "a", 0);
	}
	assert_true(share_enter(s, "a", 9000000) > 0);
	share_free(s);
}

static void few_are_worked_on_at_a_time(void **state)
{
	struct share *s = share_new(100);

	(void)state;
	for (int i = 0; i < SHARE_WORKS; i++)
		assert_int_equal(share_enter(s, "a", 0), 0);
	assert_int_equal(share_enter(s, "a", 0), 1);
	assert_int_equal(share_enter(s, "b", 0), 0);
	share_leave(s, "a", 0);
	assert_int_equal(share_enter(s, "a", 0), 0);
	assert_int_equal(share_enter(s, "a", 0), 1);
	share_free(s);
}

static void one_large_request_is_taken_but_not_two(void **state)
{
	struct share *s = share_new(100);

	(void)state;
	assert_int_equal(share_enter(s, "a", 0), 0);
	assert_true(share_hold(s, "a", 2 * SHARE_BYTES));
	assert_int_equal(share_enter(s, "a", 0), 0);
	assert_false(share_hold(s, "a", 1));
	share_leave(s, "a", 1);
	share_leave(s, "a", 2 * SHARE_BYTES);
	assert_int_equal(share_enter(s, "a", 0), 0);
	assert_true(share_hold(s, "a", 1));
	share_free(s);
}

static void whoever_is_gone_is_forgotten(void **state)
{
	struct share *s = share_new(2);
	char id[32];

	(void)state;
	for (int i = 0; i < 100000; i++) {
		snprintf(id, sizeof(id), "agent-%d", i);
		assert_int_equal(share_enter(s, id, i * 100LL), 0);
		share_leave(s, id, 0);
	}
	/* each is full again after half a second: few are known at a time */
	share_free(s);
}

static int bring(struct share *s, int64_t bytes, int64_t now_ms, bool *first)
{
	int wait = 0;

	*first = false;
	assert_int_equal(share_enter(s, "a", now_ms), 0);
	wait = share_bring(s, "a", bytes, now_ms, first);
	share_leave(s, "a", 0);
	return wait;
}

static void what_one_brings_in_a_day_ends(void **state)
{
	struct share *s = share_new(100);
	const int64_t hour = 3600000;
	bool first = false, other = false;
	int wait = 0;

	(void)state;
	assert_int_equal(bring(s, SHARE_DAY, 0, &first), 0);
	wait = bring(s, SHARE_DAY / 24, 0, &first);
	assert_true(wait > 3500 && wait < 3700);
	assert_true(first);
	/* which costs nothing, and is told once */
	assert_true(bring(s, SHARE_DAY / 24, 0, &first) == wait);
	assert_false(first);
	assert_int_equal(share_enter(s, "b", 0), 0);
	assert_int_equal(share_bring(s, "b", SHARE_DAY, 0, &other), 0);
	assert_int_equal(bring(s, SHARE_DAY / 24, wait * 1000LL, &first), 0);
	assert_true(bring(s, SHARE_DAY / 24, 2 * hour - 1000, &first) > 0);
	assert_true(first);
	/* what was not stored is not counted */
	assert_int_equal(share_enter(s, "b", 0), 0);
	share_return(s, "b", SHARE_DAY / 2);
	assert_int_equal(share_bring(s, "b", SHARE_DAY / 2, 0, &other), 0);
	assert_true(share_bring(s, "b", SHARE_DAY / 2, 0, &other) > 0);
	/* and all of it once a day */
	assert_int_equal(bring(s, SHARE_DAY, 30 * hour, &first), 0);
	share_free(s);
}

static void without_a_rate_there_is_no_limit(void **state)
{
	struct share *s = share_new(0);

	(void)state;
	for (int i = 0; i < 10000; i++)
		assert_int_equal(share_enter(s, "a", 0), 0);
	assert_true(share_hold(s, "a", 100 * SHARE_BYTES));
	share_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_beyond_the_rate_wait),
		cmocka_unit_test(few_are_worked_on_at_a_time),
		cmocka_unit_test(one_large_request_is_taken_but_not_two),
		cmocka_unit_test(whoever_is_gone_is_forgotten),
		cmocka_unit_test(what_one_brings_in_a_day_ends),
		cmocka_unit_test(without_a_rate_there_is_no_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
