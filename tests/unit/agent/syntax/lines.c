/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/syntax/check.h"

#include "agent/syntax/lines.h"

static int read_text(unsigned int flags, const char *text)
{
	const struct syntax_lines options = {flags, "#;"};

	return check_read(syntax_lines, &options, text, strlen(text));
}

static void words_lose_their_quotes(void **state)
{
	(void)state;
	assert_int_equal(read_text(LINES_SPLIT | LINES_SINGLE,
				   "a \"b c\" 'd \"' e\\ f\r\n\n# x\n ; y\n"
				   "g\n"), 0);
	assert_tree("1:a|b c|d \"|e f 5:g");
}

static void a_value_is_the_rest_of_the_line(void **state)
{
	(void)state;
	assert_int_equal(read_text(LINES_ASSIGN | LINES_COMMENT,
				   "a=b c # d\ne = \"f # g\"\nh\ni += j\n"
				   "\"k l\" = m\n"), 0);
	assert_tree("1:a|b c 2:e|f # g 3:h 4:i|j 5:k l|m");
}

static void sections_of_each_kind(void **state)
{
	(void)state;
	assert_int_equal(read_text(LINES_ASSIGN | LINES_BRACKETS,
				   "a=1\n[s]\nb=2\n[[t.u]]\nc=3\n"), 0);
	assert_tree("1:a|1 2:s{3:b|2} 4:t.u{5:c|3}");
	assert_int_equal(read_text(LINES_SPLIT | LINES_ANGLES,
				   "<V a b>\nc d\n<W>\n</W>\n</V>\ne\n"), 0);
	assert_tree("1:V|a|b{2:c|d 3:W} 6:e");
	assert_int_equal(read_text(LINES_ASSIGN | LINES_BRACES,
				   "s x {\n a = 1\n t { b = 2 }\n}\nu = v\n"
				   "w = {\n}\n"), 0);
	assert_tree("1:s|x{2:a|1 3:t{3:b|2}} 5:u|v 6:w");
}

static void lines_are_joined(void **state)
{
	(void)state;
	assert_int_equal(read_text(LINES_SPLIT | LINES_BACKSLASH,
				   "a \\\n b\nc\\"), 0);
	assert_tree("1:a|b 3:c");
	assert_int_equal(read_text(LINES_ASSIGN | LINES_INDENT,
				   "a = b,\n\tc\n# d\n  e\nf = g\n"), 0);
	assert_tree("1:a|b, \tc   e 5:f|g");
	assert_int_equal(read_text(LINES_COLON | LINES_FOLD,
				   "a: b\n c\n"), 0);
	assert_tree("1:a|bc");
	assert_int_equal(read_text(LINES_ASSIGN | LINES_LISTS | LINES_COMMENT,
				   "a = [ # x ]\n \"b\", # y\n \"c\" ]\nd = 1\n"
				   ), 0);
	assert_tree("1:a|b|c 4:d|1");
}

static void what_does_not_fit_is_told(void **state)
{
	(void)state;
	assert_int_equal(read_text(LINES_BRACES, "a {\n"), -EBADMSG);
	assert_fault(1, "a section without its end");
	assert_int_equal(read_text(LINES_BRACES, "a\n}\n"), -EBADMSG);
	assert_fault(2, "a } without its {");
	assert_tree("1:a");
	assert_int_equal(read_text(LINES_ANGLES, "</a>\n"), -EBADMSG);
	assert_int_equal(read_text(LINES_ANGLES, "<a\n"), -EBADMSG);
	assert_int_equal(read_text(LINES_BRACKETS, "[a\n"), -EBADMSG);
	assert_int_equal(check_read(syntax_lines,
				    &(struct syntax_lines){0, "#"}, "a\0b", 3),
			 -EBADMSG);
	assert_fault(0, "holds zero bytes");
}

static void hostile_lengths_end_at_the_limits(void **state)
{
	const struct syntax_lines options = {LINES_BRACES, "#"};
	size_t len = LIMIT_SYNTAX_LINE + 2;
	char *text = malloc(len);

	(void)state;
	memset(text, 'x', len);
	assert_int_equal(check_read(syntax_lines, &options, text, len),
			 -ENOBUFS);
	assert_fault(1, "a line is too long");
	for (size_t i = 0; i + 1 < len; i += 2)
		memcpy(text + i, "{\n", 2);
	assert_int_equal(check_read(syntax_lines, &options, text, len & ~1ul),
			 -ENOBUFS);
	for (size_t i = 0; i + 1 < len; i += 2)
		memcpy(text + i, "a\n", 2);
	assert_int_equal(check_read(syntax_lines, &options, text, len & ~1ul),
			 -ENOBUFS);
	assert_int_equal(check_tree.nodes, LIMIT_SYNTAX_NODES);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_lose_their_quotes),
		cmocka_unit_test(a_value_is_the_rest_of_the_line),
		cmocka_unit_test(sections_of_each_kind),
		cmocka_unit_test(lines_are_joined),
		cmocka_unit_test(what_does_not_fit_is_told),
		cmocka_unit_test(hostile_lengths_end_at_the_limits),
	};

	return cmocka_run_group_tests(tests, check_setup, check_teardown);
}
