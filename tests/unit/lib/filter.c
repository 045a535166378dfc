/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/filter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#define NOW INT64_C(1800000000)
#define DAY INT64_C(86400)

enum { NAME, BITS, UNTIL, CA, NAMES, NONE };

static const struct filter_field fields[] = {
	{"name", FILTER_TEXT, NAME},   {"bits", FILTER_NUMBER, BITS},
	{"until", FILTER_TIME, UNTIL}, {"ca", FILTER_BOOL, CA},
	{"names", FILTER_TEXT, NAMES}, {"none", FILTER_TEXT, NONE},
	{NULL, FILTER_TEXT, 0},
};

/* name Web01, 2048 bits, until in 10 days, no CA, names a.test and b.test */
static void get(void *record, int id, struct filter_offer *to)
{
	(void)record;
	if (id == NAME)
		filter_offer_text(to, "Web01");
	if (id == BITS)
		filter_offer_number(to, 2048);
	if (id == UNTIL)
		filter_offer_number(to, NOW + 10 * DAY);
	if (id == CA)
		filter_offer_number(to, 0);
	if (id == NAMES) {
		filter_offer_text(to, "a.test");
		filter_offer_text(to, "b.test");
	}
	if (id == NONE)
		filter_offer_text(to, "");
}

static bool passes(const char *text)
{
	struct filter_fault fault = {.column = 0};
	struct filter *f = NULL;
	bool r;

	if (filter_parse(text, fields, NOW, &f, &fault) < 0)
		fail_msg("%s: column %zu: %s", text, fault.column, fault.text);
	r = filter_passes(f, get, NULL);
	filter_free(f);
	return r;
}

/* The column of the fault. */
static size_t fault_at(const char *text)
{
	struct filter_fault fault = {.column = 0};
	struct filter *f = NULL;

	assert_int_equal(filter_parse(text, fields, NOW, &f, &fault), -EINVAL);
	assert_string_not_equal(fault.text, "");
	return fault.column;
}

static void texts_compare_without_case(void **state)
{
	(void)state;
	assert_true(passes("name = web01"));
	assert_true(passes("NAME=\"WEB01\""));
	assert_false(passes("name = web"));
	assert_true(passes("name != web"));
}

static void a_match_is_of_a_part_or_by_pattern(void **state)
{
	(void)state;
	assert_true(passes("name ~ eb0"));
	assert_true(passes("name ~ \"web*\""));
	assert_false(passes("name ~ \"eb*\""));
	assert_true(passes("name !~ mail"));
	assert_true(passes("name ~ web0?"));
}

static void numbers_and_times_have_an_order(void **state)
{
	(void)state;
	assert_true(passes("bits < 3072"));
	assert_false(passes("bits < 2048"));
	assert_true(passes("bits <= 2048 and bits >= 2048"));
	assert_true(passes("until < 11d"));
	assert_false(passes("until < 10d"));
	assert_true(passes("until > -1d"));
	assert_true(passes("until < 2027-03-15"));
	assert_false(passes("until < 2027-01-15T00:00:00Z"));
}

static void truth_stands_alone(void **state)
{
	(void)state;
	assert_false(passes("ca"));
	assert_true(passes("not ca"));
	assert_true(passes("ca = no"));
	assert_true(passes("ca != true"));
	assert_true(passes("name"));
	assert_false(passes("none"));
}

static void several_values_pass_where_one_does(void **state)
{
	(void)state;
	assert_true(passes("names = b.test"));
	assert_false(passes("names != b.test"));
	assert_true(passes("names in (x, a.test)"));
	assert_false(passes("names in (x, y)"));
	assert_true(passes("not names in (x)"));
}

static void what_is_missing_passes_only_what_denies(void **state)
{
	(void)state;
	assert_false(passes("none = x"));
	assert_true(passes("none != x"));
	assert_false(passes("none ~ x"));
	assert_true(passes("none !~ x"));
}

static void and_binds_more_tightly_than_or(void **state)
{
	(void)state;
	assert_true(passes("name = web01 or ca and ca"));
	assert_false(passes("(name = web01 or ca) and ca"));
	assert_true(passes("not ca and not not name = web01"));
	assert_true(passes("not (ca or bits < 1)"));
}

static void a_fault_is_told_by_its_column(void **state)
{
	(void)state;
	assert_int_equal(fault_at(""), 1);
	assert_int_equal(fault_at("foo = 1"), 1);
	assert_int_equal(fault_at("bits < x"), 8);
	assert_int_equal(fault_at("bits ~ 1"), 6);
	assert_int_equal(fault_at("name < a"), 6);
	assert_int_equal(fault_at("until < 5x"), 9);
	assert_int_equal(fault_at("ca = maybe"), 6);
	assert_int_equal(fault_at("name = "), 8);
	assert_int_equal(fault_at("name = a name = b"), 10);
	assert_int_equal(fault_at("(ca"), 4);
	assert_int_equal(fault_at("ca)"), 3);
	assert_int_equal(fault_at("name in a"), 9);
	assert_int_equal(fault_at("name in (a"), 11);
	assert_int_equal(fault_at("name = \"a"), 8);
	assert_int_equal(fault_at("and"), 1);
}

static void length_and_depth_have_limits(void **state)
{
	char *text = malloc(FILTER_LENGTH + 2);

	(void)state;
	memset(text, '(', FILTER_LENGTH);
	text[FILTER_LENGTH] = '\0';
	assert_int_equal(fault_at(text), FILTER_DEPTH + 1);
	memset(text, ' ', FILTER_LENGTH + 1);
	text[FILTER_LENGTH + 1] = '\0';
	assert_int_equal(fault_at(text), 1);
	free(text);
}

static void a_list_may_be_as_long_as_the_filter(void **state)
{
	char *text = malloc(FILTER_LENGTH + 1);
	size_t n;

	(void)state;
	n = (size_t)snprintf(text, FILTER_LENGTH, "name in (");
	while (n < FILTER_LENGTH - 16) {
		text[n++] = 'x';
		text[n++] = ',';
	}
	memcpy(text + n, "web01)", sizeof("web01)"));
	assert_true(passes(text));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_compare_without_case),
		cmocka_unit_test(a_match_is_of_a_part_or_by_pattern),
		cmocka_unit_test(numbers_and_times_have_an_order),
		cmocka_unit_test(truth_stands_alone),
		cmocka_unit_test(several_values_pass_where_one_does),
		cmocka_unit_test(what_is_missing_passes_only_what_denies),
		cmocka_unit_test(and_binds_more_tightly_than_or),
		cmocka_unit_test(a_fault_is_told_by_its_column),
		cmocka_unit_test(length_and_depth_have_limits),
		cmocka_unit_test(a_list_may_be_as_long_as_the_filter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
