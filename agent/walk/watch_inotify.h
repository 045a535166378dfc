/* SPDX-License-Identifier: Apache-2.0 */
/* Changes in single directories, by inotify(7): those known to hold findings,
 * those above them, and what is made in them; for file systems that fanotify
 * does not tell of.  Needs no privilege. */
#ifndef CW_AGENT_WALK_WATCH_INOTIFY_H
#define CW_AGENT_WALK_WATCH_INOTIFY_H

#include "agent/walk/watch.h"

/* directories; the kernel's own limit is fs.inotify.max_user_watches */
#define INOTIFY_MAX 16384

struct inotify_watch;

struct inotify {
	int fd;			/* -1: not in force */
	struct inotify_watch *by_wd;
	struct inotify_watch *by_path;
	int64_t since;		/* what changed later is noticed, 1970 */
	bool full;		/* a limit was reached: said once */
};

/* 0 or -errno; then fd is -1. */
int inotify_open(struct inotify *n);
void inotify_close(struct inotify *n);

/* Watches the directory of ${path}, which holds findings, and those above it up
 * to the roots.  What changed there since n->since goes to watch_change().
 * Returns 0, or -ENOSPC where a limit does not allow more. */
int inotify_add(struct inotify *n, struct watch *w, const char *path,
		size_t len);

/* Something was mounted at ${path}, or unmounted: what was watched there is no
 * longer; what lies there now is, if the directory above it is.  As
 * inotify_add(). */
int inotify_remounted(struct inotify *n, struct watch *w, const char *path);

/* Hands what happened to watch_change().  0, or -EPROTO. */
int inotify_read(struct inotify *n, struct watch *w, uint8_t *block,
		 size_t size);

#endif
