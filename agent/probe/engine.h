/* SPDX-License-Identifier: Apache-2.0 */
/* The probe role's loop: hundreds of connections at a time in one thread, each
 * with a deadline, not more than a few to one owner, not more than some a
 * second. */
#ifndef CW_AGENT_PROBE_ENGINE_H
#define CW_AGENT_PROBE_ENGINE_H

#include "agent/proc/ipc.pb-c.h"

#define ENGINE_IN_FLIGHT 256	/* targets at a time */
#define ENGINE_PER_OWNER 4	/* of them, of one owner */
#define ENGINE_PER_SECOND 5000	/* connections begun */
#define ENGINE_TIMEOUT 5000	/* ms for one question, where none is given */
#define ENGINE_QUESTIONS 6	/* times that, for all of them */

struct engine;

struct engine_sink {
	/* once for each target; the result is borrowed.  Negative ends
	 * engine_step(). */
	int (*result)(void *arg, const Ipc__ProbeResult *r);
	void *arg;
};

/* 0 or -errno.  ${sink} outlives it. */
int engine_new(const struct engine_sink *sink, struct engine **ret);
void engine_free(struct engine *e);

/* Takes over (steals) a target as it was unpacked, and ${fd}: an unconnected
 * TCP socket for it, or -1.  0; -EINVAL for a target that cannot be; -ENOMEM;
 * in both cases they are freed. */
int engine_add(struct engine *e, Ipc__ProbeTarget *t, int fd);

/* A descriptor that is readable when there is work for engine_step(), and the
 * milliseconds after which there is in any case (-1: never). */
int engine_fd(const struct engine *e);
int engine_timeout(const struct engine *e);

/* Does what can be done without waiting: 0, or negative from the sink. */
int engine_step(struct engine *e);

#endif
