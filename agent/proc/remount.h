/* SPDX-License-Identifier: Apache-2.0 */
/* File systems that are unmounted: one that is mounted again may have been
 * changed elsewhere, by another clock, and old kernels (before Linux 6.8) give
 * its mount the number that it had.  Newer ones do not, and nothing is watched
 * there. */
#ifndef CW_AGENT_PROC_REMOUNT_H
#define CW_AGENT_PROC_REMOUNT_H

#include <poll.h>
#include <stdbool.h>

#include "agent/config/config.h"

struct remount {
	const struct agent_config *config;
	int inotify;		/* -1: nothing is watched */
	int mountinfo;		/* the same */
};

/* Do mounts of this kernel have numbers that are never given again? */
bool remount_has_numbers(void);

/* Watches the file systems whose ctimes are trusted, unless ${numbers}.
 * ${config} outlives it. */
void remount_start(struct remount *m, const struct agent_config *config,
		   bool numbers);
void remount_end(struct remount *m);

/* What to poll for; descriptors may be -1. */
#define REMOUNT_FDS 2
void remount_fds(const struct remount *m, struct pollfd fds[REMOUNT_FDS]);
/* Does what can be done now, for those entries after poll(2): has a file system
 * gone since? */
bool remount_step(struct remount *m, const struct pollfd fds[REMOUNT_FDS]);
/* Watches the file system that lies here: 0 or -errno. */
int remount_watch(struct remount *m, const char *path);

#endif
