/* SPDX-License-Identifier: Apache-2.0 */
/* The sync role as the supervisor sees it: started and started again, also
 * where files that it reads were replaced; what it says is passed on. */
#ifndef CW_AGENT_PROC_SYNCING_H
#define CW_AGENT_PROC_SYNCING_H

#include <poll.h>
#include <stdbool.h>

#include "agent/proc/child.h"
#include "agent/proc/ipc.pb-c.h"
#include "lib/frame.h"

struct syncing_hooks {
	/* it runs and knows nothing yet; it is gone, with what it was being
	 * given */
	void (*started)(void *arg);
	void (*ended)(void *arg);
	/* how it goes; the messages are borrowed */
	void (*status)(void *arg, const Ipc__Status *m, bool stored);
	/* IPC_SYNC_COMMAND, IPC_SYNC_KEPT */
	void (*command)(void *arg, const struct frame *f);
	void *arg;
};

struct syncing {
	struct child child;
	struct frame_receiver in;
	const struct agent_config *config;
	const struct syncing_hooks *hooks;
	int64_t start;		/* when to start it, steady ms; 0: it runs */
	int64_t restart_wait;
	bool stale;		/* files that it may read were replaced */
	uint64_t readable;	/* which files it was allowed, as a sum */
};

/* Starts it.  ${config} and ${hooks} outlive it. */
void syncing_begin(struct syncing *s, const struct agent_config *config,
		   const struct syncing_hooks *hooks);
void syncing_end(struct syncing *s);

/* The socket, -1 where it does not run; a poll entry. */
int syncing_sock(const struct syncing *s);
struct pollfd syncing_fd(const struct syncing *s);
/* When syncing_step() wants to be called anyway, steady ms; INT64_MAX. */
int64_t syncing_due(const struct syncing *s);
/* Does what can be done now; starts it anew only where it is given nothing
 * (${idle}). */
void syncing_step(struct syncing *s, bool idle);

/* 0; -EPIPE where it does not run; or as frame_send(). */
int syncing_send(const struct syncing *s, uint32_t op, const void *data,
		 size_t len);

#endif
