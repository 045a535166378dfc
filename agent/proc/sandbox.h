/* SPDX-License-Identifier: Apache-2.0 */
/* What a role may touch: user, capabilities, no_new_privs, Landlock, seccomp.
 *
 * Landlock's newer rights are named here by number, since Debian 12's header
 * ends at ABI 2; what the running kernel knows is asked at run time. */
#ifndef CW_AGENT_PROC_SANDBOX_H
#define CW_AGENT_PROC_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/buf.h"

enum sandbox_access { SANDBOX_READ, SANDBOX_WRITE };

struct sandbox_path {
	const char *path;	/* passed over where it does not exist */
	enum sandbox_access access;
};

struct sandbox {
	/* kept, as a bit set of CAP_ numbers; CAP_DAC_OVERRIDE stands in for
	 * CAP_DAC_READ_SEARCH where that is not there, and Landlock and a list
	 * of system calls are */
	uint64_t capabilities;
	const struct sandbox_path *paths;	/* ends with path NULL */
	bool network;		/* may connect; never listens */
	bool sees_processes;	/* without Landlock, which would hide them */
	/* names of allowed system calls, NULL-terminated, besides tgkill to
	 * itself and clone of threads; NULL: all but those that no role ever
	 * needs */
	const char *const *syscalls;
};

/* Confines the calling process for good, and ties its life to its parent's.
 * ${uid} and ${gid} are taken when it runs as root and uid is not 0.  What the
 * kernel lacks is passed over (see sandbox_notes()); what it has and refuses is
 * an error: 0 or -errno. */
int sandbox_enter(const struct sandbox *s, uid_t uid, gid_t gid);

/* Whether roles that keep CAP_DAC_READ_SEARCH will read all files: the caller
 * is root, and has it or what stands in for it. */
bool sandbox_reads_all(void);

/* Appends a line for each protection that this kernel lacks. */
void sandbox_notes(struct buf *lines);

#endif
