/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "agent/sync/enrol.h"

static struct outcome later(int64_t seconds)
{
	return (struct outcome){.class = OUTCOME_OVERLOAD,
				.retry_after = seconds};
}

static void a_collector_is_asked_again_when_it_says(void **state)
{
	struct outcome o = later(4);
	struct backoff b = {0};

	(void)state;
	assert_in_range(enrol_wait(&b, &o, 0), 4000, 5000);
	assert_in_range(enrol_wait(&b, &o, 5000), 4000, 6000);
	o = later(-1);
	assert_in_range(enrol_wait(&b, &o, 9000), 100, 4000);
}

static void hosts_that_wait_do_not_come_back_together(void **state)
{
	struct outcome o = later(4);
	int64_t least = INT64_MAX, most = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct backoff b = {0};
		int64_t ms = enrol_wait(&b, &o, 0);

		least = ms < least ? ms : least;
		most = ms > most ? ms : most;
	}
	assert_true(least < 4200 && most > 4800);
}

static void patience_ends(void **state)
{
	struct outcome o = later(ENROL_PATIENCE);
	struct backoff b = {0};
	int64_t waited = 0;

	(void)state;
	assert_int_equal(enrol_wait(&b, &o, 1001), -1);
	o = later(1);
	for (int64_t ms = 0; ms >= 0; waited += ms + 1) {
		ms = enrol_wait(&b, &o, waited);
		assert_true(waited + ms <= ENROL_PATIENCE * 1000);
	}
	assert_true(waited > (ENROL_PATIENCE - 32) * 1000);
}

static void what_waiting_does_not_mend_is_not_tried_again(void **state)
{
	static const enum outcome_class classes[] = {
		OUTCOME_UNREACHABLE, OUTCOME_REFUSED, OUTCOME_REVOKED,
		OUTCOME_LOCAL,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		struct outcome o = later(1);
		struct backoff b = {0};

		o.class = classes[i];
		assert_int_equal(enrol_wait(&b, &o, 0), -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_collector_is_asked_again_when_it_says),
		cmocka_unit_test(hosts_that_wait_do_not_come_back_together),
		cmocka_unit_test(patience_ends),
		cmocka_unit_test(what_waiting_does_not_mend_is_not_tried_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
