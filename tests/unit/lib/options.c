/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/limits.h"
#include "lib/options.h"

struct target {
	char *word;
	char *colour;
	struct option_list list;
	int64_t number, duration, size;
	bool flag;
};

#define AT(member) .offset = offsetof(struct target, member)

static const char *const colours[] = { "red", "green", NULL };

static const struct option table[] = {
	{ "one", "word", OPTION_STRING, "hello", AT(word),
	  .help = "A word. Or two." },
	{ "one", "colour", OPTION_CHOICE, "red", AT(colour),
	  .choices = colours, .help = "Red or green." },
	{ "one", "list", OPTION_LIST, "/a\n/b", AT(list), .help = "Paths." },
	{ "two", "number", OPTION_NUMBER, "7", AT(number),
	  .min = -5, .max = 100, .help = "A number." },
	{ "two", "duration", OPTION_DURATION, "6h", AT(duration),
	  .min = 10, .max = INT64_MAX, .help = "A time." },
	{ "two", "size", OPTION_SIZE, "64M", AT(size),
	  .min = 0, .max = INT64_MAX, .help = "Bytes." },
	{ "two", "flag", OPTION_BOOL, "no", AT(flag), .help = "Yes or no." },
	{ .name = NULL },
};

static struct buf told;

static void tell(void *arg, const char *text)
{
	assert_ptr_equal(arg, &told);
	buf_addf(&told, "%s\n", text);
}

static int parse(struct target *t, const void *text, size_t len)
{
	buf_free(&told);
	buf_init(&told, MIB(4));
	assert_int_equal(options_defaults(table, t), 0);
	return options_parse(table, t, "f", text, len, tell, &told);
}

/* The text has just these faults. */
static void expect(const char *text, const char *faults)
{
	struct target t;
	int res = parse(&t, text, strlen(text));

	assert_string_equal(buf_str(&told), faults);
	assert_int_equal(res, *faults ? -EINVAL : 0);
	options_free(table, &t);
	buf_free(&told);
}

static void defaults_are_in_force_without_a_file(void **state)
{
	struct target t;

	(void)state;
	assert_int_equal(parse(&t, NULL, 0), 0);
	assert_string_equal(t.word, "hello");
	assert_string_equal(t.colour, "red");
	assert_int_equal(t.list.count, 2);
	assert_string_equal(t.list.items[1], "/b");
	assert_int_equal(t.number, 7);
	assert_int_equal(t.duration, 6 * 3600);
	assert_int_equal(t.size, 64 << 20);
	assert_false(t.flag);
	options_free(table, &t);
	buf_free(&told);
}

static void each_type_is_read(void **state)
{
	static const char text[] =
		"# comment\n; comment\n"
		"[one]\nword = a ; b # c\ncolour=green\n"
		"[two]\n number = 100\nduration : 2w\nsize = 3K\nflag = on\n"
		"[one]\nlist = /x = y\n";
	struct target t;

	(void)state;
	assert_int_equal(parse(&t, text, strlen(text)), 0);
	assert_string_equal(t.word, "a ; b # c");
	assert_string_equal(t.colour, "green");
	assert_int_equal(t.list.count, 1);
	assert_string_equal(t.list.items[0], "/x = y");
	assert_int_equal(t.number, 100);
	assert_int_equal(t.duration, 14 * 86400);
	assert_int_equal(t.size, 3072);
	assert_true(t.flag);
	options_free(table, &t);
	buf_free(&told);
}

static void a_list_is_repeated_keys_or_indented_lines(void **state)
{
	static const char text[] =
		"[one]\nlist =\n  /1\n  # no item\n\t/2\nlist = /3\n";
	struct target t;

	(void)state;
	assert_int_equal(parse(&t, text, strlen(text)), 0);
	assert_int_equal(t.list.count, 3);
	assert_string_equal(t.list.items[0], "/1");
	assert_string_equal(t.list.items[1], "/2");
	assert_string_equal(t.list.items[2], "/3");
	options_free(table, &t);
	buf_free(&told);
}

static void an_empty_list_replaces_the_default(void **state)
{
	struct target t;

	(void)state;
	assert_int_equal(parse(&t, "[one]\nlist =\n", 13), 0);
	assert_int_equal(t.list.count, 0);
	options_free(table, &t);
	buf_free(&told);
}

static void every_fault_is_told_with_its_line(void **state)
{
	(void)state;
	expect("word = x\n", "f:1: word: before any [section]\n");
	expect("[one]\nwrod = x\n\nfoo = 1\nword = y\n",
	       "f:2: [one] has no option wrod\n"
	       "f:4: [one] has no option foo\n");
	expect("\n[three]\nword = x\n[two]\nword = x\n",
	       "f:2: unknown section [three]\n"
	       "f:5: [two] has no option word\n");
	expect("[one\n", "f:1: section without ']'\n");
	expect("[one] word = x\n", "f:1: text behind the section's ']'\n");
	expect("[one] # fine\n", "");
	expect("[one]\nword\n",
	       "f:2: neither \"name = value\" nor \"[section]\"\n");
	expect("[one]\nword = a\ncolour = red\nword = b\n",
	       "f:4: word: given twice\n");
	expect("[one]\nword = a\n  b\n", "f:3: word: given twice\n");
	expect("[one]\ncolour = blue",
	       "f:2: colour: \"blue\" is none of red green\n");
	expect("[two]\nflag = maybe\n",
	       "f:2: flag: \"maybe\" is neither yes nor no\n");
}

