/* SPDX-License-Identifier: Apache-2.0 */
/* What the walk says of a file, and what its descriptor says. */
#ifndef CW_AGENT_PROC_CANDIDATE_H
#define CW_AGENT_PROC_CANDIDATE_H

#include <sys/stat.h>

#include "agent/proc/ipc.pb-c.h"
#include "lib/frame.h"

/* Takes a frame IPC_WALK_CANDIDATE.  The walk may be wrong about what it
 * opened: only a regular file, read-only, with a path goes further, and mode,
 * owner, time and size are the descriptor's.  0 and the message (the caller
 * frees it); -EPROTO, and the frame's descriptor is closed. */
int candidate_take(const struct frame *f, Ipc__Candidate **ret,
		   struct stat *ret_stat);

#endif
