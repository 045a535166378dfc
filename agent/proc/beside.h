/* SPDX-License-Identifier: Apache-2.0 */
/* What changes while a scan runs that takes long (under a limit, or of all
 * files): it is looked at beside the scan, and told at once.
 *
 * The scan may have passed those paths before they changed, so what it found
 * is not told to the collector (snapshot_feed_hold()) until an update has
 * looked at them again, on the scan's own index. */
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
	struct buf later;	/* what only a scan, or an update, can tell */
	int64_t scan_began;	/* steady ms */
	int64_t began;
	int64_t from;		/* none begins before, steady ms */
	bool held;	/* a scan's result is not told yet */
};

void beside_init(struct beside *b, struct watching *watching);
/* A scan begins, which sees all that changed before. */
void beside_scan_began(struct beside *b);

/* When changed names can be looked at, steady ms; INT64_MAX: not beside. */
int64_t beside_due(const struct beside *b);
/* Starts with the names that wait, as ${config} has it, into ${sock}; those
 * that have to wait for the scan's end are taken out too. */
void beside_start(struct beside *b, const struct agent_config *config,
		  struct index *index, int sock);
/* Does what can be done now. */
void beside_step(struct beside *b);

/* The scan, or the update after one, came to its end.  Names that an update has
 * to look at now come back.  True: ${feed} is to be held, not committed. */
bool beside_scan_ended(struct beside *b, bool good);
/* What is held is told, if no commit has done so. */
void beside_settled(struct beside *b, bool committed, int sock);

/* An update has to come first, without which a scan's result is not told. */
bool beside_holds_back(const struct beside *b);
/* Ends what runs. */
void beside_end(struct beside *b);

#endif
