/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "lib/text.h"

static void printable(const char *in, size_t len, const char *out)
{
	char *s = text_printable(in, len);

	assert_string_equal(s, out);
	free(s);
}

static void what_would_move_the_cursor_is_shown_as_hex(void **state)
{
	(void)state;
	printable("plain text", 10, "plain text");
	printable("a\nb\x1b[31m\x7f", 9, "a\\x0ab\\x1b[31m\\x7f");
	printable("\0", 1, "\\x00");
	printable("\xc3\xa9 \xff \xc3", 6, "\xc3\xa9 \\xff \\xc3");
	/* CSI as one C1 control */
	printable("\xc2\x9b", 2, "\\xc2\\x9b");
	printable("", 0, "");
}

static void column(const char *in, size_t columns, bool pad, const char *out)
{
	char *s = text_column(in, strlen(in), columns, pad);

	assert_string_equal(s, out);
	free(s);
}

static void a_column_counts_characters(void **state)
{
	(void)state;
	column("abc", 5, true, "abc  ");
	column("abc", 5, false, "abc");
	column("abcdef", 3, true, "abc");
	column("\xc3\xa9\xc3\xa9\xc3\xa9", 2, true, "\xc3\xa9\xc3\xa9");
	column("\xc3\xa9", 3, true, "\xc3\xa9  ");
	column("", 2, true, "  ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_would_move_the_cursor_is_shown_as_hex),
		cmocka_unit_test(a_column_counts_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
