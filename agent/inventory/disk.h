/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that were found on disk (or in tokens), as the join asks for
 * them: by hash, by the names that they are for, and authorities by subject. */
#ifndef CW_AGENT_INVENTORY_DISK_H
#define CW_AGENT_INVENTORY_DISK_H

#include <uthash.h>

#include "agent/proc/ipc.pb-c.h"
#include "lib/buf.h"
#include "lib/hash.h"

struct disk_certificate {
	uint8_t sha256[HASH_SIZE];
	uint64_t names;		/* disk_names() */
	int64_t not_before;
	int64_t changed;	/* its file, seconds since 1970 */
	ProtobufCBinaryData path;	/* of several, the one sorted first */
	bool served;		/* by some endpoint; set by who knows */
	UT_hash_handle by_hash, by_names;
};

struct disk_authority;

struct disk {
	struct disk_certificate *all;
	struct disk_certificate *newest;	/* by names */
	struct disk_authority *authorities;
	struct arena *arena;	/* borrowed */
	bool full;		/* something was left out */
};

void disk_init(struct disk *d, struct arena *arena);
void disk_free(struct disk *d);

/* What a certificate is for, as a number that does not depend on the order of
 * its names: its names and addresses, else its subject.  0: for nothing. */
uint64_t disk_names(const Cw__Facts *f);

/* Could a server show it as its own?  Neither an intermediate nor an anchor. */
bool disk_is_leaf(const Ipc__Finding *f);

/* Remembers a certificate with facts and hash. */
void disk_add(struct disk *d, const Ipc__Candidate *place,
	      const Ipc__Finding *f);

/* NULL where there is none. */
struct disk_certificate *disk_find(const struct disk *d,
				   const uint8_t sha256[static HASH_SIZE]);
/* The newest one for these names. */
const struct disk_certificate *disk_newest(const struct disk *d,
					   uint64_t names);

enum disk_issuer { DISK_UNKNOWN, DISK_ROOT, DISK_INTERMEDIATE };
/* The authority with that subject, by the SHA-256 of its Name; a root where
 * both are known. */
enum disk_issuer disk_issuer(const struct disk *d,
			     const ProtobufCBinaryData *subject);

#endif