static void numbers_are_strict(void **state)
{
	(void)state;
	expect("[two]\nnumber = x\n", "f:2: number: \"x\" is not a number\n");
	expect("[two]\nnumber =\n", "f:2: number: \"\" is not a number\n");
	expect("[two]\nnumber = 0x10\n",
	       "f:2: number: \"0x10\" is not a number\n");
	expect("[two]\nnumber = 1 2\n",
	       "f:2: number: \"1 2\" is not a number\n");
	expect("[two]\nnumber = 101\n",
	       "f:2: number: \"101\" is not within -5 and 100\n");
	expect("[two]\nnumber = 99999999999999999999\n",
	       "f:2: number: \"99999999999999999999\" is not within "
	       "-5 and 100\n");
	expect("[two]\nduration = 1h30m\n",
	       "f:2: duration: \"1h30m\" is not a duration such as "
	       "90s, 30m, 6h, 7d or 2w\n");
	expect("[two]\nduration = 9s\n",
	       "f:2: duration: \"9s\" is not within 10s and "
	       "9223372036854775807s\n");
	expect("[two]\nsize = 9223372036854775807T\n",
	       "f:2: size: \"9223372036854775807T\" is not within 0 and "
	       "9223372036854775807\n");
	expect("[two]\nsize = 12k\n",
	       "f:2: size: \"12k\" is not a size such as "
	       "4096, 64K, 16M or 1G\n");
}

static void a_bom_and_crlf_are_accepted(void **state)
{
	expect("\xef\xbb\xbf[one]\r\nword = x\r\ncolour = green\r\n", "");
	(void)state;
}

static void a_nul_byte_is_a_fault(void **state)
{
	static const char text[] = "[one]\nwo\0rd = x\ncolour = green\n";
	struct target t;

	(void)state;
	assert_int_equal(parse(&t, text, sizeof(text) - 1), -EINVAL);
	assert_string_equal(buf_str(&told), "f:2: NUL byte\n");
	assert_string_equal(t.colour, "green");
	options_free(table, &t);
	buf_free(&told);
}

/* "[one]\nword = aaa...\ncolour = green\n" with a line of ${len} bytes */
static int parse_long(struct target *t, size_t len)
{
	struct buf b;
	int res = 0;

	buf_init(&b, MIB(2));
	buf_adds(&b, "[one]\nword = ");
	assert_int_equal(buf_reserve(&b, len), 0);
	memset(b.data + b.len, 'a', len - 7);
	b.len += len - 7;
	buf_adds(&b, "\ncolour = green\n");
	res = parse(t, b.data, b.len);
	buf_free(&b);
	return res;
}

static void a_line_too_long_is_one_fault(void **state)
{
	struct target t;

	(void)state;
	assert_int_equal(parse_long(&t, MIB(1)), -EINVAL);
	assert_string_equal(buf_str(&told), "f:2: line of 1048576 bytes, "
			    "at most 8192 are allowed\n");
	assert_string_equal(t.word, "hello");
	assert_string_equal(t.colour, "green");
	options_free(table, &t);
	assert_int_equal(parse_long(&t, LIMIT_CONFIG_LINE), 0);
	assert_int_equal(strlen(t.word), LIMIT_CONFIG_LINE - 7);
	options_free(table, &t);
	assert_int_equal(parse_long(&t, LIMIT_CONFIG_LINE + 1), -EINVAL);
	options_free(table, &t);
	buf_free(&told);
}

static void names_beyond_the_parsers_own_limits_are_unknown(void **state)
{
	(void)state;
	expect("[oneoneoneoneoneoneoneoneoneoneoneoneoneoneoneoneoneoneone]\n"
	       "word = x\n", "f:1: unknown section "
	       "[oneoneoneoneoneoneoneoneoneoneoneoneoneoneoneoneoneoneone]\n");
	expect("[one]\nlistlistlistlistlistlistlistlistlistlistlistlistlist"
	       " = x\n", "f:2: [one] has no option "
	       "listlistlistlistlistlistlistlistlistlistlistlistlist\n");
}

static void many_faults_are_told_in_part(void **state)
{
	struct buf b;
	struct target t;
	size_t lines = 0;

	(void)state;
	buf_init(&b, MIB(2));
	for (int i = 0; i < 10000; i++)
		buf_adds(&b, "x\n");
	assert_int_equal(parse(&t, b.data, b.len), -EINVAL);
	for (size_t i = 0; i < told.len; i++)
		lines += told.data[i] == '\n';
	assert_int_equal(lines, LIMIT_CONFIG_FAULTS + 1);
	assert_non_null(strstr(buf_str(&told), "more faults are not shown"));
	options_free(table, &t);
	buf_free(&told);
	buf_free(&b);
}

