/* SPDX-License-Identifier: Apache-2.0 */
/* Changes on whole file systems, by fanotify(7): needs CAP_SYS_ADMIN to start,
 * CAP_DAC_READ_SEARCH to go on, and Linux 5.9. */
#ifndef CW_AGENT_WALK_WATCH_FANOTIFY_H
#define CW_AGENT_WALK_WATCH_FANOTIFY_H

#include "agent/walk/watch.h"

struct fanotify_mark {
	char *path;		/* of the mount */
	int fsid[2];		/* of its file system */
};

struct fanotify_directory;

struct fanotify {
	int fd;			/* -1: not in force */
	struct fanotify_mark *marks;
	size_t count;
	struct fanotify_directory **cache;	/* handle to path; bounded */
};

/* Makes the group, and marks the file systems of the mounts that are walked
 * from ${roots}; to be called with all capabilities.  Lines that say what is
 * not watched by it, and why, are appended to ${why}.  0, or -errno where none
 * is; then fd is -1. */
int fanotify_open(struct fanotify *f, const struct mounts *m,
		  const char *const *roots, struct buf *why);
void fanotify_close(struct fanotify *f);

/* Is what lies in this mount told by it? */
bool fanotify_has(const struct fanotify *f, const struct mount *m);

/* Paths are asked for again: other mounts may hide directories. */
void fanotify_forget(struct fanotify *f);

/* Hands what happened to watch_change().  0, or -EPROTO. */
int fanotify_read(struct fanotify *f, struct watch *w, uint8_t *block,
		  size_t size);

#endif
