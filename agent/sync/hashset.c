/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sync/hashset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(e) ((e)->lost = true)
/* The keys are SHA-256 already. */
#define HASH_FUNCTION(key, len, ret) memcpy(&(ret), (key), sizeof(ret))
#include <uthash.h>

struct hashset_entry {
	uint8_t hash[HASH_SIZE];
	bool marked;
	bool lost;	/* no memory for it in the table */
	UT_hash_handle hh;
};

static struct hashset_entry *find(const struct hashset *s, const uint8_t *hash)
{
	struct hashset_entry *e = NULL;

	HASH_FIND(hh, s->head, hash, HASH_SIZE, e);
	return e;
}

int hashset_add(struct hashset *s, const uint8_t hash[static HASH_SIZE])
{
	struct hashset_entry *e = find(s, hash);

	if (e)
		return 0;
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	memcpy(e->hash, hash, HASH_SIZE);
	HASH_ADD(hh, s->head, hash, HASH_SIZE, e);
	if (e->lost) {
		free(e);
		return -ENOMEM;
	}
	return 1;
}

bool hashset_has(const struct hashset *s, const uint8_t hash[static HASH_SIZE])
{
	return find(s, hash) != NULL;
}

bool hashset_mark(struct hashset *s, const uint8_t hash[static HASH_SIZE])
{
	struct hashset_entry *e = find(s, hash);

	if (!e || e->marked)
		return false;
	e->marked = true;
	return true;
}

void hashset_free(struct hashset *s)
{
	struct hashset_entry *e = s->head, *next = NULL;

	HASH_CLEAR(hh, s->head);
	for (; e; e = next) {
		next = e->hh.next;
		free(e);
	}
}
