/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256, and the digest over a set of locations.
 *
 * A location's hash is the SHA-256 of its packed bytes.  A set's digest is the
 * sum of its members' hashes, each read as a 256-bit big-endian number, modulo
 * 2^256: independent of order, and a member can be added or taken away without
 * knowing the others.  It guards against two sides that have drifted apart,
 * not against a forger: an agent vouches for its own locations anyway. */
#ifndef CW_LIB_HASH_H
#define CW_LIB_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HASH_SIZE 32
#define HASH_HEX (2 * HASH_SIZE + 1)

/* Dies where libcrypto has no SHA-256. */
void hash_sha256(const void *data, size_t len, uint8_t ret[static HASH_SIZE]);

struct set_digest {
	uint8_t sum[HASH_SIZE];
};

void set_digest_add(struct set_digest *d, const uint8_t hash[static HASH_SIZE]);
void set_digest_sub(struct set_digest *d, const uint8_t hash[static HASH_SIZE]);

#endif
