/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>

#include "agent/sync/acked.h"
#include "lib/limits.h"
#include "tests/unit/agent/sync/scratch.h"

static void make_hash(unsigned int n, uint8_t ret[static HASH_SIZE])
{
	hash_sha256(&n, sizeof(n), ret);
}

static void fill(struct acked *a, unsigned int count)
{
	uint8_t *hashes = malloc(count * HASH_SIZE + 1);

	for (unsigned int i = 0; i < count; i++)
		make_hash(i, hashes + i * HASH_SIZE);
	assert_int_equal(acked_apply(a, NULL, 0, hashes, count), 0);
	free(hashes);
}

static void what_was_stored_is_loaded(void **state)
{
	const char *path = scratch_path(state, "acknowledged"), *why = NULL;
	struct acked a = {.epoch = 1, .generation = 2, .coverage_started = 3};
	struct acked b = {0};

	make_hash(9, a.host);
	fill(&a, 100);
	assert_int_equal(acked_store(path, &a), 0);
	assert_int_equal(acked_load(path, &b, &why), 0);
	assert_true(b.epoch == 1 && b.generation == 2 && b.count == 100);
	assert_int_equal(b.coverage_started, 3);
	assert_memory_equal(a.host, b.host, HASH_SIZE);
	assert_memory_equal(a.digest.sum, b.digest.sum, HASH_SIZE);
	acked_free(&a);
	acked_free(&b);
}

static void a_part_takes_away_and_adds(void **state)
{
	uint8_t hash[HASH_SIZE], removed[2 * HASH_SIZE];
	struct acked a = {0}, b = {0};

	(void)state;
	fill(&a, 10);
	fill(&b, 9);
	memcpy(removed, a.hashes + 2 * HASH_SIZE, HASH_SIZE);
	memcpy(removed + HASH_SIZE, a.hashes + 7 * HASH_SIZE, HASH_SIZE);
	make_hash(77, hash);
	assert_int_equal(acked_apply(&a, removed, 2, hash, 1), 0);
	assert_int_equal(a.count, 9);
	assert_true(acked_index(&a, hash) >= 0);
	assert_int_equal(acked_index(&a, removed), -1);
	assert_int_equal(acked_apply(&a, hash, 1, removed, 2), 0);
	make_hash(9, hash);
	assert_int_equal(acked_apply(&a, hash, 1, NULL, 0), 0);
	assert_int_equal(a.count, 9);
	assert_memory_equal(a.hashes, b.hashes, 9 * HASH_SIZE);
	assert_memory_equal(a.digest.sum, b.digest.sum, HASH_SIZE);
	acked_free(&a);
	acked_free(&b);
}

static void a_file_that_was_cut_is_refused(void **state)
{
	const char *path = scratch_path(state, "acknowledged"), *why = NULL;
	struct acked a = {.epoch = 1}, b = {0};
	struct buf whole;

	fill(&a, 10);
	assert_int_equal(acked_store(path, &a), 0);
	buf_init(&whole, MIB(1));
	assert_int_equal(file_read(path, &whole), 0);
	/* the last field is the host's hash, which may be missing */
	for (size_t len = 0; len < whole.len - HASH_SIZE - 2; len++) {
		assert_int_equal(file_replace(path, 0600, whole.data, len), 0);
		why = NULL;
		assert_int_equal(acked_load(path, &b, &why), -EBADMSG);
		assert_non_null(why);
	}
	buf_free(&whole);
	acked_free(&a);
}

#define T(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_was_stored_is_loaded),
		cmocka_unit_test(a_part_takes_away_and_adds),
		T(a_file_that_was_cut_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
