/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "agent/walk/path_list.h"

static bool covers(const struct path_list *l, const char *path)
{
	return path_list_covers(l, path, strlen(path));
}

static void what_is_beneath_one_of_them_is_covered(void **state)
{
	static const char paths[] = "f/b/c\0d/a\0f/b/c\0f/b-x";
	struct path_list l = {.count = 0};

	(void)state;
	assert_int_equal(path_list_copy(&l, paths, sizeof(paths), 1), 0);
	assert_int_equal(l.count, 3);
	assert_true(covers(&l, "/a"));
	assert_true(covers(&l, "/a/x/y"));
	assert_true(covers(&l, "/b/c"));
	assert_true(covers(&l, "/b/c/d"));
	assert_false(covers(&l, "/b"));
	assert_false(covers(&l, "/b/cc"));
	assert_false(covers(&l, "/aa"));
	assert_false(covers(&l, "/"));
	path_list_free(&l);
	assert_false(covers(&l, "/a"));
}

static void those_beneath_a_directory_are_handed_out(void **state)
{
	static const char paths[] = "/b/x/y\0/b-\0/b/c\0/c\0/c/d\0/b-x/q";
	struct path_list l = {.count = 0};
	size_t i;

	(void)state;
	assert_int_equal(path_list_copy(&l, paths, sizeof(paths), 0), 0);
	i = path_list_first(&l, "/b", 2);
	assert_true(path_list_is_beneath(&l, i, "/b", 2));
	assert_string_equal(path_list_rest(&l, i, 2), "c");
	assert_string_equal(path_list_rest(&l, i + 1, 2), "x/y");
	assert_false(path_list_is_beneath(&l, i + 2, "/b", 2));
	assert_int_equal(path_list_first(&l, "/c", 2), l.count);
	assert_int_equal(path_list_first(&l, "/zz", 3), l.count);
	i = path_list_first(&l, "/", 1);
	assert_int_equal(i, 0);
	assert_string_equal(path_list_rest(&l, i, 1), "b-");
	path_list_free(&l);
}

static void the_root_covers_all(void **state)
{
	struct path_list l = {.count = 0};

	(void)state;
	assert_int_equal(path_list_copy(&l, "d/", 3, 1), 0);
	assert_true(covers(&l, "/"));
	assert_true(covers(&l, "/a/b"));
	assert_int_equal(path_list_first(&l, "/", 1), l.count);
	path_list_free(&l);
}

static void what_is_no_list_is_refused(void **state)
{
	struct path_list l = {.count = 0};

	(void)state;
	assert_int_equal(path_list_copy(&l, "f/a", 3, 1), -EPROTO);
	assert_int_equal(path_list_copy(&l, "a", 2, 0), -EPROTO);
	assert_int_equal(path_list_copy(&l, "f", 2, 1), -EPROTO);
	assert_int_equal(path_list_copy(&l, "", 1, 1), -EPROTO);
	assert_int_equal(path_list_copy(&l, NULL, 0, 1), 0);
	assert_int_equal(l.count, 0);
	path_list_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_beneath_one_of_them_is_covered),
		cmocka_unit_test(those_beneath_a_directory_are_handed_out),
		cmocka_unit_test(the_root_covers_all),
		cmocka_unit_test(what_is_no_list_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
