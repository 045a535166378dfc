/* SPDX-License-Identifier: Apache-2.0 */
/* What most tests of a store begin with: one of any driver (store_test.h), in a
 * transaction that is undone at the end. */
#ifndef CW_TESTS_STORE_CASE_H
#define CW_TESTS_STORE_CASE_H

#include <string.h>

#include "tests/unit/collector-stub/store_test.h"

static struct store *s;
static const struct store_driver *d;

static inline int store_case_open(void **state)
{
	(void)state;
	if (store_test_open(&s) < 0)
		return -1;
	d = s->driver;
	return d->begin(s);
}

static inline int store_case_close(void **state)
{
	(void)state;
	d->rollback(s);
	store_close(s);
	return 0;
}

/* ${n} in each byte; valid for seven calls more. */
static inline const uint8_t *store_hash(int n)
{
	static uint8_t h[8][HASH_SIZE];
	static int next;
	uint8_t *p = h[next++ % 8];

	memset(p, n, HASH_SIZE);
	return p;
}

static inline int store_no_location(void *arg, const struct store_location *l)
{
	(void)arg, (void)l;
	return 0;
}

/* How many went of the places of an agent with that hash: 1 or 0. */
static inline size_t store_remove(const char *id, int n)
{
	uint8_t *hash = (uint8_t *)(uintptr_t)store_hash(n);
	ProtobufCBinaryData h = { HASH_SIZE, hash };
	size_t removed = 9;

	assert_int_equal(d->location_remove(s, id, &h, 1, store_no_location,
					    NULL, &removed), 0);
	return removed;
}

#endif
