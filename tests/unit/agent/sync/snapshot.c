/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>

#include "agent/sync/snapshot.h"
#include "lib/limits.h"
#include "tests/unit/agent/sync/scratch.h"

static uint8_t small_der[] = "der";

static void add(struct snapshot_writer *w, unsigned int n, int expect)
{
	Cw__Object o = CW__OBJECT__INIT;
	uint8_t hash[HASH_SIZE];
	uint8_t *l = NULL;
	size_t len = scratch_location(n, 10, &l);

	hash_sha256(small_der, sizeof(small_der), hash);
	o.sha256 = (ProtobufCBinaryData){HASH_SIZE, hash};
	o.der = (ProtobufCBinaryData){sizeof(small_der), small_der};
	assert_int_equal(snapshot_add(w, l, len, &o), expect);
	free(l);
}

static void write_some(const char *path, unsigned int count)
{
	Cw__Coverage c = CW__COVERAGE__INIT;
	struct snapshot_writer w = {0};

	c.started = 1000;
	assert_int_equal(snapshot_begin(&w, path), 0);
	for (unsigned int i = 0; i < count; i++)
		add(&w, i, 0);
	assert_int_equal(snapshot_commit(&w, 7, 8, &c), 0);
	assert_false(w.open);
}

static void what_was_written_is_read_back(void **state)
{
	const char *path = scratch_path(state, "current"), *why = NULL;
	struct snapshot_span span = {0};
	struct snapshot s = {0};
	size_t at = 0, n = 0;

	write_some(path, 1000);
	assert_int_equal(snapshot_open(path, &s, &why), 0);
	assert_true(s.epoch == 7 && s.generation == 8 && s.started == 1000);
	assert_int_equal(s.locations, 1000);
	while (snapshot_location(&s, &at, &span))
		n++;
	assert_int_equal(n, 1000);
	for (at = 0, n = 0; snapshot_object(&s, &at, &span); n++)
		assert_true(snapshot_object_is_whole(&span));
	assert_int_equal(n, 1);
	snapshot_close(&s);
}

static void the_same_location_counts_once(void **state)
{
	const char *path = scratch_path(state, "current"), *why = NULL;
	struct snapshot_writer w = {0};
	struct snapshot s = {0};

	assert_int_equal(snapshot_begin(&w, path), 0);
	add(&w, 1, 0);
	add(&w, 2, 0);
	add(&w, 1, 0);
	assert_int_equal(snapshot_commit(&w, 1, 1, NULL), 0);
	assert_int_equal(snapshot_open(path, &s, &why), 0);
	assert_int_equal(s.locations, 2);
	snapshot_close(&s);
}

static void order_does_not_change_the_digest(void **state)
{
	struct snapshot_writer a = {0}, b = {0};

	assert_int_equal(snapshot_begin(&a, scratch_path(state, "a")), 0);
	assert_int_equal(snapshot_begin(&b, scratch_path(state, "b")), 0);
	for (unsigned int i = 0; i < 20; i++) {
		add(&a, i, 0);
		add(&b, 19 - i, 0);
	}
	assert_memory_equal(a.digest.sum, b.digest.sum, HASH_SIZE);
	snapshot_abort(&a);
	snapshot_abort(&b);
}

static void an_object_above_the_limit_is_left_out(void **state)
{
	const char *path = scratch_path(state, "current"), *why = NULL;
	uint8_t *der = calloc(1, LIMIT_DER + 1), hash[HASH_SIZE];
	Cw__Object o = CW__OBJECT__INIT;
	struct snapshot_writer w = {0};
	struct snapshot_span span = {0};
	struct snapshot s = {0};
	size_t at = 0;

	hash_sha256(der, LIMIT_DER + 1, hash);
	o.sha256 = (ProtobufCBinaryData){HASH_SIZE, hash};
	o.der = (ProtobufCBinaryData){LIMIT_DER + 1, der};
	assert_int_equal(snapshot_begin(&w, path), 0);
	assert_int_equal(snapshot_add(&w, small_der, 3, &o), 0);
	assert_int_equal(snapshot_commit(&w, 1, 1, NULL), 0);
	assert_int_equal(snapshot_open(path, &s, &why), 0);
	assert_int_equal(s.locations, 1);
	assert_false(snapshot_object(&s, &at, &span));
	snapshot_close(&s);
	free(der);
}

