/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/format/ber.h"
#include "tests/unit/unit.h"

#define OF(bytes) ber_of((const uint8_t *)(bytes), sizeof(bytes) - 1)

static void definite_elements_are_taken_one_by_one(void **state)
{
	struct ber b = OF("\x04\x02" "ab" "\x05\x00");
	struct ber_item item = { 0 };

	(void)state;
	assert_int_equal(ber_next(&b, &item), 0);
	assert_int_equal(item.tag, BER_OCTETS);
	assert_true(BER_IS(&item.content, "ab"));
	assert_int_equal(item.whole.left, 4);
	assert_int_equal(ber_next(&b, &item), 0);
	assert_int_equal(item.content.left, 0);
	assert_int_equal(ber_next(&b, &item), -ENODATA);
}

static void indefinite_lengths_end_at_their_own_end(void **state)
{
	struct ber b = OF("\x30\x80\x30\x80\x04\x01x\x00\x00\x00\x00\x05\x00");
	struct ber inner = { 0 };
	struct ber_item item = { 0 };

	(void)state;
	assert_int_equal(ber_enter(&b, BER_SEQUENCE, &inner), 0);
	assert_int_equal(inner.left, 7);
	assert_int_equal(ber_next(&inner, &item), 0);
	assert_int_equal(item.content.left, 3);
	assert_int_equal(item.whole.left, 7);
	assert_int_equal(inner.left, 0);
	assert_int_equal(b.left, 2);
}

static void strings_in_pieces_are_joined(void **state)
{
	struct ber b = OF("\x24\x80\x04\x02" "ab\x04\x00\x04\x01" "c\x00\x00");
	struct ber_item item = { 0 };
	struct ber joined = { 0 };
	struct arena a;

	(void)state;
	arena_init(&a, 4096);
	assert_int_equal(ber_next(&b, &item), 0);
	assert_int_equal(ber_octets(&item, &a, &joined), 0);
	assert_true(BER_IS(&joined, "abc"));
	arena_free(&a);
}

static void lengths_beyond_the_end_are_refused(void **state)
{
	static const char *const bad[] = {
		"\x04\x03xx",
		"\x04\x84\x80\x00\x00\x00xx",
		"\x04\x88\x80\x00\x00\x00\x00\x00\x00\x00xx",
		"\x04\x88\xff\xff\xff\xff\xff\xff\xff\xffxx",
		"\x04\x89\x01\x00\x00\x00\x00\x00\x00\x00\x00",
		"\x04\x80\x00\x00",	/* primitive, indefinite */
		"\x30\x80\x05\x00",	/* never ends */
		"\x1f\x81\x00\x00",	/* long tag number */
		"\x04",
	};
	static const size_t lengths[] = { 4, 8, 12, 12, 11, 4, 4, 4, 1 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint8_t *copy = malloc(lengths[i]);
		struct ber b = ber_of(copy, lengths[i]);
		struct ber_item item = { 0 };

		memcpy(copy, bad[i], lengths[i]);
		assert_int_equal(ber_next(&b, &item), -EBADMSG);
		assert_int_equal(b.left, lengths[i]);
		free(copy);
	}
}

static void nesting_without_end_is_refused(void **state)
{
	uint8_t *deep = malloc(1 << 20);
	struct ber b = ber_of(deep, 1 << 20);
	struct ber_item item = { 0 };

	(void)state;
	for (size_t i = 0; i < 1 << 20; i++)
		deep[i] = i % 2 ? 0x80 : 0x30;
	assert_int_equal(ber_next(&b, &item), -EBADMSG);
	free(deep);
}

static void integers_are_read_up_to_64_bits(void **state)
{
	struct ber b = OF("\x02\x09\x00\xff\xff\xff\xff\xff\xff\xff\xff");
	struct ber negative = OF("\x02\x01\x80");
	struct ber wide = OF("\x02\x09\x01\x00\x00\x00\x00\x00\x00\x00\x00");
	struct ber empty = OF("\x02\x00");
	uint64_t n = 7;

	(void)state;
	assert_int_equal(ber_unsigned(&b, &n), 0);
	assert_true(n == UINT64_MAX);
	assert_int_equal(ber_unsigned(&negative, &n), -EBADMSG);
	assert_int_equal(ber_unsigned(&wide, &n), -EBADMSG);
	assert_int_equal(ber_unsigned(&empty, &n), -EBADMSG);
	assert_true(n == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(definite_elements_are_taken_one_by_one),
		cmocka_unit_test(indefinite_lengths_end_at_their_own_end),
		cmocka_unit_test(strings_in_pieces_are_joined),
		cmocka_unit_test(lengths_beyond_the_end_are_refused),
		cmocka_unit_test(nesting_without_end_is_refused),
		cmocka_unit_test(integers_are_read_up_to_64_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
