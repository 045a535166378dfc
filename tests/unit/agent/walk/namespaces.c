/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <string.h>

#include "agent/walk/namespaces.h"

static void paths_of_roots_lie_in_other_namespaces(void **state)
{
	static const char *const no[] = {
		"/proc/sys/x", "/proc/", "/etc/x", "/process/1", "",
		"/proc/1/rootx", "/proc//root/x", "/proc/1/cwd/x",
	};

	(void)state;
	assert_int_equal(namespaces_prefix("/proc/1/root", 12), 12);
	assert_int_equal(namespaces_prefix("/proc/12/root/x", 15), 13);
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		assert_int_equal(namespaces_prefix(no[i], strlen(no[i])), 0);
}

static void all_that_are_found_show_or_are_walked(void **state)
{
	static const char *const roots[] = {"/", NULL};
	struct namespaces n = {0};
	struct mounts m = {0};
	struct sandbox_path paths[4];

	(void)state;
	assert_int_equal(mounts_read(&m, "/proc/self/mountinfo", roots), 0);
	assert_int_equal(namespaces_find(&n, &m, roots), 0);
	for (size_t i = 0; i < n.n; i++)
		assert_int_equal(n.items[i].tops > 0,
				 n.items[i].base.fd >= 0);
	for (size_t i = 0; i < n.n_tops; i++)
		assert_true(namespaces_prefix(n.tops[i].path,
					      strlen(n.tops[i].path)) > 0);
	assert_true(namespaces_paths(&n, paths, 4) <= 4);
	namespaces_free(&n);
	mounts_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_of_roots_lie_in_other_namespaces),
		cmocka_unit_test(all_that_are_found_show_or_are_walked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
