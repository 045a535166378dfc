/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/format/password.h"
#include "agent/format/pbe.h"
#include "lib/limits.h"
#include "tests/unit/unit.h"

static void add(enum password_class class, const char *text)
{
	assert_int_equal(password_add(class, text, strlen(text), 0,
				      class == PASSWORD_CONFIGURED
					      ? PASSWORD_SOURCE_CONFIGURED
					      : "tomcat"), 0);
}

/* The place of a password among those that are tried, or -1. */
static int place(const char *text, struct password *ret)
{
	struct password_try t = { .budget = PBE_BUDGET };
	struct password p = { 0 };

	for (int i = 0; password_next(&t, 1, &p); i++) {
		if (p.text && strcmp(p.text, text) == 0) {
			*ret = p;
			return i;
		}
	}
	return -1;
}

static void configured_ones_come_first_and_are_copies(void **state)
{
	char first[] = "one";
	struct password p = { 0 };

	(void)state;
	add(PASSWORD_CONFIGURED, first);
	memset(first, 'x', 3);
	add(PASSWORD_CONFIGURED, "two");
	assert_int_equal(place("one", &p), 0);
	assert_string_equal(p.source, "config");
	assert_false(p.well_known);
	assert_int_equal(place("two", &p), 1);
	assert_int_equal(place("", &p), 3);
	password_forget();
	assert_int_equal(place("one", &p), -1);
	assert_int_equal(place("", &p), 1);
}

static void those_of_applications_come_last(void **state)
{
	struct password p = { 0 };

	(void)state;
	add(PASSWORD_APPLICATION, "of-tomcat");
	assert_in_range(place("of-tomcat", &p), 5, 50);
	assert_string_equal(p.source, "tomcat");
	password_forget();
}

static void those_of_a_higher_rank_come_before(void **state)
{
	struct password p = { 0 };
	int first = 0;

	(void)state;
	add(PASSWORD_APPLICATION, "one");
	add(PASSWORD_APPLICATION, "two");
	password_add(PASSWORD_APPLICATION, "near", 4, 1, "kafka");
	password_add(PASSWORD_APPLICATION, "beside", 6, 2, "kafka");
	password_add(PASSWORD_APPLICATION, "near-2", 6, 1, "kafka");
	first = place("beside", &p);
	assert_int_equal(place("near", &p), first + 1);
	assert_int_equal(place("near-2", &p), first + 2);
	assert_int_equal(place("one", &p), first + 3);
	assert_int_equal(place("two", &p), first + 4);
	password_forget();
}

static void a_default_is_well_known_wherever_it_stands(void **state)
{
	struct password p = { 0 };

	(void)state;
	assert_in_range(place("changeit", &p), 2, 5);
	assert_true(p.well_known);
	assert_string_equal(p.source, "default");
	add(PASSWORD_CONFIGURED, "changeit");
	assert_int_equal(place("changeit", &p), 0);
	assert_true(p.well_known);
	assert_string_equal(p.source, "config");
	password_forget();
}

static void none_is_added_twice_or_empty_or_with_a_zero_byte(void **state)
{
	struct password p = { 0 };

	(void)state;
	add(PASSWORD_CONFIGURED, "one");
	add(PASSWORD_CONFIGURED, "one");
	add(PASSWORD_CONFIGURED, "");
	assert_int_equal(password_add(PASSWORD_CONFIGURED, "a\0b", 3, 0,
				      "x"), 0);
	add(PASSWORD_CONFIGURED, "two");
	assert_int_equal(place("two", &p), 1);
	password_forget();
}

static void more_than_the_limit_are_refused(void **state)
{
	char text[16];

	(void)state;
	for (size_t i = 0; i < LIMIT_PASSWORDS; i++) {
		snprintf(text, sizeof(text), "%zu", i);
		add(PASSWORD_CONFIGURED, text);
	}
	assert_int_equal(password_add(PASSWORD_CONFIGURED, "x", 1, 0, "x"),
			 -E2BIG);
	password_forget();
}

static int asked;

static void answer(void *arg)
{
	enum password_class *class = arg;

	asked++;
	add(*class, "asked-for");
}

static void more_are_asked_for_once_and_only_after_all_others(void **state)
{
	enum password_class class = PASSWORD_APPLICATION;
	struct password p = { 0 };

	(void)state;
	asked = 0;
	password_ask(answer, &class, false);
	assert_true(place("changeit", &p) > 0);
	assert_int_equal(asked, 0);
	assert_true(place("asked-for", &p) > 5);
	assert_int_equal(place("nothing", &p), -1);
	assert_int_equal(asked, 1);
	password_forget();
	assert_int_equal(place("nothing", &p), -1);
	assert_int_equal(asked, 1);
}

static void where_a_rule_fits_they_are_asked_for_first(void **state)
{
	enum password_class class = PASSWORD_CONFIGURED;
	struct password p = { 0 };

	(void)state;
	asked = 0;
	password_ask(answer, &class, true);
	assert_int_equal(place("asked-for", &p), 0);
	assert_int_equal(place("nothing", &p), -1);
	assert_int_equal(asked, 1);
	password_forget();
}

static void dear_defaults_leave_half_of_the_budget(void **state)
{
	struct password_try t = { .budget = PBE_BUDGET };
	struct password p = { 0 };
	size_t before = 0, after = 0;

	(void)state;
	for (char c = 'a'; c <= 'z'; c++)
		assert_int_equal(password_add(PASSWORD_APPLICATION, &c, 1,
					      0, "tomcat"), 0);
	while (password_next(&t, PBE_BUDGET / 10, &p)) {
		if (strcmp(p.source, "tomcat") == 0)
			after++;
		else
			before++;
	}
	assert_int_equal(before, 5);
	assert_int_equal(after, 5);
	assert_true(t.is_beyond);
	password_forget();
}

static void what_costs_more_than_all_is_not_tried(void **state)
{
	struct password_try t = { .budget = PBE_BUDGET };
	struct password p = { 0 };

	(void)state;
	assert_false(password_next(&t, UINT64_MAX, &p));
	assert_true(t.is_beyond);
	assert_int_equal(t.budget, PBE_BUDGET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(configured_ones_come_first_and_are_copies),
		cmocka_unit_test(those_of_applications_come_last),
		cmocka_unit_test(those_of_a_higher_rank_come_before),
		cmocka_unit_test(a_default_is_well_known_wherever_it_stands),
		cmocka_unit_test(
			none_is_added_twice_or_empty_or_with_a_zero_byte),
		cmocka_unit_test(more_than_the_limit_are_refused),
		cmocka_unit_test(
			more_are_asked_for_once_and_only_after_all_others),
		cmocka_unit_test(where_a_rule_fits_they_are_asked_for_first),
		cmocka_unit_test(dear_defaults_leave_half_of_the_budget),
		cmocka_unit_test(what_costs_more_than_all_is_not_tried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