static void a_location_above_the_limit_is_noted(void **state)
{
	const char *path = scratch_path(state, "current"), *why = NULL;
	uint8_t *big = calloc(1, SNAPSHOT_LOCATION + 1);
	Cw__Coverage c = CW__COVERAGE__INIT, *got = NULL;
	struct snapshot_writer w = {0};
	struct snapshot s = {0};

	assert_int_equal(snapshot_begin(&w, path), 0);
	assert_int_equal(snapshot_add(&w, big, SNAPSHOT_LOCATION + 1, NULL),
			 -EMSGSIZE);
	assert_int_equal(snapshot_commit(&w, 1, 1, &c), 0);
	assert_int_equal(snapshot_open(path, &s, &why), 0);
	got = cw__coverage__unpack(NULL, s.coverage.len, s.coverage.data);
	assert_int_equal(got->n_notes, 1);
	assert_non_null(strstr(got->notes[0], "too large"));
	cw__coverage__free_unpacked(got, NULL);
	snapshot_close(&s);
	free(big);
}

static void a_long_list_of_gaps_is_cut_to_fit(void **state)
{
	const char *path = scratch_path(state, "current"), *why = NULL;
	Cw__Coverage c = CW__COVERAGE__INIT, *got = NULL;
	static uint8_t long_path[100000];
	struct snapshot_writer w = {0};
	struct snapshot s = {0};
	Cw__Gap gap = CW__GAP__INIT;
	Cw__Gap *gaps[100];

	gap.path = (ProtobufCBinaryData){sizeof(long_path), long_path};
	for (size_t i = 0; i < 100; i++)
		gaps[i] = &gap;
	c.gaps = gaps;
	c.n_gaps = 100;
	assert_int_equal(snapshot_begin(&w, path), 0);
	assert_int_equal(snapshot_commit(&w, 1, 1, &c), 0);
	assert_int_equal(snapshot_open(path, &s, &why), 0);
	assert_true(s.coverage.len <= SNAPSHOT_COVERAGE);
	got = cw__coverage__unpack(NULL, s.coverage.len, s.coverage.data);
	assert_int_equal(got->n_gaps, 3);
	assert_int_equal(got->n_notes, 1);
	cw__coverage__free_unpacked(got, NULL);
	snapshot_close(&s);
}

static void a_file_that_was_cut_or_changed_is_refused(void **state)
{
	const char *path = scratch_path(state, "current"), *why = NULL;
	struct snapshot s = {0};
	struct buf whole;

	write_some(path, 50);
	buf_init(&whole, MIB(1));
	assert_int_equal(file_read(path, &whole), 0);
	for (size_t len = 0; len < whole.len; len += 7) {
		assert_int_equal(file_replace(path, 0600, whole.data, len), 0);
		why = NULL;
		assert_int_equal(snapshot_open(path, &s, &why), -EBADMSG);
		assert_non_null(why);
	}
	whole.data[8] ^= 1;	/* inside the first location */
	assert_int_equal(file_replace(path, 0600, whole.data, whole.len), 0);
	assert_int_equal(snapshot_open(path, &s, &why), -EBADMSG);
	assert_string_equal(why, "digest does not fit the locations");
	buf_free(&whole);
}

static void giving_up_leaves_the_old_file(void **state)
{
	const char *path = scratch_path(state, "current"), *why = NULL;
	struct snapshot_writer w = {0};
	struct snapshot s = {0};

	write_some(path, 3);
	assert_int_equal(snapshot_begin(&w, path), 0);
	add(&w, 100, 0);
	snapshot_abort(&w);
	assert_int_equal(snapshot_open(path, &s, &why), 0);
	assert_int_equal(s.locations, 3);
	snapshot_close(&s);
}

#define T(f) cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_was_written_is_read_back),
		T(the_same_location_counts_once),
		T(order_does_not_change_the_digest),
		T(an_object_above_the_limit_is_left_out),
		T(a_location_above_the_limit_is_noted),
		T(a_long_list_of_gaps_is_cut_to_fit),
		T(a_file_that_was_cut_or_changed_is_refused),
		T(giving_up_leaves_the_old_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
