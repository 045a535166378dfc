/* SPDX-License-Identifier: Apache-2.0 */
/* "Gone" and "not looked at" are not the same. */
#ifndef CW_AGENT_SYNC_CARRY_H
#define CW_AGENT_SYNC_CARRY_H

#include "agent/sync/state.h"
#include "agent/walk/path_list.h"

/* Adds to ${w} what state/current has at or below a path that ${coverage} names
 * as unreadable, timed out or crashed upon: what could not be looked at this
 * time is as it was last time; likewise of tokens, by their URI, and endpoints,
 * by their address.  After a scan that did not come to its end that
 * is everything.  Where the last snapshot is lost there is
 * nothing to carry.  0 or as snapshot_add(). */
int carry_over(struct state *s, struct snapshot_writer *w,
	       const Cw__Coverage *coverage);

/* The same for a snapshot of which only the paths ${looked} were looked at: all
 * else is as state/current has it.  All its objects stay, for a scan that began
 * before. */
int carry_others(struct state *s, struct snapshot_writer *w,
		 const struct path_list *looked, const Cw__Coverage *coverage);

/* ${w} has what a scan found that began before the paths ${told} were looked at
 * and replaced in state/current: takes what is at and in them from there, and
 * endpoints, which the scan may have judged by those files as they were.  All
 * its objects stay, for an update that follows.  0 or -errno, and then ${w} is
 * as it was. */
int carry_told(struct state *s, struct snapshot_writer *w,
	       const struct path_list *told);

/* Objects of locations that a scan found unchanged: they come without their
 * DER, which state/current has. */
struct kept {
	struct hashset hashes;	/* marked: ${w} has it */
	size_t left;		/* not marked */
};

/* Notes that the object of a packed location is to be kept, unless ${w} has it;
 * that ${hash} was added to the writer.  0 or -ENOMEM. */
int carry_keep(struct kept *k, const struct snapshot_writer *w,
	       const uint8_t *location, size_t len);
void carry_have(struct kept *k, const ProtobufCBinaryData *hash);

/* Adds those objects to ${w}; k->left is then how many nobody has.  0 or as
 * snapshot_add(). */
int carry_kept(struct state *s, struct snapshot_writer *w, struct kept *k);

#endif
