/* SPDX-License-Identifier: Apache-2.0 */
/* The parsers of one scan, as the supervisor runs them: each has a queue of
 * candidates; one that dies or takes too long costs the file that it was at,
 * and is replaced. */
#ifndef CW_AGENT_PROC_PARSERS_H
#define CW_AGENT_PROC_PARSERS_H

#include <poll.h>
#include <stdbool.h>

#include "agent/proc/child.h"
#include "agent/proc/coverage.h"
#include "agent/proc/ipc.h"
#include "agent/proc/ipc.pb-c.h"
#include "agent/proc/remember.h"
#include "agent/proc/unlock.h"
#include "lib/frame.h"

#define PARSERS_MAX 4

/* A candidate on its way through a parser. */
struct job {
	uint64_t id;
	int fd;
	bool sent;
	bool linked;		/* has several names */
	bool foreign;		/* no file of the walk's: not remembered */
	struct inode_key key;
	Ipc__Candidate *place;
};

struct parser {
	struct child child;
	struct frame_receiver in;
	struct job queue[IPC_PARSE_QUEUE];	/* oldest first */
	size_t count;
	int64_t since;		/* when the oldest became that, steady ms */
	struct unlock_answer answer;	/* for the job under work */
	bool asked;		/* it has asked already */
	struct record record;	/* of the job under work */
	unsigned int refusals;	/* own exits since the last finished job */
};

struct parsers {
	const struct agent_config *config;
	struct coverage *coverage;
	struct remember *memory;
	/* takes what was found; borrowed.  Negative ends the scan with that */
	int (*take)(void *arg, const Ipc__Candidate *place,
		    const Ipc__Finding *f);
	void *arg;
	struct unlock unlock;
	struct parser list[PARSERS_MAX];
	size_t count;		/* that run */
	size_t most;		/* that may */
	uint64_t next_id;
};

/* The members above ${unlock} are set; a process starts when there is work for
 * it.  parsers_end() follows. */
void parsers_start(struct parsers *k);
/* Ends them; killed at once, unless ${done}.  No-op on a zeroed one. */
void parsers_end(struct parsers *k, bool done);

/* Is there room for a candidate?  Is there no work? */
bool parsers_have_room(const struct parsers *k);
bool parsers_are_idle(const struct parsers *k);
/* Gives the file of a frame of the walk to the least busy one; there is room.
 * 0; -EPROTO for what the walk does not send; -errno. */
int parsers_give(struct parsers *k, const struct frame *f);

/* Poll entries, PARSERS_MAX at most; milliseconds until parsers_step() wants
 * to be called anyway. */
size_t parsers_fds(const struct parsers *k, struct pollfd *fds);
int64_t parsers_timeout(const struct parsers *k);
/* Does what can be done now; while they are ${stopped}, none is late.  0, or
 * -errno: the scan ends. */
int parsers_step(struct parsers *k, bool stopped);

/* Their processes, PARSERS_MAX at most. */
size_t parsers_pids(const struct parsers *k, pid_t *pids);
/* They are not blamed for ${ms} in which they were held back. */
void parsers_excuse(struct parsers *k, int64_t ms);

#endif
