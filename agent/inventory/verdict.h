/* SPDX-License-Identifier: Apache-2.0 */
/* One endpoint's state and cause; a part of join.c. */
#ifndef CW_AGENT_INVENTORY_VERDICT_H
#define CW_AGENT_INVENTORY_VERDICT_H

#include "agent/inventory/join.h"

struct verdict {
	struct join *join;
	const Ipc__Listener *listener;	/* j->serving.fit is its */
	const Ipc__ProbeResult *result;
	const Ipc__ProbeServed *served;
	Cw__EndpointPlace *endpoint;	/* is filled in */
	/* which of the lines that fit are for the name, see verdict.c */
	int level;
};

const Ipc__Finding *verdict_leaf(const struct verdict *v);
void verdict_find(struct verdict *v);

#endif
