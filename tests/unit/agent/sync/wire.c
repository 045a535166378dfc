/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "agent/sync/wire.h"

static void what_is_put_is_read_back(void **state)
{
	const uint8_t *at = NULL, *end = NULL;
	struct wire_field f = {0};
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(wire_put_varint(&b, 2, UINT64_MAX), 0);
	assert_int_equal(wire_put_fixed64(&b, 1, 0x0102030405060708), 0);
	assert_int_equal(wire_put_bytes(&b, 500, "abc", 3), 0);
	at = b.data;
	end = at + b.len;
	assert_int_equal(wire_next(&at, end, &f), 1);
	assert_true(f.number == 2 && f.type == WIRE_VARINT);
	assert_true(f.value == UINT64_MAX);
	assert_int_equal(wire_next(&at, end, &f), 1);
	assert_true(f.number == 1 && f.value == 0x0102030405060708);
	assert_int_equal(wire_next(&at, end, &f), 1);
	assert_true(f.number == 500 && f.len == 3);
	assert_memory_equal(f.data, "abc", 3);
	assert_int_equal(wire_next(&at, end, &f), 0);
	buf_free(&b);
}

static void what_is_no_whole_field_is_refused(void **state)
{
	static const struct { const char *bytes; size_t len; } bad[] = {
		{"\x0a", 1},			/* no length */
		{"\x0a\x05" "abcd", 6},		/* cut short */
		{"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11},
		{"\x09" "1234567", 8},		/* fixed64 cut short */
		{"\x0b", 1},			/* group */
		{"\x00\x00", 2},		/* field 0 */
		{"\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02", 11},
		{"\x08\x80", 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const uint8_t *start = (const uint8_t *)bad[i].bytes;
		const uint8_t *at = start;
		struct wire_field f = {0};

		assert_int_equal(wire_next(&at, at + bad[i].len, &f),
				 -EBADMSG);
		assert_ptr_equal(at, start);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_read_back),
		cmocka_unit_test(what_is_no_whole_field_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
