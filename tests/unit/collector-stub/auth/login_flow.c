/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector-stub/auth/login_flow.h"
#include "collector-stub/auth/who.h"

#define NOW 1800000000

static void a_flow_is_known_again_by_its_cookie(void **state)
{
	struct login_flow a, b;

	(void)state;
	assert_int_equal(login_flow_new(NOW, &a), 0);
	assert_true(strlen(a.cookie) < WHO_SECRET);
	assert_int_equal(login_flow_read(a.cookie, NOW + 599, &b), 0);
	assert_string_equal(a.state, b.state);
	assert_string_equal(a.nonce, b.nonce);
	assert_string_equal(a.verifier, b.verifier);
	assert_int_equal(b.since, NOW);
	assert_int_equal(strlen(a.challenge), 43);
	assert_string_not_equal(a.state, a.nonce);
	assert_string_not_equal(a.nonce, a.verifier);
	assert_int_equal(login_flow_new(NOW, &b), 0);
	assert_string_not_equal(a.state, b.state);
}

static void an_old_or_changed_one_is_not(void **state)
{
	struct login_flow a, b;

	(void)state;
	assert_int_equal(login_flow_new(NOW, &a), 0);
	assert_int_equal(login_flow_read(a.cookie, NOW + 600, &b), -ETIME);
	assert_int_equal(login_flow_read(a.cookie, NOW - 61, &b), -ETIME);
	/* a later time is another flow */
	a.cookie[strlen(a.cookie) - 1]++;
	assert_int_equal(login_flow_read(a.cookie, NOW + 600, &b), 0);
	assert_string_not_equal(a.state, b.state);
	assert_int_equal(login_flow_read("", NOW, &b), -EINVAL);
	assert_int_equal(login_flow_read("x.1800000000", NOW, &b), -EINVAL);
	assert_int_equal(login_flow_read("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.",
					 NOW, &b), -EINVAL);
	assert_int_equal(login_flow_read("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.-1",
					 NOW, &b), -EINVAL);
	assert_int_equal(login_flow_read("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA."
					 "18000000000", NOW, &b), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flow_is_known_again_by_its_cookie),
		cmocka_unit_test(an_old_or_changed_one_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
