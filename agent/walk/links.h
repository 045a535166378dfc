/* SPDX-License-Identifier: Apache-2.0 */
/* Files with several names.  Threads come upon the names in any order, so those
 * that are worth a parse wait for the walk's end; then the one whose path sorts
 * first stands for the file, and an unchanged host does not look changed. */
#ifndef CW_AGENT_WALK_LINKS_H
#define CW_AGENT_WALK_LINKS_H

#include <pthread.h>

#include "agent/walk/directory.h"
#include "agent/walk/inode_set.h"

enum link_state {
	LINK_CANDIDATE,	/* worth a parse */
	LINK_KEEP,	/* not changed since it was found, under this name */
	LINK_UNKNOWN,	/* not changed since it was found, under another */
	LINK_PARTIAL	/* searched up to max_text_size, nothing found there */
};

struct link_file;
struct walker;

struct links {
	struct inode_set seen;	/* all of them; their marks are of text_state */
	pthread_mutex_t lock;	/* of what follows */
	struct link_file *held;
};

void links_init(struct links *l);
void links_free(struct links *l);

/* Keeps a name until links_finish(); takes a reference to ${d}.  0 or
 * -ENOMEM. */
int links_hold(struct links *l, const struct inode_key *file,
	       enum link_state state, struct directory *d, const char *name);

/* Passes on, or reports, each file that is held; after all threads but the
 * caller's have ended.  0, or negative: the walk cannot go on. */
int links_finish(struct links *l, struct walker *k);

#endif
