/* SPDX-License-Identifier: Apache-2.0 */
/* Findings that wait, with their places, until more is known of the host. */
#ifndef CW_AGENT_INVENTORY_WAITING_H
#define CW_AGENT_INVENTORY_WAITING_H

#include "agent/proc/ipc.pb-c.h"
#include "lib/buf.h"

struct waiting_item;

struct waiting {
	struct waiting_item *first;	/* oldest first */
	struct waiting_item **last;
};

/* Keeps copies in ${arena}, which outlives them: false where it is full.  A
 * list starts zeroed. */
bool waiting_add(struct waiting *w, struct arena *arena,
		 const Ipc__Candidate *place, const Ipc__Finding *f);

typedef int waiting_take(void *arg, const Ipc__Candidate *place,
			 const Ipc__Finding *f);

/* Hands out each, borrowed.  0, or what ${take} returned below 0. */
int waiting_each(const struct waiting *w, waiting_take *take, void *arg);

#endif
