/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/cmd/cmd_table.h"

static char text[65536];

/* Runs it with these arguments; what it printed is in ${text}. */
static int run(const char *a, const char *b, const char *c)
{
	char *argv[] = { (char *)(uintptr_t)"check-config",
			 (char *)(uintptr_t)a, (char *)(uintptr_t)b,
			 (char *)(uintptr_t)c, NULL };
	int argc = 1;
	int code = 0;
	int saved = dup(1);
	FILE *f = tmpfile();
	size_t n = 0;

	assert_non_null(f);
	while (argv[argc])
		argc++;
	fflush(stdout);
	dup2(fileno(f), 1);
	code = cmd_check_config.run(argc, argv);
	fflush(stdout);
	dup2(saved, 1);
	close(saved);
	rewind(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return code;
}

static void write_text(const char *path, const char *content)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(content, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void a_file_is_right_or_wrong(void **state)
{
	char path[] = "/tmp/check.XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	write_text(path, "[agent]\ninterval = 90s\n");
	assert_int_equal(run(path, NULL, NULL), EXIT_DONE);
	assert_string_equal(text, "ok\n");
	assert_int_equal(run("--print", path, NULL), EXIT_DONE);
	assert_non_null(strstr(text, "\ninterval = 90s\n"));
	assert_int_equal(run("--", path, NULL), EXIT_DONE);
	write_text(path, "[agent]\ninterval = soon\n");
	assert_int_equal(run(path, NULL, NULL), EXIT_USAGE);
	assert_string_equal(text, "");
	unlink(path);
	assert_int_equal(run(path, NULL, NULL), EXIT_USAGE);
}

static void lists_need_no_file(void **state)
{
	(void)state;
	assert_int_equal(run("--example", NULL, NULL), EXIT_DONE);
	assert_non_null(strstr(text, "\n#interval = 6h\n"));
	assert_int_equal(run("--mdoc", NULL, NULL), EXIT_DONE);
	assert_non_null(strstr(text, "\n.It Ic interval No "));
}

static void wrong_usage_is_told(void **state)
{
	(void)state;
	assert_int_equal(run("--exampel", NULL, NULL), EXIT_USAGE);
	assert_int_equal(run("--example", "/x", NULL), EXIT_USAGE);
	assert_int_equal(run("--print", "--example", NULL), EXIT_USAGE);
	assert_int_equal(run("/a", "/b", NULL), EXIT_USAGE);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_right_or_wrong),
		cmocka_unit_test(lists_need_no_file),
		cmocka_unit_test(wrong_usage_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
