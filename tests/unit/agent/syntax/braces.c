/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/syntax/check.h"

#include "agent/syntax/braces.h"

static int read_text(const char *text)
{
	return check_read(syntax_braces, NULL, text, strlen(text));
}

static void statements_and_blocks(void **state)
{
	(void)state;
	assert_int_equal(read_text("a b\n \"c ; {\" 'd'; # e\nf {\n"
				   " g ${h}i \\; ;\n j {}\n}"), 0);
	assert_tree("1:a|b|c ; {|d 3:f{4:g|${h}i|\\; 5:j}");
}

static void what_does_not_fit_is_told(void **state)
{
	static const struct {
		const char *text;
		unsigned int line;
		const char *why;
	} cases[] = {
		{"a;\nb", 2, "ends within a block or statement"},
		{"a {\n", 2, "ends within a block or statement"},
		{"a;\n}", 2, "a } without its {"},
		{"a { b }", 1, "a statement without its ;"},
		{";", 1, "an empty statement"},
		{"{ }", 1, "a block without a name"},
		{"a \"b\n", 2, "a quote without its end"},
		{"a b\\", 1, "ends within a word"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(read_text(cases[i].text), -EBADMSG);
		assert_fault(cases[i].line, cases[i].why);
	}
}

static void hostile_depth_and_length_end_at_the_limits(void **state)
{
	size_t len = 2 * MIB(1);
	char *text = malloc(len + 1);

	(void)state;
	memset(text, 'x', len);
	text[len] = '\0';
	assert_int_equal(read_text(text), -ENOBUFS);
	for (size_t i = 0; i < len; i += 2)
		memcpy(text + i, "a{", 2);
	assert_int_equal(read_text(text), -ENOBUFS);
	assert_true(check_tree.nodes <= LIMIT_SYNTAX_DEPTH + 1);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statements_and_blocks),
		cmocka_unit_test(what_does_not_fit_is_told),
		cmocka_unit_test(hostile_depth_and_length_end_at_the_limits),
	};

	return cmocka_run_group_tests(tests, check_setup, check_teardown);
}
