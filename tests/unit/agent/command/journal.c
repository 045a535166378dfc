/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/command/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/file.h"
#include "tests/unit/unit.h"

static char dir[] = "/tmp/certwalk-journal.XXXXXX";
static char path[64];

static int setup(void **state)
{
	struct journal j;
	uint64_t line = 0;

	(void)state;
	unlink(path);
	assert_int_equal(journal_open(path, &j, &line), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(journal_add(&j, "{\"event\":\"x\"}"), 0);
	journal_close(&j);
	return 0;
}

static void read_whole(struct buf *b)
{
	buf_init(b, 1 << 20);
	assert_int_equal(file_read(path, b), 0);
}

static void an_untouched_journal_is_whole(void **state)
{
	struct chain c = {0};
	uint64_t line = 0;

	(void)state;
	assert_int_equal(journal_verify(path, &c, &line), 0);
	assert_int_equal(c.number, 5);
}

static void each_changed_byte_is_noticed(void **state)
{
	struct chain c = {0};
	struct buf b;
	uint64_t line = 0;

	(void)state;
	read_whole(&b);
	for (size_t i = 0; i < b.len; i++) {
		b.data[i] ^= 1;
		assert_int_equal(file_replace(path, 0600, b.data, b.len), 0);
		assert_int_not_equal(journal_verify(path, &c, &line), 0);
		b.data[i] ^= 1;
	}
	buf_free(&b);
}

static void a_line_taken_out_or_moved_is_noticed(void **state)
{
	struct chain c = {0};
	struct buf b;
	uint64_t line = 0;
	size_t len;

	(void)state;
	read_whole(&b);
	len = b.len / 5;
	assert_int_equal(file_replace(path, 0600, b.data + len, b.len - len),
			 0);
	assert_int_equal(journal_verify(path, &c, &line), -EBADMSG);
	assert_int_equal(line, 1);
	memmove(b.data + len, b.data + 2 * len, b.len - 2 * len);
	assert_int_equal(file_replace(path, 0600, b.data, b.len - len), 0);
	assert_int_equal(journal_verify(path, &c, &line), -EBADMSG);
	assert_int_equal(line, 2);
	buf_free(&b);
}

static void a_line_cut_by_a_crash_is_taken_off_when_it_is_opened(void **state)
{
	struct journal j;
	struct chain c = {0};
	struct stat st = {0};
	uint64_t line = 0;

	(void)state;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size - 3), 0);
	assert_int_equal(journal_verify(path, &c, &line), -ENODATA);
	assert_int_equal(journal_open(path, &j, &line), 0);
	assert_int_equal(j.chain.number, 4);
	assert_int_equal(journal_add(&j, "{}"), 0);
	journal_close(&j);
	assert_int_equal(journal_verify(path, &c, &line), 0);
	assert_int_equal(c.number, 5);
}

static void a_second_line_in_an_entry_is_refused(void **state)
{
	struct journal j;
	struct chain c = {0};
	uint64_t line = 0;
	char *large = malloc(JOURNAL_LINE + 1);

	(void)state;
	memset(large, 'a', JOURNAL_LINE);
	large[JOURNAL_LINE] = '\0';
	assert_int_equal(journal_open(path, &j, &line), 0);
	assert_int_equal(journal_add(&j, "{}\n{}"), -EMSGSIZE);
	assert_int_equal(journal_add(&j, large), -EMSGSIZE);
	journal_close(&j);
	assert_int_equal(journal_verify(path, &c, &line), 0);
	assert_int_equal(c.number, 5);
	free(large);
}

static void a_link_in_its_place_is_refused(void **state)
{
	struct journal j;
	uint64_t line = 0;

	(void)state;
	unlink(path);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(journal_open(path, &j, &line), -ELOOP);
}

static int make_dir(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/journal", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_untouched_journal_is_whole, setup),
		cmocka_unit_test_setup(each_changed_byte_is_noticed, setup),
		cmocka_unit_test_setup(a_line_taken_out_or_moved_is_noticed,
				       setup),
		cmocka_unit_test_setup(
			a_line_cut_by_a_crash_is_taken_off_when_it_is_opened,
			setup),
		cmocka_unit_test_setup(a_second_line_in_an_entry_is_refused,
				       setup),
		cmocka_unit_test_setup(a_link_in_its_place_is_refused, setup),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
