/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "collector-stub/auth/attempts.h"
#include "tests/unit/collector-stub/store_test.h"

#define NOW 1800000000

static struct store *s;

static int make(void **state)
{
	(void)state;
	return store_test_open(&s) < 0 ? -1 : s->driver->begin(s);
}

static int drop(void **state)
{
	(void)state;
	s->driver->rollback(s);
	store_close(s);
	return 0;
}

static void fail_times(int n, const char *name, const char *address)
{
	for (int i = 0; i < n; i++)
		assert_int_equal(attempts_fail(s, name, address, NOW), 0);
}

static int64_t wait_at(const char *name, const char *address, int64_t now)
{
	int64_t wait = -1;

	assert_int_equal(attempts_wait(s, name, address, now, &wait), 0);
	return wait;
}

static int64_t wait_of(const char *name, const char *address)
{
	return wait_at(name, address, NOW);
}

static void each_failure_doubles_the_wait_up_to_an_hour(void **state)
{
	(void)state;
	fail_times(5, "anna", "192.0.2.1");
	assert_int_equal(wait_of("anna", "192.0.2.1"), 0);
	fail_times(1, "anna", "192.0.2.1");
	assert_int_equal(wait_of("anna", "192.0.2.1"), 30);
	assert_int_equal(wait_at("anna", "192.0.2.1", NOW + 29), 1);
	assert_int_equal(wait_at("anna", "192.0.2.1", NOW + 30), 0);
	fail_times(1, "anna", "192.0.2.1");
	assert_int_equal(wait_of("anna", "192.0.2.1"), 60);
	fail_times(40, "anna", "192.0.2.1");
	assert_int_equal(wait_of("anna", "192.0.2.1"), 3600);
}

static void two_hours_of_peace_are_forgiven(void **state)
{
	int64_t then = NOW + ATTEMPTS_LIFE + 1;

	(void)state;
	fail_times(7, "anna", "192.0.2.1");
	assert_int_equal(attempts_fail(s, "anna", "192.0.2.1", then), 0);
	assert_int_equal(wait_at("anna", "192.0.2.1", then), 0);
}

static void a_clock_that_goes_back_locks_nobody_out(void **state)
{
	(void)state;
	fail_times(6, "anna", "192.0.2.1");
	assert_int_equal(wait_at("anna", "192.0.2.1", NOW - 86400), 0);
	/* another collector's clock is a little ahead */
	assert_int_equal(wait_at("anna", "192.0.2.1", NOW - 20), 50);
}

static void what_is_old_is_not_kept(void **state)
{
	struct store_attempts a = { .failures = 7 };
	const struct store_user_driver *d = s->driver->users;

	(void)state;
	fail_times(1, "anna", "192.0.2.1");
	assert_int_equal(attempts_fail(s, "ben", "192.0.2.9",
				       NOW + ATTEMPTS_LIFE + 1), 0);
	assert_int_equal(d->attempt_get(s, "anna", "", &a), 0);
	assert_int_equal(a.failures, 0);
	assert_int_equal(d->attempt_get(s, "", "192.0.2.1", &a), 0);
	assert_int_equal(a.failures, 0);
	assert_int_equal(d->attempt_get(s, "ben", "", &a), 0);
	assert_int_equal(a.failures, 1);
}

static void a_stranger_keeps_nobody_waiting_for_long(void **state)
{
	struct store_user u = { .name = "anna", .role = "viewer" };

	(void)state;
	assert_int_equal(s->driver->users->add(s, &u), 0);
	fail_times(20, "anna", "192.0.2.1");
	assert_int_equal(wait_of("anna", "192.0.2.1"), 3600);
	assert_int_equal(wait_of("anna", "192.0.2.2"), 30);
	assert_int_equal(wait_at("anna", "192.0.2.2", NOW + 30), 0);
	assert_int_equal(wait_of("ben", "192.0.2.1"), 0);
	assert_int_equal(s->driver->users->get(s, "anna", &u), 0);
	assert_int_equal(attempts_wait_of(&u.failed, NOW), 30);
}

static void one_network_of_ipv6_is_one_address(void **state)
{
	(void)state;
	fail_times(20, "a", "2001:db8:0:1::1");
	fail_times(1, "b", "2001:db8:0:1:ffff::2");
	assert_int_equal(wait_of("c", "2001:db8:0:1::3"), 30);
	assert_int_equal(wait_of("c", "2001:db8:0:2::1"), 0);
}

static void a_mapped_address_is_the_ipv4_address(void **state)
{
	(void)state;
	fail_times(21, "a", "::ffff:192.0.2.1");
	assert_int_equal(wait_of("c", "192.0.2.1"), 30);
	assert_int_equal(wait_of(NULL, "192.0.2.1"), 30);
	assert_int_equal(wait_of("c", "::ffff:192.0.2.2"), 0);
}

static void a_login_does_not_forgive_what_others_suffered(void **state)
{
	(void)state;
	for (int i = 0; i < 21; i++) {
		fail_times(1, "anna", "192.0.2.1");
		assert_int_equal(attempts_good(s, "mallory", "192.0.2.1"), 0);
	}
	assert_int_equal(wait_of("ben", "192.0.2.1"), 30);
	assert_int_equal(attempts_good(s, "anna", "192.0.2.1"), 0);
	assert_int_equal(wait_of("anna", "192.0.2.1"), 30);
	assert_int_equal(wait_of("anna", "192.0.2.2"), 0);
}

static void a_name_is_forgiven_everywhere_and_no_other(void **state)
{
	(void)state;
	fail_times(9, "ann", "192.0.2.1");
	fail_times(9, "ann", "fe80::1%eth0");
	fail_times(9, "anna", "192.0.2.3");
	assert_int_equal(attempts_forget(s, "ann"), 0);
	assert_int_equal(wait_of("ann", "192.0.2.1"), 0);
	assert_int_equal(wait_of("ann", "fe80::1%eth0"), 0);
	assert_true(wait_of("anna", "192.0.2.3") > 30);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(each_failure_doubles_the_wait_up_to_an_hour),
		CASE(two_hours_of_peace_are_forgiven),
		CASE(a_clock_that_goes_back_locks_nobody_out),
		CASE(what_is_old_is_not_kept),
		CASE(a_stranger_keeps_nobody_waiting_for_long),
		CASE(one_network_of_ipv6_is_one_address),
		CASE(a_mapped_address_is_the_ipv4_address),
		CASE(a_login_does_not_forgive_what_others_suffered),
		CASE(a_name_is_forgiven_everywhere_and_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
