/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/syntax/check.h"

#include "agent/syntax/xml.h"

static int read_text(const char *text)
{
	return check_read(syntax_xml, NULL, text, strlen(text));
}

static void elements_and_attributes(void **state)
{
	(void)state;
	assert_int_equal(read_text("<?xml version='1.0'?>\n<!-- x -->\n"
				   "<s:a b='1'\n c='&lt;2'>\n <d> t&amp;u </d>"
				   "<e/>\n</s:a>"), 0);
	assert_tree("3:a{3:@b|1 3:@c|<2 5:d|t&u 5:e}");
}

static void entities_are_refused(void **state)
{
	(void)state;
	assert_int_equal(read_text("<!DOCTYPE a [<!ENTITY b 'c'>]>\n"
				   "<a>&b;</a>"), -EBADMSG);
	assert_fault(1, "declares entities, which are not read");
	assert_tree("");
	assert_int_equal(read_text("<!DOCTYPE a SYSTEM 'file:///etc/passwd'>"
				   "<a>&b;</a>"), 0);
	assert_tree("1:a");
}

static void what_is_broken_is_told(void **state)
{
	(void)state;
	assert_int_equal(read_text("<a>\n<b x='1'>\n</a>"), -EBADMSG);
	assert_fault(3, "is not well-formed XML");
	assert_tree("1:a{2:b{2:@x|1}}");
	assert_int_equal(read_text(""), -EBADMSG);
}

static void hostile_depth_and_length_end_at_the_limits(void **state)
{
	size_t len = 3 * 100000;
	char *text = malloc(len + 1);

	(void)state;
	for (size_t i = 0; i < len; i += 3)
		memcpy(text + i, "<a>", 4);
	assert_int_equal(read_text(text), -ENOBUFS);
	assert_true(check_tree.nodes <= LIMIT_SYNTAX_DEPTH + 1);
	free(text);
	len = LIMIT_SYNTAX_LINE + 10;
	text = malloc(len + 1);
	memset(text, 'x', len);
	memcpy(text, "<a>", 3);
	text[len] = '\0';
	assert_int_equal(read_text(text), -ENOBUFS);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_and_attributes),
		cmocka_unit_test(entities_are_refused),
		cmocka_unit_test(what_is_broken_is_told),
		cmocka_unit_test(hostile_depth_and_length_end_at_the_limits),
	};

	return cmocka_run_group_tests(tests, check_setup, check_teardown);
}
