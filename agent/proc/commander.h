/* SPDX-License-Identifier: Apache-2.0 */
/* Commands, as the supervisor handles them: it passes on what it does not
 * read, from sync to the command role, and starts an exec role for each run
 * that the command role asks for. */
#ifndef CW_AGENT_PROC_COMMANDER_H
#define CW_AGENT_PROC_COMMANDER_H

#include <poll.h>

#include "agent/proc/child.h"
#include "lib/frame.h"

/* What the supervisor does itself. */
struct commander_hooks {
	/* Sends a frame to sync: 0 or -errno. */
	int (*to_sync)(void *arg, uint32_t op, const void *data, size_t len);
	/* Starts a scan now; commander_scanned() tells its end. */
	void (*scan_now)(void *arg);
	void *arg;
};

struct commander {
	const struct agent_config *config;
	const struct commander_hooks *hooks;
	struct child command;
	struct frame_receiver command_in;
	unsigned int awaited;	/* turns that it still owes */
	struct child exec;
	struct frame_receiver exec_in;
	char running[65];	/* id of the command that is run, or "" */
	bool scanning;		/* it is scan-now or probe-now */
	int64_t started;	/* seconds since 1970 */
};

void commander_init(struct commander *c, const struct agent_config *config,
		    const struct commander_hooks *hooks);

/* Results of an earlier life may wait: looks at them.  Also after sync was
 * started again. */
void commander_resume(struct commander *c);

/* Frames from sync: IPC_SYNC_COMMAND, IPC_SYNC_KEPT. */
void commander_take(struct commander *c, const struct frame *f);

#define COMMANDER_FDS 2
size_t commander_fds(const struct commander *c,
		     struct pollfd fds[static COMMANDER_FDS]);
void commander_step(struct commander *c);

/* A scan has ended. */
void commander_scanned(struct commander *c, bool good);

/* Ends the processes: what runs is killed, and its outcome unknown. */
void commander_free(struct commander *c);

#endif
