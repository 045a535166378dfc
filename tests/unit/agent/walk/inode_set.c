/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "agent/walk/inode_set.h"

static void each_is_new_once(void **state)
{
	struct inode_set s;

	(void)state;
	inode_set_init(&s);
	for (uint64_t i = 1; i <= 50000; i++)
		assert_true(inode_set_add(&s, i % 3, i << 12));
	for (uint64_t i = 1; i <= 50000; i++)
		assert_false(inode_set_add(&s, i % 3, i << 12));
	assert_true(inode_set_add(&s, 7, 1 << 12));
	inode_set_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_new_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
