/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/syntax/check.h"

#include "agent/syntax/yaml.h"

static int read_text(const char *text)
{
	return check_read(syntax_yaml, NULL, text, strlen(text));
}

static void mappings_lists_and_documents(void **state)
{
	(void)state;
	assert_int_equal(read_text("a: 1\nb:\n  - c: x # d\n    e: 'y z'\n"
				   "  - f\n---\ng: |\n  h\n"), 0);
	assert_tree("1:{1:a|1 2:b{3:{3:c|x 4:e|y z} 5:|f}} 7:{7:g|h\n}");
	assert_int_equal(read_text("{\n\t\"a\": [\"b\\/c\", {\"d\": null}]\n}"
				   ), 0);
	assert_tree("1:{2:a{2:|b/c 2:{2:d|null}}}");
}

static void aliases_are_copied(void **state)
{
	(void)state;
	assert_int_equal(read_text("a: &x {b: 1}\nc: *x\nd:\n  <<: *x\n"
				   "  e: 2\n"), 0);
	assert_tree("1:{1:a{1:b|1} 2:c{1:b|1} 3:d{4:<< 1:b|1 5:e|2}}");
	assert_int_equal(read_text("a: &x [*x]\n"), -EBADMSG);
	assert_fault(1, "an alias of nothing, or of itself");
	assert_int_equal(read_text("a: *y\n"), -EBADMSG);
}

static void a_billion_laughs_end_at_the_limit(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, KIB(4));
	buf_adds(&b, "a: &a [x,x,x,x,x,x,x,x,x]\n");
	for (char c = 'b'; c < 'm'; c++)
		buf_addf(&b, "%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", c,
			 c, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1,
			 c - 1);
	assert_int_equal(read_text(buf_str(&b)), -ENOBUFS);
	assert_true(check_tree.nodes <= LIMIT_SYNTAX_NODES);
	buf_free(&b);
}

static void what_is_broken_is_told(void **state)
{
	char text[200000];

	(void)state;
	assert_int_equal(read_text("a: 1\nb: [\n"), -EBADMSG);
	assert_fault(3, "is not well-formed YAML or JSON");
	assert_int_equal(read_text("a: \"\\0\"\n"), -EBADMSG);
	assert_fault(1, "holds zero bytes");
	assert_int_equal(read_text("? [a]\n: b\n"), -EBADMSG);
	memset(text, '[', sizeof(text));
	assert_int_equal(check_read(syntax_yaml, NULL, text, sizeof(text)),
			 -ENOBUFS);
	assert_fault(1, "nested too deeply");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mappings_lists_and_documents),
		cmocka_unit_test(aliases_are_copied),
		cmocka_unit_test(a_billion_laughs_end_at_the_limit),
		cmocka_unit_test(what_is_broken_is_told),
	};

	return cmocka_run_group_tests(tests, check_setup, check_teardown);
}
