/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>

#include "lib/args.h"

static const char *format;
static bool quiet;
static struct arg_values given;
static const struct arg table[] = {
	{"--format", &format, NULL},
	{"--quiet", NULL, &quiet},
	{"--exclude", NULL, NULL},
	{NULL, NULL, NULL},
};

static int parse(const char *a, const char *b, const char *c, const char *d)
{
	char name[] = "scan";
	char *argv[] = {name, (char *)(uintptr_t)a, (char *)(uintptr_t)b,
			(char *)(uintptr_t)c, (char *)(uintptr_t)d, NULL};
	int argc = 1;

	while (argv[argc])
		argc++;
	format = NULL;
	quiet = false;
	given.count = 0;
	return args_gather(table, argc, argv, &given);
}

static void values_and_flags_are_taken(void **state)
{
	(void)state;
	assert_int_equal(parse("--format", "jsonl", "--quiet", "/etc"), 1);
	assert_string_equal(format, "jsonl");
	assert_true(quiet);
	assert_int_equal(parse("--format=table", "--", "--quiet", NULL), 1);
	assert_string_equal(format, "table");
	assert_false(quiet);
}

static void what_is_given_again_is_gathered(void **state)
{
	(void)state;
	assert_int_equal(parse("--exclude", "a", "--exclude=b", NULL), 0);
	assert_int_equal(given.count, 2);
	assert_string_equal(given.items[0].name, "--exclude");
	assert_string_equal(given.items[0].value, "a");
	assert_string_equal(given.items[1].value, "b");
}

static void faults_are_refused(void **state)
{
	char name[] = "scan", again[] = "--exclude=a", *often[601] = {name};

	(void)state;
	assert_int_equal(parse("--exclude", NULL, NULL, NULL), -EINVAL);
	assert_int_equal(parse("--format", NULL, NULL, NULL), -EINVAL);
	assert_int_equal(parse("--quiet=yes", NULL, NULL, NULL), -EINVAL);
	assert_int_equal(parse("--nothing", NULL, NULL, NULL), -EINVAL);
	for (size_t i = 1; i < 601; i++)
		often[i] = again;
	given.count = 0;
	assert_int_equal(args_gather(table, 601, often, &given), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_and_flags_are_taken),
		cmocka_unit_test(what_is_given_again_is_gathered),
		cmocka_unit_test(faults_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
