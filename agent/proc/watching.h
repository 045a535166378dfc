/* SPDX-License-Identifier: Apache-2.0 */
/* The watch role as the supervisor sees it: started and started again, told
 * what is known, asked what has changed. */
#ifndef CW_AGENT_PROC_WATCHING_H
#define CW_AGENT_PROC_WATCHING_H

#include <poll.h>

#include "agent/proc/child.h"
#include "lib/buf.h"
#include "lib/frame.h"
#include "proto/certwalk.pb-c.h"

/* bytes of changed names that wait for an update; with more, all is looked
 * at */
#define WATCHING_NAMES MIB(2)

struct watching {
	struct child child;
	struct frame_receiver in;
	const struct agent_config *config;
	int64_t start;		/* when to start it, steady ms; 0: it runs */
	int64_t started;
	int64_t restart_wait;
	bool ready;		/* said how it watches; that is in ${how} */
	struct buf how;
	struct buf names;	/* as IPC_WATCH_CHANGED has them */
	bool scan_wanted;	/* what changed is not told by names */
	struct buf known;	/* a frame of paths under way */
	bool telling;
};

/* Starts it, unless watch = off.  ${config} outlives it. */
void watching_begin(struct watching *w, const struct agent_config *config);
void watching_end(struct watching *w);

/* A poll entry; its descriptor may be -1. */
struct pollfd watching_fd(const struct watching *w);
/* When watching_step() wants to be called anyway, steady ms; INT64_MAX. */
int64_t watching_due(const struct watching *w);
/* Does what can be done now.  True where ${how} has changed. */
bool watching_step(struct watching *w);

/* Changes are noticed from now on, or will not be before the next start. */
bool watching_is_settled(const struct watching *w);

/* The paths that hold findings, without those in other mount namespaces, where
 * nothing is watched: begun with a scan, told one by one while it
 * runs, in force at its end.  ${since}: when the scan began, 1970. */
void watching_known_begin(struct watching *w, int64_t since);
void watching_known(struct watching *w, const ProtobufCBinaryData *path);
void watching_known_end(struct watching *w);

#endif
