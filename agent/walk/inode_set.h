/* SPDX-License-Identifier: Apache-2.0 */
/* Which (device, inode) were seen; shared by threads. */
#ifndef CW_AGENT_WALK_INODE_SET_H
#define CW_AGENT_WALK_INODE_SET_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct inode_key {
	uint64_t inode;
	uint64_t device;
};

struct inode_slot {
	uint64_t inode;		/* 0: free */
	uint32_t device;	/* as the kernel has it: 12 + 20 bits */
	uint32_t mark;
};

struct inode_set {
	pthread_mutex_t lock;
	struct inode_slot *slots;	/* open addressing */
	size_t count;
	size_t size;	/* a power of two */
};

void inode_set_init(struct inode_set *s);
void inode_set_free(struct inode_set *s);

/* True where it is new; also where there is no memory to remember it: seen
 * twice is better than not seen. */
bool inode_set_add(struct inode_set *s, const struct inode_key *k);

/* What the caller noted of a member; 0 where nothing, or no member. */
unsigned int inode_set_mark(struct inode_set *s, const struct inode_key *k);
void inode_set_set_mark(struct inode_set *s, const struct inode_key *k,
			unsigned int mark);

#endif
