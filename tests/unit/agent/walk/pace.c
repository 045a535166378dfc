/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "agent/walk/pace.h"

#define SECOND INT64_C(1000000000)

/* Units that are had by ${seconds} after the start, one after the other, each
 * waited for. */
static uint64_t had(struct pace *p, uint64_t step, int64_t seconds)
{
	int64_t start = 1000 * SECOND, now = start;
	uint64_t n = 0;

	while (now < start + seconds * SECOND) {
		now += pace_charge(p, step, now);
		n += step;
	}
	return n;
}

static void a_rate_is_kept(void **state)
{
	struct pace p;

	(void)state;
	pace_init(&p, 1000);
	assert_in_range(had(&p, 1, 10), 10000, 10110);
	pace_init(&p, 1 << 20);
	assert_in_range(had(&p, 131072, 10), 10 << 20, (10 << 20) + 400000);
}

static void a_slow_rate_is_kept(void **state)
{
	struct pace p;

	(void)state;
	pace_init(&p, 1);
	assert_in_range(had(&p, 1, 100), 100, 102);
}

static void without_a_limit_nothing_waits(void **state)
{
	struct pace p;

	(void)state;
	pace_init(&p, 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(pace_charge(&p, UINT64_MAX, SECOND), 0);
}

static void a_rest_is_not_saved_up(void **state)
{
	struct pace p;
	uint64_t free_units = 0;

	(void)state;
	pace_init(&p, 1000);
	pace_charge(&p, 1, SECOND);
	while (pace_charge(&p, 1, 5000 * SECOND) == 0)
		free_units++;
	assert_in_range(free_units, 100, 101);
}

static void a_huge_charge_does_not_overflow(void **state)
{
	struct pace p;
	int64_t wait;

	(void)state;
	pace_init(&p, 1);
	assert_int_equal(pace_charge(&p, UINT64_MAX, SECOND), 0);
	wait = pace_charge(&p, UINT64_MAX, SECOND);
	assert_in_range(wait, 1, 3600 * SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rate_is_kept),
		cmocka_unit_test(a_slow_rate_is_kept),
		cmocka_unit_test(without_a_limit_nothing_waits),
		cmocka_unit_test(a_rest_is_not_saved_up),
		cmocka_unit_test(a_huge_charge_does_not_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
