/* SPDX-License-Identifier: Apache-2.0 */
/* A log whose entries are chained by hash: each one's hash covers the one
 * before, so no entry can be changed, taken out, put in or moved without all
 * later hashes being wrong.  What is cut off at the end shows only against a
 * hash that was kept elsewhere.
 *
 *	hash = SHA-256("certwalk log v1" 0 || hash before || number || time ||
 *		       text)
 *
 * number and time are 64-bit, big-endian; the hash before the first is 0. */
#ifndef CW_LIB_CHAIN_H
#define CW_LIB_CHAIN_H

#include "lib/hash.h"

struct chain {
	uint64_t number;		/* of the last entry; 0: none */
	uint8_t hash[HASH_SIZE];	/* of the last entry */
};

/* What the chain is after one more entry. */
void chain_add(struct chain *c, int64_t time, const void *text, size_t len);

#endif
