/* SPDX-License-Identifier: Apache-2.0 */
/* What changes while a scan runs that takes long (under a limit, or of all
 * files): it is looked at beside the scan, and told at once.
 *
 * The scan may have passed those paths before they changed, so sync keeps what
 * was told of them when the scan's result comes, and the index is behind with
 * them (index.h) until an update has looked at them again.  Where it cannot
 * (one has several names now), what changes next is looked at in the same way
 * before the next scan. */
#ifndef CW_AGENT_PROC_BESIDE_H
#define CW_AGENT_PROC_BESIDE_H

#include "agent/proc/scan.h"
#include "agent/proc/snapshot_feed.h"
#include "agent/proc/watching.h"
#include "agent/walk/path_list.h"

struct beside {
	struct scan *scan;		/* NULL: none runs */
	struct agent_config config;	/* shallow */
	struct scan_sink sink;
	struct snapshot_feed feed;
	struct watching *watching;	/* borrowed */
	struct path_list changed;	/* that it looks at */
	struct buf names;	/* the same, as IPC_WATCH_CHANGED has them */
	struct buf told;	/* what was told since the scan began */
	int64_t scan_began;	/* steady ms */
	int64_t began;
	int64_t from;		/* none begins before, steady ms */
};

void beside_init(struct beside *b, struct watching *watching);
/* A scan begins, which sees all that changed before. */
void beside_scan_began(struct beside *b);

/* When changed names can be looked at, steady ms; INT64_MAX: not beside. */
int64_t beside_due(const struct beside *b);
/* Starts with the names that wait, as ${config} has it, into ${sock}.  Where
 * that cannot be done for them, another scan is wanted. */
void beside_start(struct beside *b, const struct agent_config *config,
		  struct index *index, int sock);
/* Does what can be done now. */
void beside_step(struct beside *b);

/* The scan came to its end, or an update, or there was none: ${index}, if it
 * stands, is behind with what was told.  Names that are not yet looked at come
 * back. */
void beside_scan_ended(struct beside *b, struct index *index);
/* Ends what runs. */
void beside_end(struct beside *b);

#endif
