/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/password_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/limits.h"
#include "tests/unit/unit.h"

static char path[64];

static int read_mode(const void *data, size_t len, mode_t mode,
		     struct buf *out)
{
	assert_int_equal(file_replace(path, 0600, data, len), 0);
	assert_int_equal(chmod(path, mode), 0);
	buf_free_secret(out);
	buf_init(out, LIMIT_PASSWORD_FILE);
	return password_file_read(path, out);
}

static void each_line_is_one_with_its_white_space(void **state)
{
	static const char text[] = "one\n\n two \r\n\r\nthree";
	static const char *const expected[] = { "one", " two ", "three" };
	struct buf b = { 0 };
	const char *p = NULL;
	size_t at = 0, len = 0;

	(void)state;
	assert_int_equal(read_mode(text, sizeof(text) - 1, 0600, &b), 0);
	for (size_t i = 0; i < 3; i++) {
		assert_true(password_file_next(&b, &at, &p, &len));
		assert_int_equal(len, strlen(expected[i]));
		assert_memory_equal(p, expected[i], len);
	}
	assert_false(password_file_next(&b, &at, &p, &len));
	buf_free_secret(&b);
}

static void a_file_that_others_have_rights_to_is_refused(void **state)
{
	static const mode_t modes[] = { 0640, 0620, 0610, 0604, 0602, 0601 };
	struct buf b = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		assert_int_equal(read_mode("x", 1, modes[i], &b), -EPERM);
	assert_int_equal(read_mode("x", 1, 0400, &b), 0);
	buf_free_secret(&b);
}

static void a_file_of_another_user_is_refused(void **state)
{
	struct buf b = { 0 };

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(read_mode("x", 1, 0600, &b), 0);
	assert_int_equal(chown(path, 1, 1), 0);
	buf_free_secret(&b);
	buf_init(&b, LIMIT_PASSWORD_FILE);
	assert_int_equal(password_file_read(path, &b), -EPERM);
	buf_free_secret(&b);
	unlink(path);
}

static void sizes_numbers_and_zero_bytes_have_limits(void **state)
{
	char *text = calloc(1, LIMIT_PASSWORD_FILE + 1);
	struct buf b = { 0 };

	(void)state;
	memset(text, 'x', LIMIT_PASSWORD_FILE + 1);
	assert_int_equal(read_mode(text, LIMIT_PASSWORD_FILE + 1, 0600, &b),
			 -EFBIG);
	assert_int_equal(read_mode(text, LIMIT_PASSWORD, 0600, &b), 0);
	assert_int_equal(read_mode(text, LIMIT_PASSWORD + 1, 0600, &b),
			 -EBADMSG);
	assert_int_equal(read_mode("a\0b", 3, 0600, &b), -EBADMSG);
	for (size_t i = 1; i < LIMIT_PASSWORD_FILE; i += 2)
		text[i] = '\n';
	assert_int_equal(read_mode(text, 2 * LIMIT_PASSWORDS, 0600, &b), 0);
	assert_int_equal(read_mode(text, 2 * LIMIT_PASSWORDS + 2, 0600, &b),
			 -E2BIG);
	buf_free_secret(&b);
	free(text);
}

static void each_fault_has_its_words(void **state)
{
	(void)state;
	assert_non_null(strstr(password_file_fault(-EPERM), "0600"));
	assert_non_null(strstr(password_file_fault(-EFBIG), "64 KiB"));
	assert_non_null(strstr(password_file_fault(-E2BIG), "1000"));
	assert_non_null(strstr(password_file_fault(-EBADMSG), "1024"));
	assert_string_equal(password_file_fault(-ENOENT), strerror(ENOENT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_is_one_with_its_white_space),
		cmocka_unit_test(a_file_that_others_have_rights_to_is_refused),
		cmocka_unit_test(a_file_of_another_user_is_refused),
		cmocka_unit_test(sizes_numbers_and_zero_bytes_have_limits),
		cmocka_unit_test(each_fault_has_its_words),
	};
	int failed = 0;

	snprintf(path, sizeof(path), "/tmp/certwalk-unit-pw.%d", getpid());
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
