/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "agent/listen/retired.h"

static void lines_of_the_kernel_are_read(void **state)
{
	uint16_t port = 0;
	unsigned int st = 0;
	uint64_t inode = 0;

	(void)state;
	assert_true(retired_line(
		"   0: 0100007F:1151 0100007F:B0C2 01 00000000:00000000 "
		"02:000003E8 00000000     0        0 4711 2 0000 20 4 30 10 -1",
		&port, &st, &inode));
	assert_int_equal(port, 0x1151);
	assert_int_equal(st, 1);
	assert_int_equal(inode, 4711);
	assert_true(retired_line(
		" 123: 00000000000000000000000001000000:01BB "
		"00000000000000000000000000000000:0000 0A 00000000:00000000 "
		"00:00000000 00000000  1000        0 18446744073709551615 1 0",
		&port, &st, &inode));
	assert_int_equal(port, 443);
	assert_int_equal(st, 10);
	assert_int_equal(inode, UINT64_MAX);
}

static void other_lines_are_not(void **state)
{
	static const char *const others[] = {
		"", "\n", "  sl  local_address rem_address   st tx_queue",
		"   0: 0100007F:1151 0100007F:B0C2 01",
		"   0: 0100007F 0100007F:B0C2 01 0:0 0:0 0 0 0 1",
		"   x: 0100007F:1151 0100007F:B0C2 01 0:0 0:0 0 0 0 1",
	};
	uint16_t port = 1;
	unsigned int st = 2;
	uint64_t inode = 3;

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(retired_line(others[i], &port, &st, &inode));
	assert_int_equal(port, 1);
	assert_int_equal(st, 2);
	assert_int_equal(inode, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_the_kernel_are_read),
		cmocka_unit_test(other_lines_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
