/* SPDX-License-Identifier: Apache-2.0 */
/* Where a page ends, as one word: base64url of
 *
 *	value ...	the sort that it belongs to, the row's key, its ids
 *	value		type (1: number, 2: text, 3: bytes), then 8 bytes, or
 *			2 bytes of length and the bytes; most significant
 *			first
 *
 * A cursor comes back from outside, so it is read with suspicion; all it can do
 * is to start a page somewhere else. */
#ifndef CW_COLLECTOR_CURSOR_H
#define CW_COLLECTOR_CURSOR_H

#include "collector-stub/query/query.h"

#define CURSOR_VALUES 5

/* ${out} then holds the word: 0, -ENOBUFS or -ENOMEM. */
int cursor_write(struct buf *out, const struct store_value *values, size_t n);

/* Exactly ${n} values, in ${a}: 0, -EINVAL, -ENOMEM. */
int cursor_read(const char *word, struct arena *a, struct store_value *ret,
		size_t n);

#endif
