/* SPDX-License-Identifier: Apache-2.0 */
/* Which paths hold findings: a set of hashes of the paths and of the
 * directories above them.  Two paths may share a hash: then a change is looked
 * at that need not be. */
#ifndef CW_AGENT_WALK_WATCH_KNOWN_H
#define CW_AGENT_WALK_WATCH_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* hashes in a set: 8 to 16 bytes of memory each */
#define KNOWN_MAX ((size_t)1 << 20)

struct known {
	uint64_t *slots;	/* open addressing; 0 is free */
	size_t count;
	size_t size;	/* a power of two */
};

/* 0; -ENOBUFS above KNOWN_MAX; -ENOMEM. */
int known_add(struct known *k, const char *path, size_t len);
/* Adds the path alone, without those above it: 1 where it is new, else 0 or as
 * above. */
int known_add_alone(struct known *k, const char *path, size_t len);
/* Does this very path hold findings?  Does anything beneath it? */
bool known_file(const struct known *k, const char *path, size_t len);
bool known_below(const struct known *k, const char *path, size_t len);
void known_free(struct known *k);

#endif
