/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "collector-stub/api/csv.h"
#include "collector-stub/query/query.h"

static const char *const columns[] = { "a", "b", "c", NULL };

static void row_is(const char *json, const char *want)
{
	struct buf b;

	buf_init(&b, 4096);
	assert_int_equal(csv_row(&b, columns, json, strlen(json)), 0);
	assert_string_equal(buf_str(&b), want);
	buf_free(&b);
}

static void members_come_in_the_order_of_the_columns(void **state)
{
	(void)state;
	row_is("{\"c\":3,\"a\":\"x\",\"other\":1}", "x,,3\r\n");
	row_is("{\"a\":[\"x\",\"y\"],\"b\":true}", "\"x y\",true,\r\n");
	row_is("{\"a\":{\"p\":\"q\"}}", "q,,\r\n");
}

static void commas_quotes_and_lines_are_quoted(void **state)
{
	(void)state;
	row_is("{\"a\":\"x,y\",\"b\":\"say \\\"a\\\"\",\"c\":\"1\\n2\"}",
	       "\"x,y\",\"say \"\"a\"\"\",\"1\n2\"\r\n");
}

static void a_formula_is_made_harmless(void **state)
{
	(void)state;
	row_is("{\"a\":\"=1+1\",\"b\":\"@x\",\"c\":\"-2\"}",
	       "'=1+1,'@x,-2\r\n");
	row_is("{\"a\":\"+x\",\"b\":\"-2+3\",\"c\":-2}",
	       "'+x,'-2+3,-2\r\n");
}

static void what_is_no_object_is_told(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	assert_int_equal(csv_row(&b, columns, "{", 1), -EBADMSG);
	buf_free(&b);
}

static size_t cells_of(const struct buf *b)
{
	size_t n = 1;

	for (size_t i = 0; i < b->len; i++)
		n += b->data[i] == ',';
	return n;
}

static void a_row_has_a_cell_for_each_field_of_a_subject(void **state)
{
	const char *names[200];
	struct buf b;

	(void)state;
	buf_init(&b, 65536);
	for (size_t i = 0; query_subjects[i]; i++) {
		const struct query_field *f = query_subjects[i]->fields;
		size_t n = 0;

		for (; f[n].name; n++)
			names[n] = f[n].name;
		names[n] = NULL;
		buf_reset(&b);
		csv_head(&b, names);
		assert_int_equal(cells_of(&b), n);
		buf_reset(&b);
		assert_int_equal(csv_row(&b, names, "{}", 2), 0);
		assert_int_equal(cells_of(&b), n);
	}
	buf_free(&b);
}

static void more_columns_than_fit_are_told(void **state)
{
	const char *names[130];
	struct buf b;

	(void)state;
	for (size_t i = 0; i < 129; i++)
		names[i] = "a";
	names[129] = NULL;
	buf_init(&b, 65536);
	assert_int_equal(csv_row(&b, names, "{}", 2), -E2BIG);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_come_in_the_order_of_the_columns),
		cmocka_unit_test(commas_quotes_and_lines_are_quoted),
		cmocka_unit_test(a_formula_is_made_harmless),
		cmocka_unit_test(what_is_no_object_is_told),
		cmocka_unit_test(a_row_has_a_cell_for_each_field_of_a_subject),
		cmocka_unit_test(more_columns_than_fit_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
