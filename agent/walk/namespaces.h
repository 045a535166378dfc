/* SPDX-License-Identifier: Apache-2.0 */
/* Other mount namespaces: the files of containers, and of services with mounts
 * of their own, as their processes see them.
 *
 * Each is known by the inode of /proc/PID/ns/mnt, and reached by the root
 * directory of one of its processes, the first whose root is the namespace's.
 * What is in it has /proc/PID/root before its path.  Walked is what no other
 * walk shows: not the mounts that our own namespace, or one before, has too.
 *
 * Finding them needs CAP_SYS_PTRACE for others' processes, and sees them only
 * without Landlock, so it is done before the role is confined.  No file system
 * is touched by it, since one may not answer. */
#ifndef CW_AGENT_WALK_NAMESPACES_H
#define CW_AGENT_WALK_NAMESPACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/proc/sandbox.h"
#include "agent/walk/directory.h"
#include "agent/walk/mounts.h"
#include "agent/walk/report.h"
#include "lib/limits.h"

struct namespace {
	struct directory_base base;	/* its fd: -1 where nothing is walked */
	uint64_t inode;
	int pid;
	int process;		/* pidfd, or -1 */
	bool whole;		/* that process's root is the namespace's */
	bool kin;		/* it is in our user namespace */
	size_t tops;		/* where it is walked from */
	int error;		/* -errno: why it is not */
	const char *why;	/* the same in words, where errno has none */
	char prefix[32];	/* /proc/PID/root */
	char fd_path[32];	/* for the sandbox */
	char container[128];	/* for the locations */
};

struct namespace_top {
	char *path;		/* prefix and all */
	const struct namespace *in;
};

struct namespaces {
	struct namespace *items;
	size_t n;
	struct namespace_top *tops;
	size_t n_tops;
	const char **roots;	/* ours, then all tops; NULL at the end */
	size_t n_roots;
	unsigned int hidden;	/* processes that may not be looked at */
	bool more;		/* than LIMIT_MOUNT_NAMESPACES */
	int64_t until;		/* no more is judged, steady ms */
};

/* Finds them, adds their mounts to ${m}, which has our own, and decides where
 * they are walked: of each what lies at our ${roots} (NULL at the end), as
 * paths in it.  Whose mounts cannot be judged in LIMIT_NAMESPACE_TIME is left
 * out, and told.  0 or -errno; namespaces_free() in both cases. */
int namespaces_find(struct namespaces *n, struct mounts *m,
		    const char *const *roots);
void namespaces_free(struct namespaces *n);

/* Their roots, for the sandbox: how many, ${max} at most. */
size_t namespaces_paths(const struct namespaces *n, struct sandbox_path *ret,
			size_t max);

/* Tells, after the walk, what became of each. */
void namespaces_report(struct namespaces *n, struct report *r);

/* How many bytes of a path, of ${len}, stand for the root of another mount
 * namespace; 0: it lies in none. */
size_t namespaces_prefix(const void *path, size_t len);

#endif