static void write_file(const char *path, const char *text, size_t times)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	for (size_t i = 0; i < times; i++)
		assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void a_file_is_read_or_its_error_returned(void **state)
{
	char path[] = "/tmp/options.XXXXXX";
	struct target t;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	buf_init(&told, MIB(1));
	assert_int_equal(options_defaults(table, &t), 0);
	write_file(path, "[one]\nword = w\n", 1);
	assert_int_equal(options_read(table, &t, path, tell, &told), 0);
	assert_string_equal(t.word, "w");
	write_file(path, "# comment\n", 100000);
	assert_int_equal(options_read(table, &t, path, tell, &told), -EINVAL);
	assert_non_null(strstr(buf_str(&told), ": larger than 262144 bytes\n"));
	unlink(path);
	assert_int_equal(options_read(table, &t, path, tell, &told), -ENOENT);
	buf_reset(&told);
	assert_int_equal(options_read(table, &t, "/dev", tell, &told), -EINVAL);
	assert_string_equal(buf_str(&told), "/dev: not a regular file\n");
	options_free(table, &t);
	buf_free(&told);
}

static char *printed(const struct target *t,
		     void (*print)(const struct option *, FILE *))
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	if (print)
		print(table, f);
	else
		options_print(table, t, f);
	assert_int_equal(fclose(f), 0);
	return text;
}

static void what_is_printed_reads_back_the_same(void **state)
{
	static const char text[] =
		"[one]\nword = = [x] \\ \"y\"\nlist = /1\nlist = ;2\n"
		"[two]\nnumber = 0\nduration = 90s\nsize = 1T\nflag = 1\n";
	struct target t;
	char *first = NULL;
	char *second = NULL;

	(void)state;
	assert_int_equal(parse(&t, text, strlen(text)), 0);
	first = printed(&t, NULL);
	options_free(table, &t);
	assert_int_equal(parse(&t, first, strlen(first)), 0);
	second = printed(&t, NULL);
	assert_string_equal(first, second);
	assert_string_equal(first,
			    "[one]\nword = = [x] \\ \"y\"\ncolour = red\n"
			    "list = /1\nlist = ;2\n\n[two]\nnumber = 0\n"
			    "duration = 90s\nsize = 1T\nflag = yes\n");
	options_free(table, &t);
	free(first);
	free(second);
	buf_free(&told);
}

static void the_example_says_the_defaults_in_comments(void **state)
{
	struct target t;
	char *text = printed(NULL, options_print_example);
	char *at = NULL;

	(void)state;
	assert_non_null(strstr(text, "\n[two]\n"));
	assert_non_null(strstr(text, "# A time. (duration, 10s to "));
	assert_non_null(strstr(text, "\n#duration = 6h\n"));
	assert_non_null(strstr(text, "\n#list = /a\n#list = /b\n"));
	/* and is right when the comment signs are taken away */
	for (at = strstr(text, "\n#"); at; at = strstr(at + 1, "\n#"))
		if (at[2] != ' ')
			at[1] = ' ';
	for (at = text; *at; at++)
		if (*at == '\n' && at[1] == ' ')
			memmove(at + 1, at + 2, strlen(at + 1));
	assert_int_equal(parse(&t, text, strlen(text)), 0);
	assert_int_equal(t.list.count, 2);
	options_free(table, &t);
	free(text);
	buf_free(&told);
}

static void the_manual_has_each_option(void **state)
{
	char *text = printed(NULL, options_print_mdoc);

	(void)state;
	for (const struct option *o = table; o->name; o++) {
		char line[64];

		snprintf(line, sizeof(line), "\n.It Ic %s No", o->name);
		assert_non_null(strstr(text, line));
	}
	assert_non_null(strstr(text, "\nA word.\nOr two.\n"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_in_force_without_a_file),
		cmocka_unit_test(each_type_is_read),
		cmocka_unit_test(a_list_is_repeated_keys_or_indented_lines),
		cmocka_unit_test(an_empty_list_replaces_the_default),
		cmocka_unit_test(every_fault_is_told_with_its_line),
		cmocka_unit_test(numbers_are_strict),
		cmocka_unit_test(a_bom_and_crlf_are_accepted),
		cmocka_unit_test(a_nul_byte_is_a_fault),
		cmocka_unit_test(a_line_too_long_is_one_fault),
		cmocka_unit_test(
			names_beyond_the_parsers_own_limits_are_unknown),
		cmocka_unit_test(many_faults_are_told_in_part),
		cmocka_unit_test(a_file_is_read_or_its_error_returned),
		cmocka_unit_test(what_is_printed_reads_back_the_same),
		cmocka_unit_test(the_example_says_the_defaults_in_comments),
		cmocka_unit_test(the_manual_has_each_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
