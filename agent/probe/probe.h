/* SPDX-License-Identifier: Apache-2.0 */
/* Probing listeners, as the supervisor and `certwalk probe` see it: targets in,
 * results out.  The work is done by a process of the probe role, which is
 * replaced when it dies; the target that it died of is told as "crashed".
 *
 * A listener in another network namespace: make an unconnected TCP socket there
 * (socket(), SOCK_STREAM | SOCK_NONBLOCK, the address's family) and pass it
 * along: all connections to that target are made with it. */
#ifndef CW_AGENT_PROBE_PROBE_H
#define CW_AGENT_PROBE_PROBE_H

#include <poll.h>

#include "agent/proc/child.h"
#include "agent/proc/ipc.pb-c.h"

extern const struct role role_probe;

/* Targets that the process is given at a time; more wait here. */
#define PROBE_WINDOW 512

struct probe;

struct probe_sink {
	/* once for each target, in no order; borrowed.  Negative ends
	 * probe_step() with it. */
	int (*result)(void *arg, const Ipc__ProbeResult *r);
	/* called when there is room for more targets; may add some.  May be
	 * NULL. */
	int (*refill)(void *arg);
	void *arg;
};

/* Starts the process: 0 or -errno.  ${config} and ${sink} outlive it. */
int probe_start(const struct agent_config *config,
		const struct probe_sink *sink, struct probe **ret);

/* Adds a target; ${t} is copied, its ${id} comes back in the result and must be
 * unlike that of any other that is not yet answered.  ${fd}: see above, stolen;
 * or -1.  0 or -errno. */
int probe_add(struct probe *p, const Ipc__ProbeTarget *t, int fd);

/* Targets that were added and have no result yet. */
size_t probe_pending(const struct probe *p);

/* For a loop of one's own: what to poll for; then probe_step(), which does not
 * wait.  0, or negative: from the sink, or -ECHILD where the process cannot be
 * kept alive. */
struct pollfd probe_fd(const struct probe *p);
int probe_step(struct probe *p);

/* Until all targets have their results: 0 or as probe_step(). */
int probe_run_all(struct probe *p);

void probe_free(struct probe *p);

#endif
