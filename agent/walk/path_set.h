/* SPDX-License-Identifier: Apache-2.0 */
/* A set of paths and of the directories above them, as hashes.  Two paths may
 * share one: what a set has may be too much, but never too little. */
#ifndef CW_AGENT_WALK_PATH_SET_H
#define CW_AGENT_WALK_PATH_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* hashes in a set: 8 to 16 bytes of memory each */
#define PATH_SET_MAX ((size_t)1 << 20)

struct path_set {
	uint64_t *slots;	/* open addressing; 0 is free */
	size_t count;
	size_t size;	/* a power of two */
};

/* 0; -ENOBUFS above PATH_SET_MAX; -ENOMEM. */
int path_set_add(struct path_set *s, const char *path, size_t len);
/* Adds the path alone, without those above it: 1 where it is new, else 0 or as
 * above. */
int path_set_add_alone(struct path_set *s, const char *path, size_t len);
/* Marks it as a directory with something beneath it: the same. */
int path_set_add_below(struct path_set *s, const char *path, size_t len);
/* Is anything of one set in the other too? */
bool path_set_meets(const struct path_set *s, const struct path_set *other);
/* Is this very path in it?  Is any beneath it? */
bool path_set_has(const struct path_set *s, const char *path, size_t len);
bool path_set_has_below(const struct path_set *s, const char *path, size_t len);
void path_set_free(struct path_set *s);

#endif
