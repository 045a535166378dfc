/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/walk/roots.h"
#include "tests/unit/folder.h"

static char top[] = "/tmp/roots.XXXXXX";

static const char *in_top(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	return path;
}

static int set_up(void **state)
{
	char to[512];
	int fd;

	(void)state;
	if (!mkdtemp(top) || mkdir(in_top("a"), 0755) < 0 ||
	    mkdir(in_top("a/b"), 0755) < 0)
		return -1;
	fd = open(in_top("a/b/file"), O_WRONLY | O_CREAT, 0600);
	close(fd);
	if (symlink("b/../b", in_top("a/relative")) < 0 ||
	    symlink("loop", in_top("loop")) < 0 ||
	    symlink("nowhere", in_top("dangling")) < 0 ||
	    symlink("..", in_top("a/b/up")) < 0)
		return -1;
	/* from the root, through another link */
	snprintf(to, sizeof(to), "%s", in_top("a/relative"));
	return symlink(to, in_top("absolute"));
}

static int tear_down(void **state)
{
	(void)state;
	return folder_remove(top);
}

/* Also in the order in which they were asked for. */
static void each_path_is_as_realpath_has_it(void **state)
{
	static const char *const names[] = {
		"", "a", "a/", "a//b/.", "a/b/..", "a/relative", "absolute",
		"absolute/file", "absolute/up/b/up/relative/file", "loop",
		"loop/x", "dangling", "nowhere", "a/b/file/x", "a/b/up/no",
	};
	char *items[16];
	size_t n = sizeof(names) / sizeof(names[0]), k = 0;
	struct option_list list = {items, n + 1};
	struct roots r;

	(void)state;
	for (size_t i = 0; i < n; i++)
		items[i] = strdup(in_top(names[i]));
	items[n] = strdup("/..//");
	assert_int_equal(roots_find(&r, &list, 30, NULL), 0);
	assert_int_equal(r.count, n + 1);
	for (size_t i = 0; i <= n; i++) {
		char *want = realpath(items[i], NULL);

		assert_int_equal(r.list[i].error, want ? 0 : errno);
		if (want) {
			assert_string_equal(r.list[i].path, want);
			assert_string_equal(r.present[k++], want);
		}
		free(want);
		free(items[i]);
	}
	assert_null(r.present[k]);
	assert_true(S_ISDIR(r.list[0].mode));
	assert_true(S_ISREG(r.list[7].mode));
	roots_free(&r);
}

static void a_relative_path_begins_where_the_process_is(void **state)
{
	static char name[] = "b/../b/file";
	char *items[] = {name};
	struct option_list list = {items, 1}, none = {NULL, 0};
	struct roots r;

	(void)state;
	assert_int_equal(chdir(in_top("a")), 0);
	assert_int_equal(roots_find(&r, &list, 30, NULL), 0);
	assert_string_equal(r.list[0].path, in_top("a/b/file"));
	roots_free(&r);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(roots_find(&r, &none, 30, NULL), 0);
	assert_null(r.present[0]);
	roots_free(&r);
}

static void what_is_too_long_is_refused(void **state)
{
	static char long_path[6000], long_name[400];
	char *items[] = {long_path, long_name};
	struct option_list list = {items, 2};
	struct roots r;

	(void)state;
	memset(long_path, '/', sizeof(long_path) - 1);
	memset(long_name, 'x', sizeof(long_name) - 1);
	assert_int_equal(roots_find(&r, &list, 30, NULL), 0);
	assert_int_equal(r.list[0].error, ENAMETOOLONG);
	assert_int_equal(r.list[1].error, ENAMETOOLONG);
	roots_free(&r);
}

/* All of them are there, so each is there again once it is asked. */
static void what_did_not_answer_before_is_not_asked(void **state)
{
	char *items[5];
	struct option_list list = {items, 5};
	struct silence *s = silence_new(5);
	struct roots r;

	(void)state;
	for (size_t i = 0; i < 5; i++)
		items[i] = strdup(in_top(i == 2 ? "a/b" : "a"));
	silence_note(s, 0, "/far");
	silence_note(s, 1, "/far/too");
	silence_note(s, 3, "/near");
	silence_note(s, 4, "/last");
	assert_int_equal(roots_find(&r, &list, 30, s), 0);
	assert_int_equal(r.list[0].error, ETIMEDOUT);
	assert_string_equal(r.list[0].path, "/far");
	assert_string_equal(r.list[1].path, "/far/too");
	assert_int_equal(r.list[2].error, 0);
	assert_int_equal(r.list[4].error, ETIMEDOUT);
	assert_string_equal(r.present[0], items[2]);
	assert_null(r.present[1]);
	roots_free(&r);
	silence_told(s, "f/near/x", 9);
	assert_int_equal(roots_find(&r, &list, 30, s), 0);
	assert_int_equal(r.list[0].error, ETIMEDOUT);
	assert_int_equal(r.list[3].error, 0);
	roots_free(&r);
	silence_forget(s);
	assert_int_equal(roots_find(&r, &list, 30, s), 0);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(r.list[i].error, 0);
		free(items[i]);
	}
	roots_free(&r);
	silence_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_path_is_as_realpath_has_it),
		cmocka_unit_test(a_relative_path_begins_where_the_process_is),
		cmocka_unit_test(what_is_too_long_is_refused),
		cmocka_unit_test(what_did_not_answer_before_is_not_asked),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
