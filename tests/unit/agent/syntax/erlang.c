/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/syntax/check.h"

#include "agent/syntax/erlang.h"

static int read_text(const char *text)
{
	return check_read(syntax_erlang, NULL, text, strlen(text));
}

static void tuples_are_nodes(void **state)
{
	(void)state;
	assert_int_equal(read_text("[{a, [{b, \"c\\\"d\"},\n {e, 'f', 1}]},"
				   " {{1, 2}, g}, % x\n {h, <<\"i\">>}]."), 0);
	assert_tree("1:a{1:b|c\"d 2:e|f|1} 2:1|2 3:h|i");
}

static void what_does_not_fit_is_told(void **state)
{
	(void)state;
	assert_int_equal(read_text("[{a, b]}."), -EBADMSG);
	assert_fault(1, "brackets do not fit");
	assert_int_equal(read_text("]"), -EBADMSG);
	assert_int_equal(read_text("\n[{a, \"b"), -EBADMSG);
	assert_fault(2, "a text without its end");
	assert_int_equal(read_text("[{a"), -EBADMSG);
	assert_fault(1, "ends within a term");
}

static void hostile_depth_ends_at_the_limit(void **state)
{
	char text[20000];

	(void)state;
	memset(text, '[', sizeof(text));
	assert_int_equal(check_read(syntax_erlang, NULL, text, sizeof(text)),
			 -ENOBUFS);
	memset(text, '{', sizeof(text));
	assert_int_equal(check_read(syntax_erlang, NULL, text, sizeof(text)),
			 -ENOBUFS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tuples_are_nodes),
		cmocka_unit_test(what_does_not_fit_is_told),
		cmocka_unit_test(hostile_depth_ends_at_the_limit),
	};

	return cmocka_run_group_tests(tests, check_setup, check_teardown);
}
