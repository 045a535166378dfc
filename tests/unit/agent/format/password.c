/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "agent/format/password.h"
#include "tests/unit/unit.h"

static void configured_ones_come_first_and_are_copies(void **state)
{
	char first[] = "one";
	const char *const list[] = { first, "two", NULL };
	struct password p = { 0 };

	(void)state;
	assert_int_equal(password_configure(list), 0);
	memset(first, 'x', 3);
	assert_true(password_at(0, &p));
	assert_string_equal(p.text, "one");
	assert_string_equal(p.source, "config");
	assert_false(p.well_known);
	assert_true(password_at(2, &p));
	assert_null(p.text);
	assert_int_equal(password_configure(NULL), 0);
	assert_true(password_at(0, &p));
	assert_null(p.text);
}

static void the_list_ends_and_holds_the_defaults(void **state)
{
	struct password p = { 0 };
	bool changeit = false;
	size_t n = 0;

	(void)state;
	for (; password_at(n, &p) && n < 1000; n++)
		if (p.text && strcmp(p.text, "changeit") == 0)
			changeit = p.well_known &&
				strcmp(p.source, "default") == 0;
	assert_true(changeit);
	assert_in_range(n, 5, 50);
	assert_false(password_at(SIZE_MAX, &p));
}

static void more_than_the_limit_are_refused(void **state)
{
	static const char *list[PASSWORD_CONFIGURED_MAX + 2];

	(void)state;
	for (size_t i = 0; i <= PASSWORD_CONFIGURED_MAX; i++)
		list[i] = "x";
	assert_int_equal(password_configure(list), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(configured_ones_come_first_and_are_copies),
		cmocka_unit_test(the_list_ends_and_holds_the_defaults),
		cmocka_unit_test(more_than_the_limit_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
