/* SPDX-License-Identifier: Apache-2.0 */
/* The network namespaces that processes are in. */
#ifndef CW_AGENT_LISTEN_SPACE_H
#define CW_AGENT_LISTEN_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/limits.h"

struct space {
	uint64_t inode;
	int fd;			/* for space_enter() */
};

struct spaces {
	struct space items[LIMIT_NETNS];	/* the first is our own */
	size_t n;
	uint32_t hidden;	/* processes whose namespace is not told */
	bool more;		/* than LIMIT_NETNS */
};

/* Finds them through /proc: 0, or -errno where not even our own is told.
 * Close them in any case. */
int spaces_find(struct spaces *s);
void spaces_close(struct spaces *s);

/* Moves this thread into one: 0 or -errno. */
int space_enter(const struct space *s);

/* The inode in the text of a link, "net:[4026531840]"; 0 where it is none. */
uint64_t space_inode(const char *link, const char *kind);

#endif
