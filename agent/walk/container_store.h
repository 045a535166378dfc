/* SPDX-License-Identifier: Apache-2.0 */
/* How each engine says which layer belongs to what. */
#ifndef CW_AGENT_WALK_CONTAINER_STORE_H
#define CW_AGENT_WALK_CONTAINER_STORE_H

#include <sys/types.h>

#include "agent/walk/mounts.h"
#include "lib/buf.h"

/* What one engine's storage tells. */
struct container_store {
	const char *root;	/* /var/lib/docker ... */
	const struct mounts *mounts;
	uid_t owner;		/* of the root; others' files are not read */
	/* tells that layer ${id} belongs to ${text}; again: to both */
	void (*add)(void *arg, const char *id, const char *text);
	void *arg;
	uint64_t *work;		/* that may still be done for all storages: some
				 * ten nanoseconds each */
};

/* Reads what the engine keeps beside its layers; what is missing, broken or
 * another's is passed over. */
void container_store_docker(struct container_store *s);
void container_store_containerd(struct container_store *s);
void container_store_podman(struct container_store *s);

/* The whole of a file below the root, NUL-terminated, bounded: 0 or -errno. */
int container_store_read(const struct container_store *s, const char *path,
			 struct buf *ret);

#endif
