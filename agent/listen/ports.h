/* SPDX-License-Identifier: Apache-2.0 */
/* The host's listening sockets and what they serve, as the supervisor sees
 * them: the listen role names them, the probe role asks those of TCP. */
#ifndef CW_AGENT_LISTEN_PORTS_H
#define CW_AGENT_LISTEN_PORTS_H

#include <poll.h>

#include "agent/config/config.h"
#include "agent/inventory/join.h"
#include "agent/proc/child.h"
#include "agent/proc/coverage.h"
#include "agent/proc/ipc.pb-c.h"
#include "agent/proc/remember.h"
#include "agent/probe/probe.h"
#include "lib/frame.h"

/* What is told; messages are borrowed. */
struct ports_sink {
	/* a place of kind endpoint, and one for each certificate that it
	 * serves; ${place} has the endpoint.  Negative ends it all */
	int (*take)(void *arg, const Ipc__Candidate *place,
		    const Ipc__Finding *f);
	/* a listener that serves certificates */
	void (*serves)(void *arg, const Ipc__Listener *l);
	void *arg;
};

struct ports {
	const struct agent_config *config;
	struct coverage *coverage;
	struct join *join;
	struct ports_sink told;
	bool running;
	bool listing;		/* the listen role is not done */
	int64_t since;		/* of its start, steady ms */
	struct child child;
	struct frame_receiver in;
	struct probe_sink sink;
	struct probe *probe;
	Ipc__Listener **listeners;	/* by the id of their probes */
	uint64_t *keys;		/* the same, answers_key() */
	size_t n;
	struct remember *memory;
	bool lasts;		/* the answer under work need not be asked for
				 * again by an update */
	/* for the coverage */
	size_t n_tls;
	uint32_t namespaces;
	size_t n_unknown;	/* listeners without a known process */
	size_t n_kept;		/* as they answered before */
};

/* Starts, where the configuration wants it; what goes wrong is told in the
 * coverage.  ${join} knows all files by now: it tells which names to ask for,
 * and judges what is served.  ${memory} is the scan's: of an update, only those
 * are asked that may answer otherwise than before.  ${t} stays where it is;
 * ${config}, ${coverage}, ${join} and ${memory} outlive it. */
void ports_start(struct ports *t, const struct agent_config *config,
		 struct coverage *coverage, struct join *join,
		 struct remember *memory, const struct ports_sink *sink);

/* While t->running: what to poll for (how many are filled in), milliseconds
 * until ports_step() wants to be called anyway. */
#define PORTS_FDS 2
size_t ports_fds(const struct ports *t, struct pollfd fds[static PORTS_FDS]);
int ports_timeout(const struct ports *t);
/* Does what can be done now; 0, or what take() of the sink returned below 0. */
int ports_step(struct ports *t);

void ports_free(struct ports *t);

#endif
