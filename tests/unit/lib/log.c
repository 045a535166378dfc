/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"

/* What is written to standard error by one warning. */
static const char *written(const char *text)
{
	static char got[8192];
	int ends[2] = { -1, -1 }, kept = dup(STDERR_FILENO);
	ssize_t n = 0;

	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	log_warn("%s", text);
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(ends[1]);
	n = read(ends[0], got, sizeof(got) - 1);
	close(ends[0]);
	assert_true(n > 0);
	got[n] = '\0';
	return got;
}

static void a_message_is_one_line_of_text(void **state)
{
	(void)state;
	unsetenv("JOURNAL_STREAM");
	assert_int_equal(log_format("text"), 0);
	assert_string_equal(written("a\nb\033[31m"),
			    "certwalk: warn: a\\x0ab\\x1b[31m\n");
	setenv("JOURNAL_STREAM", "1:2", 1);
	assert_string_equal(written("a"), "<4>certwalk: warn: a\n");
	unsetenv("JOURNAL_STREAM");
}

static void or_an_object_of_json(void **state)
{
	const char *line = NULL;

	(void)state;
	assert_int_equal(log_format("xml"), -EINVAL);
	assert_int_equal(log_format("json"), 0);
	line = written("a \"b\"\n\xff");
	assert_int_equal(strncmp(line, "{\"time\":\"2", 10), 0);
	assert_non_null(strstr(line, "\",\"level\":\"warn\","
			       "\"program\":\"certwalk\","
			       "\"message\":\"a \\\"b\\\"\\n\xef\xbf\xbd\""
			       "}\n"));
	assert_int_equal(log_format("text"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_one_line_of_text),
		cmocka_unit_test(or_an_object_of_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
