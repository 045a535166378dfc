/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <string.h>

#include "agent/walk/namespaces.h"

static void only_paths_of_processes_lie_in_other_namespaces(void **state)
{
	static const char *const yes[] = {"/proc/1/root", "/proc/12/root/x"};
	static const char *const no[] = {"/proc/sys/x", "/proc/", "/etc/x",
					 "/process/1", ""};

	(void)state;
	for (size_t i = 0; i < 2; i++)
		assert_true(namespaces_has(yes[i], strlen(yes[i])));
	for (size_t i = 0; i < 5; i++)
		assert_false(namespaces_has(no[i], strlen(no[i])));
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
		assert_true(namespaces_has(n.tops[i].path,
					   strlen(n.tops[i].path)));
	assert_true(namespaces_paths(&n, paths, 4) <= 4);
	namespaces_free(&n);
	mounts_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			only_paths_of_processes_lie_in_other_namespaces),
		cmocka_unit_test(all_that_are_found_show_or_are_walked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
