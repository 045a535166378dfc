/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "collector-stub/auth/attempts.h"

static struct attempts *a;

static int make(void **state)
{
	(void)state;
	a = attempts_new();
	return a ? 0 : -1;
}

static int drop(void **state)
{
	(void)state;
	attempts_free(a);
	return 0;
}

static void fail_times(int n, const char *name, const char *address)
{
	for (int i = 0; i < n; i++)
		attempts_fail(a, name, address, 1000);
}

static void a_stranger_keeps_nobody_waiting_for_long(void **state)
{
	(void)state;
	fail_times(5, "anna", "192.0.2.1");
	assert_int_equal(attempts_wait(a, "anna", "192.0.2.1", 1000), 0);
	fail_times(15, "anna", "192.0.2.1");
	assert_int_equal(attempts_wait(a, "anna", "192.0.2.1", 1000), 3600);
	assert_int_equal(attempts_wait(a, "anna", "192.0.2.2", 1000), 30);
	assert_int_equal(attempts_wait(a, "anna", NULL, 1000), 30);
	assert_int_equal(attempts_wait(a, "anna", "192.0.2.2", 31000), 0);
	assert_int_equal(attempts_wait(a, "ben", "192.0.2.1", 1000), 0);
}

static void one_network_of_ipv6_is_one_address(void **state)
{
	(void)state;
	fail_times(20, "a", "2001:db8:0:1::1");
	fail_times(1, "b", "2001:db8:0:1:ffff::2");
	assert_int_equal(attempts_wait(a, "c", "2001:db8:0:1::3", 1000), 30);
	assert_int_equal(attempts_wait(a, "c", "2001:db8:0:2::1", 1000), 0);
}

static void a_mapped_address_is_the_ipv4_address(void **state)
{
	(void)state;
	fail_times(21, "a", "::ffff:192.0.2.1");
	assert_int_equal(attempts_wait(a, "c", "192.0.2.1", 1000), 30);
	assert_int_equal(attempts_wait(a, "c", "::ffff:192.0.2.2", 1000), 0);
}

static void a_login_does_not_forgive_what_others_suffered(void **state)
{
	(void)state;
	for (int i = 0; i < 21; i++) {
		fail_times(1, "anna", "192.0.2.1");
		attempts_good(a, "mallory", "192.0.2.1");
	}
	assert_int_equal(attempts_wait(a, "ben", "192.0.2.1", 1000), 30);
	attempts_good(a, "anna", "192.0.2.1");
	assert_int_equal(attempts_wait(a, "anna", "192.0.2.1", 1000), 30);
	assert_int_equal(attempts_wait(a, "anna", NULL, 1000), 0);
}

static void a_name_is_forgiven_everywhere_and_no_other(void **state)
{
	(void)state;
	fail_times(9, "ann", "192.0.2.1");
	fail_times(9, "ann", "fe80::1%eth0");
	fail_times(9, "anna", "192.0.2.3");
	attempts_forget(a, "ann");
	assert_int_equal(attempts_wait(a, "ann", "192.0.2.1", 1000), 0);
	assert_int_equal(attempts_wait(a, "ann", "fe80::1%eth0", 1000), 0);
	assert_true(attempts_wait(a, "anna", "192.0.2.3", 1000) > 30);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_stranger_keeps_nobody_waiting_for_long),
		CASE(one_network_of_ipv6_is_one_address),
		CASE(a_mapped_address_is_the_ipv4_address),
		CASE(a_login_does_not_forgive_what_others_suffered),
		CASE(a_name_is_forgiven_everywhere_and_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
