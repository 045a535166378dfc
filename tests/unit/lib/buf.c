/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <malloc.h>

#include <errno.h>

#include "lib/buf.h"

static void an_append_above_the_maximum_changes_nothing(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	assert_int_equal(buf_add(&b, "abc", 3), 0);
	assert_int_equal(buf_add(&b, "de", 2), -ENOBUFS);
	assert_true(b.failed);
	assert_int_equal(b.len, 3);
	assert_int_equal(buf_addch(&b, 'd'), 0);
	assert_memory_equal(b.data, "abcd", 4);
	buf_free(&b);
}

static void formatting_grows_as_needed(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10000);
	assert_int_equal(buf_addf(&b, "%0*d", 5000, 7), 0);
	assert_int_equal(b.len, 5000);
	assert_int_equal(buf_addf(&b, "%0*d", 5001, 7), -ENOBUFS);
	assert_int_equal(b.len, 5000);
	buf_free(&b);
}

static void an_arena_is_zeroed_aligned_and_bounded(void **state)
{
	struct arena a;
	uint8_t *p;

	(void)state;
	arena_init(&a, 100000);
	for (int i = 0; i < 1000; i++) {
		p = arena_alloc(&a, 33);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		assert_int_equal(p[0] | p[32], 0);
		p[0] = p[32] = 0xff;
	}
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_alloc(&a, SIZE_MAX - 8));
	assert_null(arena_alloc(&a, 60000));
	arena_reset(&a);
	assert_non_null(arena_alloc(&a, 60000));
	arena_free(&a);
}

static void a_reset_arena_keeps_little(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 1 << 20);
	for (int i = 0; i < 10; i++) {
		assert_non_null(arena_alloc(&a, 5000));
		assert_non_null(arena_alloc(&a, 200000));
		assert_non_null(arena_alloc(&a, 1));
		arena_reset(&a);
		assert_int_equal(a.used, 0);
		assert_true(malloc_usable_size(a.head) < 20000);
	}
	arena_alloc(&a, 200000);
	arena_free(&a);
	assert_null(a.head);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_append_above_the_maximum_changes_nothing),
		cmocka_unit_test(formatting_grows_as_needed),
		cmocka_unit_test(an_arena_is_zeroed_aligned_and_bounded),
		cmocka_unit_test(a_reset_arena_keeps_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
