/* SPDX-License-Identifier: Apache-2.0 */
/* Listeners between scans: when are they to be asked again, though no file has
 * changed?  A server that is started anew, or whose workers are replaced when
 * it reads its configuration again, ends processes, which is told at once and
 * costs nothing; a look a minute tells which sockets listen; and where a server
 * still serves what it had read before, or its file is gone, it is asked again
 * as long as that is so.
 *
 * What comes of it is known VIGIL_SETTLE ms after the end of a process,
 * VIGIL_LOOK ms after another socket listens.  Each look that tells nothing new
 * doubles the time to the next, from VIGIL_FIRST to VIGIL_LAST ms. */
#ifndef CW_AGENT_LISTEN_VIGIL_H
#define CW_AGENT_LISTEN_VIGIL_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/proc/ipc.pb-c.h"

#define VIGIL_SETTLE 2000	/* others begin when one ends */
#define VIGIL_LOOK 60000
#define VIGIL_FIRST 60000
#define VIGIL_LAST 900000
#define VIGIL_PROCESSES 256	/* a descriptor each */

struct vigil {
	int events;		/* of the processes: epoll; -1 */
	struct vigil_process {
		pid_t pid;
		int fd;
	} processes[VIGIL_PROCESSES];
	size_t n;
	uint64_t sockets;	/* those that listen, as a sum */
	uint64_t seen, before;	/* what endpoints serve, as a sum: in this
				 * scan, in the last one */
	bool stale;		/* one serves what it had read before */
	bool asked;		/* the scan has asked listeners */
	int64_t pause;		/* between two, ms */
	/* steady ms; INT64_MAX: never */
	int64_t not_before, look, due;
};

void vigil_init(struct vigil *v);
void vigil_free(struct vigil *v);

/* A scan begins; a listener that serves; an endpoint of it; it has ended.
 * ${for_this}: it was made because of vigil_due(). */
void vigil_begin(struct vigil *v);
void vigil_listener(struct vigil *v, const Ipc__Listener *l);
void vigil_endpoint(struct vigil *v, const Cw__Location *l);
void vigil_end(struct vigil *v, bool for_this);

/* A poll entry; its descriptor may be -1. */
struct pollfd vigil_fd(const struct vigil *v);
/* When vigil_step() wants to be called anyway, steady ms; INT64_MAX. */
int64_t vigil_next(const struct vigil *v);
/* Takes note of what has happened. */
void vigil_step(struct vigil *v);
/* When listeners are to be asked again, steady ms; INT64_MAX. */
int64_t vigil_due(const struct vigil *v);
/* They cannot be asked now: not before the next scan. */
void vigil_forgo(struct vigil *v);

#endif
