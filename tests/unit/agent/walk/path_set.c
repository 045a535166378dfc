/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/path_set.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

static bool file(const struct path_set *k, const char *path)
{
	return path_set_has(k, path, strlen(path));
}

static bool below(const struct path_set *k, const char *path)
{
	return path_set_has_below(k, path, strlen(path));
}

static void an_empty_set_knows_nothing(void **state)
{
	struct path_set k = {0};

	(void)state;
	assert_false(file(&k, "/etc/a.pem"));
	assert_false(below(&k, "/"));
	path_set_free(&k);
}

static void a_path_makes_the_directories_above_it_known(void **state)
{
	struct path_set k = {0};

	(void)state;
	assert_int_equal(path_set_add(&k, "/etc/ssl/a.pem", 14), 0);
	assert_true(file(&k, "/etc/ssl/a.pem"));
	assert_true(below(&k, "/"));
	assert_true(below(&k, "/etc"));
	assert_true(below(&k, "/etc/ssl"));
	/* itself is a file, and has nothing beneath it */
	assert_false(below(&k, "/etc/ssl/a.pem"));
	assert_false(file(&k, "/etc/ssl"));
	assert_false(below(&k, "/etc/ss"));
	assert_false(below(&k, "/usr"));
	path_set_free(&k);
}

static void a_path_in_the_root_makes_only_that_known(void **state)
{
	struct path_set k = {0};

	(void)state;
	assert_int_equal(path_set_add(&k, "/a.pem", 6), 0);
	assert_true(file(&k, "/a.pem"));
	assert_true(below(&k, "/"));
	assert_int_equal(k.count, 2);
	path_set_free(&k);
}

static void a_path_alone_is_new_once(void **state)
{
	struct path_set k = {0};

	(void)state;
	assert_int_equal(path_set_add_alone(&k, "/a/b", 4), 1);
	assert_int_equal(path_set_add_alone(&k, "/a/b", 4), 0);
	assert_false(below(&k, "/a"));
	path_set_free(&k);
}

static void two_sets_meet_in_a_file_or_a_directory(void **state)
{
	struct path_set k = {0}, other = {0};

	(void)state;
	assert_int_equal(path_set_add(&k, "/etc/ssl/a.pem", 14), 0);
	assert_false(path_set_meets(&k, &other));
	assert_false(path_set_meets(&other, &k));
	path_set_add_alone(&other, "/etc/ssl", 8);
	path_set_add_alone(&other, "/etc/ssl/b.pem", 14);
	path_set_add_below(&other, "/etc/other", 10);
	assert_false(path_set_meets(&k, &other));
	path_set_add_below(&other, "/etc/ssl", 8);
	assert_true(path_set_meets(&k, &other));
	path_set_free(&other);
	path_set_add_alone(&other, "/etc/ssl/a.pem", 14);
	assert_true(path_set_meets(&k, &other));
	path_set_free(&other);
	path_set_free(&k);
}

static void many_paths_are_all_known(void **state)
{
	struct path_set k = {0};
	char path[64];

	(void)state;
	for (int i = 0; i < 50000; i++) {
		snprintf(path, sizeof(path), "/srv/%d/%d.pem", i % 100, i);
		assert_int_equal(path_set_add(&k, path, strlen(path)), 0);
	}
	for (int i = 0; i < 50000; i++) {
		snprintf(path, sizeof(path), "/srv/%d/%d.pem", i % 100, i);
		assert_true(file(&k, path));
		snprintf(path, sizeof(path), "/srv/%d/%d.key", i % 100, i);
		assert_false(file(&k, path));
	}
	assert_int_equal(k.count, 50000 + 100 + 2);
	path_set_free(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_set_knows_nothing),
		cmocka_unit_test(a_path_makes_the_directories_above_it_known),
		cmocka_unit_test(a_path_in_the_root_makes_only_that_known),
		cmocka_unit_test(a_path_alone_is_new_once),
		cmocka_unit_test(two_sets_meet_in_a_file_or_a_directory),
		cmocka_unit_test(many_paths_are_all_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
