/* SPDX-License-Identifier: Apache-2.0 */
/* A set of SHA-256 hashes, each with a mark. */
#ifndef CW_AGENT_SYNC_HASHSET_H
#define CW_AGENT_SYNC_HASHSET_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/hash.h"

struct hashset_entry;

struct hashset {
	struct hashset_entry *head;
};

/* Adds ${hash} unmarked: 1, 0 where it was in already, or -ENOMEM. */
int hashset_add(struct hashset *s, const uint8_t hash[static HASH_SIZE]);
bool hashset_has(const struct hashset *s, const uint8_t hash[static HASH_SIZE]);
/* Marks ${hash}: true where it is in and was not marked before. */
bool hashset_mark(struct hashset *s, const uint8_t hash[static HASH_SIZE]);
void hashset_free(struct hashset *s);

#endif
