/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps a rate (files, bytes a second) over all threads of the walk. */
#ifndef CW_AGENT_WALK_PACE_H
#define CW_AGENT_WALK_PACE_H

#include <stdatomic.h>
#include <stdint.h>

struct pace {
	int64_t rate;		/* units a second; 0: no limit */
	_Atomic int64_t due;	/* when the next unit may be had, ns */
};

void pace_init(struct pace *p, int64_t rate);

/* Takes ${units} at time ${now} (steady ns): nanoseconds to wait before using
 * them.  After a rest a tenth of a second's units come without a wait. */
int64_t pace_charge(struct pace *p, uint64_t units, int64_t now);

/* The same, and waits. */
void pace_take(struct pace *p, uint64_t units);

#endif
