/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cmd.h"

static int ran;

static int run_scan(int argc, char **argv)
{
	ran = argc;
	assert_string_equal(argv[0], "scan");
	printf("scanned\n");
	return EXIT_INCOMPLETE;
}

static const struct cmd scan = {
	.name = "scan", .arguments = "[--format table|jsonl] [PATH...]",
	.summary = "look for certificates",
	.help = "  --strict  fail if incomplete", .run = run_scan,
};

static const struct cmd *const table[] = { &scan, NULL };

/* What cmd_main() printed to descriptor ${fd}; ${ret} is its code.  Freed by
 * the caller. */
static char *output_of(int fd, int *ret, int argc, ...)
{
	char *argv[8] = { (char *)"certwalk" };
	char *text = calloc(1, 4096);
	FILE *f = tmpfile();
	int saved = dup(fd);
	va_list ap;
	size_t n = 0;

	assert_non_null(text);
	assert_non_null(f);
	va_start(ap, argc);
	for (int i = 1; i <= argc; i++)
		argv[i] = va_arg(ap, char *);
	va_end(ap);
	fflush(NULL);
	ran = -1;
	dup2(fileno(f), fd);
	*ret = cmd_main("certwalk", "finds them", table, argc + 1, argv);
	fflush(NULL);
	dup2(saved, fd);
	close(saved);
	rewind(f);
	n = fread(text, 1, 4095, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

static void a_subcommand_gets_its_arguments(void **state)
{
	int code = 0;
	char *text = output_of(1, &code, 3, "scan", "a", "b");

	(void)state;
	assert_int_equal(code, EXIT_INCOMPLETE);
	assert_int_equal(ran, 3);
	assert_string_equal(text, "scanned\n");
	free(text);
}

static void help_is_told_in_each_way(void **state)
{
	static const char expected[] =
		"usage: certwalk scan [--format table|jsonl] [PATH...]\n"
		"look for certificates\n\n  --strict  fail if incomplete\n";
	int code = 0;
	char *text = output_of(1, &code, 3, "scan", "x", "--help");

	(void)state;
	assert_string_equal(text, expected);
	free(text);
	text = output_of(1, &code, 2, "scan", "-h");
	assert_string_equal(text, expected);
	free(text);
	text = output_of(1, &code, 2, "help", "scan");
	assert_string_equal(text, expected);
	assert_int_equal(code, EXIT_DONE);
	assert_int_equal(ran, -1);
	free(text);
	text = output_of(1, &code, 1, "help");
	assert_non_null(strstr(text, "  scan          look for cert"));
	free(text);
	text = output_of(1, &code, 1, "--help");
	assert_non_null(strstr(text, "  scan          look for cert"));
	free(text);
	assert_int_equal(code, EXIT_DONE);
}

static void help_behind_two_dashes_is_an_argument(void **state)
{
	int code = 0;
	char *text = output_of(1, &code, 3, "scan", "--", "--help");

	(void)state;
	assert_int_equal(ran, 3);
	free(text);
}

static void the_version_is_told(void **state)
{
	int code = 0;
	char *text = output_of(1, &code, 1, "--version");

	(void)state;
	assert_string_equal(text, "certwalk " CW_VERSION "\n");
	assert_int_equal(code, EXIT_DONE);
	free(text);
}

static void wrong_usage_is_two(void **state)
{
	int code = 0;
	char *text = output_of(2, &code, 0);

	(void)state;
	assert_int_equal(code, EXIT_USAGE);
	assert_non_null(strstr(text, "usage: certwalk SUBCOMMAND"));
	free(text);
	text = output_of(2, &code, 1, "sacn");
	assert_int_equal(code, EXIT_USAGE);
	assert_non_null(strstr(text, "did you mean scan?"));
	free(text);
	text = output_of(2, &code, 2, "help", "elephantelephantelephant!");
	assert_int_equal(code, EXIT_USAGE);
	assert_non_null(strstr(text, "see certwalk help"));
	free(text);
	text = output_of(2, &code, 1, "");
	assert_int_equal(code, EXIT_USAGE);
	free(text);
}

static void words_are_for_completion(void **state)
{
	int code = 0;
	char *text = output_of(1, &code, 2, "help", "--words");

	(void)state;
	assert_string_equal(text, "scan\nhelp\n--help\n--version\n");
	free(text);
	text = output_of(1, &code, 3, "help", "--words", "scan");
	assert_string_equal(text, "--format\n--strict\n--help\n");
	assert_int_equal(code, EXIT_DONE);
	free(text);
	text = output_of(1, &code, 4, "help", "--words", "scan", "--format");
	assert_string_equal(text, "table\njsonl\n");
	free(text);
	text = output_of(1, &code, 4, "help", "--words", "scan", "--strict");
	assert_string_equal(text, "");
	free(text);
}

static void output_that_cannot_be_written_is_a_failure(void **state)
{
	char *argv[] = { (char *)"certwalk", (char *)"--version", NULL };
	int saved = dup(1);
	int code = 0;

	(void)state;
	fflush(stdout);
	assert_non_null(freopen("/dev/full", "w", stdout));
	code = cmd_main("certwalk", "", table, 2, argv);
	clearerr(stdout);
	dup2(saved, 1);
	close(saved);
	assert_int_equal(code, EXIT_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_subcommand_gets_its_arguments),
		cmocka_unit_test(help_is_told_in_each_way),
		cmocka_unit_test(help_behind_two_dashes_is_an_argument),
		cmocka_unit_test(the_version_is_told),
		cmocka_unit_test(wrong_usage_is_two),
		cmocka_unit_test(words_are_for_completion),
		cmocka_unit_test(output_that_cannot_be_written_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
