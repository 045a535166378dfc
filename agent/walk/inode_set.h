/* SPDX-License-Identifier: Apache-2.0 */
/* Which (device, inode) were seen; shared by threads. */
#ifndef CW_AGENT_WALK_INODE_SET_H
#define CW_AGENT_WALK_INODE_SET_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct inode_key {
	uint64_t device;
	uint64_t inode;
};

struct inode_set {
	pthread_mutex_t lock;
	struct inode_key *slots;	/* open addressing; inode 0 is free */
	size_t count;
	size_t size;	/* a power of two */
};

void inode_set_init(struct inode_set *s);
void inode_set_free(struct inode_set *s);

/* True where it is new; also where there is no memory to remember it: seen
 * twice is better than not seen. */
bool inode_set_add(struct inode_set *s, uint64_t device, uint64_t inode);

#endif
