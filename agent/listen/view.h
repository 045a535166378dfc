/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a process sees, and for whom it speaks, from /proc. */
#ifndef CW_AGENT_LISTEN_VIEW_H
#define CW_AGENT_LISTEN_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct view {
	/* a number of its mount namespace and root; 0: what we see, or the
	 * first process of the host does */
	uint64_t id;
	uint64_t space;		/* of the mount namespace alone; 0 the same */
	/* neither namespace nor root are ours, as in a container; else what it
	 * has read before it went below chroot(2) lies where we see it */
	bool own_root;
	/* an ordinary user, who does not speak for the service of the program
	 * that he runs; 0: root, a system's user, nobody, or ourselves */
	uint32_t user;
};

/* Is it a user's number as people have them? */
bool view_is_ordinary(uint32_t user);

/* What a link in /proc leads to: device, inode, owner and mode as the kernel
 * has them at hand.  A file system that does not answer is not asked.  0 or
 * -errno. */
int view_look(const char *path, struct statx *ret);

/* 0, or -errno where it may not be looked at. */
int view_of(pid_t pid, struct view *ret);

/* Paths in a view are told from the host's by their beginning,
 * "/proc/view/NUMBER", which no path of the host has: its length, or 0. */
size_t view_prefix(const void *path, size_t len);

#endif
