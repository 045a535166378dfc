/* SPDX-License-Identifier: Apache-2.0 */
/* What listeners answered to the last scan.  An update asks only those again
 * that may answer otherwise now: whose processes, names or files are others,
 * or whose files or configuration changed; and those that did not serve what
 * is on disk, since they may have been told to since. */
#ifndef CW_AGENT_LISTEN_ANSWERS_H
#define CW_AGENT_LISTEN_ANSWERS_H

#include "agent/inventory/join.h"
#include "agent/proc/remember.h"

/* A sum of all that decides what a listener is asked: its sockets and
 * processes, the ${n} names, the files that it is configured with. */
uint64_t answers_key(const struct remember *m, struct join *j,
		     const Ipc__Listener *l, char *const *names, size_t n);

/* The answer that still stands, for an update, owned by the caller; NULL where
 * the listener is to be asked. */
Ipc__ProbeResult *answers_last(const struct remember *m, struct join *j,
			       const Ipc__Listener *l, uint64_t key);

/* Keeps it for the next update, without the certificates' DER. */
void answers_keep(struct remember *m, uint64_t key,
		  const Ipc__ProbeResult *answer);

#endif
