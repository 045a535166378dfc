/* SPDX-License-Identifier: Apache-2.0 */
/* Heartbeats by one statement. */
#include "tests/unit/unit.h"

#include <string.h>

#include "tests/unit/collector-stub/store_case.h"

#define SINCE 40

static const struct store_agent good = { .id = "a", .last_seen = 50,
	.epoch = 3, .generation = 4, .digest = { .sum = { 0xee } } };

static int open_store(void **state)
{
	return store_case_open(state) < 0 ||
		d->agent_add(s, "a", 100, 200) < 0 ||
		d->agent_put(s, &good) < 0 ? -1 : 0;
}

/* Whether a heartbeat of ${good} at time 60 is taken; what it leaves. */
static bool is_taken(struct store_agent *ret)
{
	struct store_agent beat = good;
	bool done = false;

	beat.last_seen = 60;
	assert_int_equal(d->agent_beat(s, &beat, SINCE, &done), 0);
	assert_int_equal(d->agent_get(s, "a", ret), 0);
	return done;
}

static void a_heartbeat_is_noted_and_changes_nothing_else(void **state)
{
	struct store_agent got;

	(void)state;
	if (!d->agent_beat)
		return;
	assert_true(is_taken(&got));
	assert_int_equal(got.last_seen, 60);
	assert_int_equal(got.epoch, 3);
	assert_int_equal(got.generation, 4);
	assert_memory_equal(&got.digest, &good.digest, sizeof(got.digest));
}

static void an_agent_that_needs_a_look_is_left_alone(void **state)
{
	struct store_agent odd[] = { good, good, good, good, good, good }, got;

	(void)state;
	if (!d->agent_beat)
		return;
	odd[0].epoch++;
	odd[1].generation++;
	odd[2].digest.sum[31]++;
	odd[3].pending = odd[4].lacking = true;
	odd[5].last_seen = SINCE - 1;
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		assert_int_equal(d->agent_put(s, &odd[i]), 0);
		assert_false(is_taken(&got));
		assert_int_equal(got.last_seen, odd[i].last_seen);
	}
}

static void a_revoked_agent_is_not_seen(void **state)
{
	struct store_agent got;

	(void)state;
	if (!d->agent_beat)
		return;
	assert_int_equal(d->agent_revoke(s, "a", 55), 0);
	assert_false(is_taken(&got));
	assert_int_equal(got.last_seen, 50);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_store, \
						   store_case_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_heartbeat_is_noted_and_changes_nothing_else),
		TEST(an_agent_that_needs_a_look_is_left_alone),
		TEST(a_revoked_agent_is_not_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
