/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/command/words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "tests/unit/unit.h"

static char *items[] = {(char *)"name [a-z.]{1,9}", (char *)"path /.*"};

static struct action action(const char *run)
{
	struct action a = {.run = (char *)(uintptr_t)run};

	a.parameters.items = items;
	a.parameters.count = 2;
	return a;
}

/* The words joined by '|', or "refused". */
static const char *fill(const char *run, const char *name, const char *path)
{
	static char text[8192];
	char why[ACTION_REASON] = "";
	struct action a = action(run);
	Cw__Parameter p[2] = {CW__PARAMETER__INIT, CW__PARAMETER__INIT};
	Cw__Parameter *list[2] = {&p[0], &p[1]};
	char **words = NULL;
	int r;

	p[0].name = (char *)"name";
	p[0].value = (char *)(uintptr_t)name;
	p[1].name = (char *)"path";
	p[1].value = (char *)(uintptr_t)path;
	r = action_fill(&a, run, list, 2, &words, why);
	if (r == -EACCES) {
		assert_string_not_equal(why, "");
		return "refused";
	}
	assert_int_equal(r, 0);
	for (size_t i = 0, n = 0; words[i]; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
				      i ? "|" : "", words[i]);
	action_free_words(words);
	return text;
}

static void words_are_cut_at_blanks_and_kept_by_quotes(void **state)
{
	(void)state;
	assert_string_equal(fill("/bin/x  a \"b c\" d\"e f\"g \"\"", "n", "/p"),
			    "/bin/x|a|b c|de fg|");
}

static void a_value_stays_one_word(void **state)
{
	(void)state;
	assert_string_equal(fill("/bin/x {path} -o={name}", "n",
				 "/a b; $(id) `x` \"q\" {name}"),
			    "/bin/x|/a b; $(id) `x` \"q\" {name}|-o=n");
}

static void a_value_matches_as_a_whole(void **state)
{
	(void)state;
	assert_string_equal(fill("/bin/x {name}", "nn", "/p"), "/bin/x|nn");
	assert_string_equal(fill("/bin/x {name}", "n1", "/p"), "refused");
	assert_string_equal(fill("/bin/x {name}", "1n", "/p"), "refused");
	assert_string_equal(fill("/bin/x {name}", "", "/p"), "refused");
	assert_string_equal(fill("/bin/x {name}", "n\n", "/p"), "refused");
}

static void parents_control_characters_and_dashes_are_refused(void **state)
{
	(void)state;
	assert_string_equal(fill("/bin/x {path}", "n", "/a/../b"), "refused");
	assert_string_equal(fill("/bin/x {path}", "n", "/.."), "refused");
	assert_string_equal(fill("/bin/x {name}", "..", "/p"), "refused");
	assert_string_equal(fill("/bin/x {path}", "n", "/a..b"),
			    "/bin/x|/a..b");
	assert_string_equal(fill("/bin/x {path}", "n", "/a\tb"), "refused");
	assert_string_equal(fill("/bin/x {path}", "n", "/\xff"), "refused");
	items[0] = (char *)"name .*";
	assert_string_equal(fill("/bin/x {name}", "-rf", "/p"), "refused");
	assert_string_equal(fill("/bin/x a{name}", "-rf", "/p"),
			    "/bin/x|a-rf");
	items[0] = (char *)"name [a-z.]{1,9}";
}

static void a_value_of_4097_bytes_is_refused(void **state)
{
	char long_value[LIMIT_PARAMETER_VALUE + 1];

	(void)state;
	memset(long_value, 'a', sizeof(long_value));
	long_value[0] = '/';
	long_value[LIMIT_PARAMETER_VALUE] = '\0';
	assert_string_equal(fill("/bin/x {path}", "n", long_value), "refused");
	long_value[LIMIT_PARAMETER_VALUE - 1] = '\0';
	assert_string_not_equal(fill("/bin/x {path}", "n", long_value),
				"refused");
}

static void parameters_must_be_all_and_no_others(void **state)
{
	char why[ACTION_REASON] = "";
	struct action a = action("/bin/x {name}");
	Cw__Parameter p[2] = {CW__PARAMETER__INIT, CW__PARAMETER__INIT};
	Cw__Parameter *list[2] = {&p[0], &p[1]};
	char **words = NULL;

	(void)state;
	p[0].name = p[1].name = (char *)"name";
	p[0].value = p[1].value = (char *)"n";
	assert_int_equal(action_fill(&a, a.run, list, 1, &words, why), -EACCES);
	assert_int_equal(action_fill(&a, a.run, list, 2, &words, why), -EACCES);
	p[1].name = (char *)"other";
	assert_int_equal(action_fill(&a, a.run, list, 2, &words, why), -EACCES);
	assert_int_equal(action_fill(&a, a.run, NULL, 0, &words, why), -EACCES);
}

static void faulty_templates_are_told(void **state)
{
	static const char *const bad[] = {
		"", "   ", "x", "{name} a", "/bin/x {other}", "/bin/x {name",
		"/bin/x \"a", "/bin/x {", "/bin/x {}", " {path}",
	};
	char why[ACTION_REASON];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct action a = action(bad[i]);

		why[0] = '\0';
		assert_int_equal(words_check(&a, bad[i], why), -EINVAL);
		assert_string_not_equal(why, "");
	}
}

static void a_faulty_pattern_is_told(void **state)
{
	static const char *const bad[] = {
		"name", "name (", "name a)|(b", "Name a", " a", "name [z-a]",
	};
	char why[ACTION_REASON];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct action a = action("/bin/x");

		items[0] = (char *)(uintptr_t)bad[i];
		assert_int_equal(words_check(&a, a.run, why), -EINVAL);
	}
	items[0] = (char *)"name [a-z.]{1,9}";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_cut_at_blanks_and_kept_by_quotes),
		cmocka_unit_test(a_value_stays_one_word),
		cmocka_unit_test(a_value_matches_as_a_whole),
		cmocka_unit_test(
			parents_control_characters_and_dashes_are_refused),
		cmocka_unit_test(a_value_of_4097_bytes_is_refused),
		cmocka_unit_test(parameters_must_be_all_and_no_others),
		cmocka_unit_test(faulty_templates_are_told),
		cmocka_unit_test(a_faulty_pattern_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
