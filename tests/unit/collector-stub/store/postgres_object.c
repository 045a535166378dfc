/* SPDX-License-Identifier: Apache-2.0 */
/* What PostgreSQL adds at the end of a group is there for the rest of it; on
 * any driver (store_test.h). */
#include "tests/unit/unit.h"

#include <string.h>

#include "tests/unit/collector-stub/store_case.h"


static void set_hash(uint8_t ret[static HASH_SIZE], int n)
{
	memset(ret, n, HASH_SIZE);
}

static void add(int n)
{
	struct store_location l = { .bytes = (const uint8_t *)"", .kind = 1,
				    .format = "pem" };
	uint8_t object[HASH_SIZE];
	size_t added = 0;

	set_hash(l.hash, 100 + n);
	set_hash(object, n);
	l.object = object;
	assert_int_equal(d->location_add(s, "a", 1, &l, 1, &added), 0);
	assert_int_equal(added, 1);
}

static int count_hash(void *arg, const uint8_t h[static HASH_SIZE])
{
	int *seen = arg;

	seen[h[0]]++;
	return 0;
}

static void objects_of_a_group_are_not_lacking(void **state)
{
	static struct store_object o[3];
	const char *const ids[] = { "a" };
	uint8_t all[3 * HASH_SIZE];
	int seen[256] = { 0 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		o[i] = (struct store_object){ .kind = 1, .bad = "none" };
		set_hash(o[i].sha256, 11 + i);
		set_hash(all + i * HASH_SIZE, 11 + i);
		add(11 + i);
	}
	assert_int_equal(d->expect(s, ids, 1), 0);
	assert_int_equal(d->object_add(s, &o[0], 1), 0);
	assert_int_equal(d->object_add(s, &o[0], 1), 0);
	assert_int_equal(d->savepoint(s), 0);
	assert_int_equal(d->object_add(s, &o[1], 1), 0);
	assert_int_equal(d->release(s), 0);
	assert_int_equal(d->object_lacking(s, "a", 1, count_hash, seen), 0);
	assert_int_equal(seen[13], 1);
	assert_int_equal(d->object_missing(s, all, 3, count_hash, seen), 0);
	assert_int_equal(seen[13], 2);
	assert_int_equal(d->object_add(s, &o[2], 1), 0);
	assert_int_equal(d->object_lacking(s, "a", 9, count_hash, seen), 0);
	assert_int_equal(d->object_missing(s, all, 3, count_hash, seen), 0);
	assert_int_equal(seen[11] + seen[12] + seen[13], 2);
}

/* What undo() returns. */
static int undo_one(int *seen)
{
	static struct store_object o = { .kind = 1, .bad = "none" };
	const char *const ids[] = { "a" };
	int r = 0;

	set_hash(o.sha256, 21);
	add(21);
	assert_int_equal(d->expect(s, ids, 1), 0);
	assert_int_equal(d->savepoint(s), 0);
	assert_int_equal(d->object_add(s, &o, 1), 0);
	r = d->undo(s);
	if (r == 0)
		assert_int_equal(d->object_lacking(s, "a", 9, count_hash, seen),
				 0);
	return r;
}

static void an_object_that_was_undone_is_lacking(void **state)
{
	int seen[256] = { 0 };
	int r = undo_one(seen);

	(void)state;
	if (r == -EAGAIN) {
		d->rollback(s);
		assert_int_equal(d->begin(s), 0);
		r = undo_one(seen);
	}
	assert_int_equal(r, 0);
	assert_int_equal(seen[21], 1);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, store_case_open, \
						store_case_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(objects_of_a_group_are_not_lacking),
		CASE(an_object_that_was_undone_is_lacking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
