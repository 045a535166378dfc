/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "agent/walk/inode_set.h"

static struct inode_key key(uint64_t device, uint64_t inode)
{
	return (struct inode_key){.device = device, .inode = inode};
}

static void each_is_new_once(void **state)
{
	struct inode_key other = key(7, 1 << 12), k = {0};
	struct inode_set s;

	(void)state;
	inode_set_init(&s);
	for (uint64_t i = 1; i <= 50000; i++) {
		k = key(i % 3, i << 12);
		assert_true(inode_set_add(&s, &k));
	}
	for (uint64_t i = 1; i <= 50000; i++) {
		k = key(i % 3, i << 12);
		assert_false(inode_set_add(&s, &k));
	}
	assert_true(inode_set_add(&s, &other));
	inode_set_free(&s);
}

static void a_member_bears_a_mark(void **state)
{
	struct inode_key one = key(1, 2), two = key(2, 1);
	struct inode_set s;

	(void)state;
	inode_set_init(&s);
	assert_int_equal(inode_set_mark(&s, &one), 0);
	assert_true(inode_set_add(&s, &one));
	inode_set_set_mark(&s, &one, 3);
	inode_set_set_mark(&s, &two, 4);
	assert_int_equal(inode_set_mark(&s, &one), 3);
	assert_int_equal(inode_set_mark(&s, &two), 0);
	inode_set_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_new_once),
		cmocka_unit_test(a_member_bears_a_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
