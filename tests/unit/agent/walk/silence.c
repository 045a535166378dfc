/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/walk/silence.h"

static bool is_silent(const struct silence *s, size_t i, const char *path)
{
	char *got = silence_of(s, i);
	bool yes = got && strcmp(got, path) == 0;

	free(got);
	return yes;
}

static void what_another_process_notes_is_known(void **state)
{
	struct silence *s = silence_new(2);
	pid_t child;

	(void)state;
	assert_null(silence_of(s, 1));
	child = fork();
	if (child == 0) {
		silence_note(s, 1, "/mnt/nfs");
		silence_note(s, 2, "/beyond");
		_exit(0);
	}
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_true(is_silent(s, 1, "/mnt/nfs"));
	assert_null(silence_of(s, 0));
	assert_null(silence_of(s, 2));
	silence_note(s, 1, NULL);
	assert_null(silence_of(s, 1));
	silence_free(s);
}

static void a_change_in_one_ends_its_silence(void **state)
{
	static const char names[] = "f/etc/a\0d/mnt/b/x";
	struct silence *s = silence_new(3);

	(void)state;
	silence_note(s, 0, "/mnt/a");
	silence_note(s, 1, "/mnt/b");
	silence_note(s, 2, "/mnt/b/x/y");
	silence_told(s, names, sizeof(names));
	assert_true(is_silent(s, 0, "/mnt/a"));
	assert_null(silence_of(s, 1));
	assert_true(is_silent(s, 2, "/mnt/b/x/y"));
	silence_forget(s);
	assert_null(silence_of(s, 0));
	assert_null(silence_of(s, 2));
	silence_free(s);
}

static void a_path_that_is_too_long_is_cut(void **state)
{
	struct silence *s = silence_new(1);
	static char path[6000];
	char *got;

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	silence_note(s, 0, path);
	got = silence_of(s, 0);
	assert_int_equal(strlen(got), 4095);
	free(got);
	silence_free(s);
}

static void without_one_nothing_is_silent(void **state)
{
	(void)state;
	silence_forget(NULL);
	silence_told(NULL, "f/a", 4);
	silence_note(NULL, 0, "/a");
	assert_null(silence_of(NULL, 0));
	silence_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_another_process_notes_is_known),
		cmocka_unit_test(a_change_in_one_ends_its_silence),
		cmocka_unit_test(a_path_that_is_too_long_is_cut),
		cmocka_unit_test(without_one_nothing_is_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
