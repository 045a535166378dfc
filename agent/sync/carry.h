/* SPDX-License-Identifier: Apache-2.0 */
/* "Gone" and "not looked at" are not the same. */
#ifndef CW_AGENT_SYNC_CARRY_H
#define CW_AGENT_SYNC_CARRY_H

#include "agent/sync/state.h"

/* Adds to ${w} what state/current has at or below a path that ${coverage} names
 * as unreadable, timed out or crashed upon: what could not be looked at this
 * time is as it was last time.  After a scan that did not come to its end that
 * is everything.  Where the last snapshot is lost there is
 * nothing to carry.  0 or as snapshot_add(). */
int carry_over(struct state *s, struct snapshot_writer *w,
	       const Cw__Coverage *coverage);

#endif
