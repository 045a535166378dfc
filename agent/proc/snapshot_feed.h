/* SPDX-License-Identifier: Apache-2.0 */
/* From the scan to the sync role: the items of a new snapshot, as frames. */
#ifndef CW_AGENT_PROC_SNAPSHOT_FEED_H
#define CW_AGENT_PROC_SNAPSHOT_FEED_H

#include <stdbool.h>

#include "agent/proc/ipc.pb-c.h"
#include "lib/buf.h"

struct snapshot_feed {
	int sock;
	bool patch;	/* only some paths */
	bool lost;	/* sync died meanwhile: nothing more is sent */
	struct buf packed;
	struct buf location;
};

/* Begins a snapshot; the feed starts zeroed and is used again and again. */
void snapshot_feed_begin(struct snapshot_feed *f, int sock);
/* The same of the ${len} bytes of paths at ${paths}, NUL after each, alone: all
 * else is as it was.  It may come while another feed's snapshot does, whose
 * commit then leaves them as they are here. */
void snapshot_feed_begin_patch(struct snapshot_feed *f, int sock,
			       const void *paths, size_t len);
/* For struct scan_sink. */
int snapshot_feed_location(void *arg, const Cw__Location *l,
			   const Ipc__Finding *finding);
/* 0; -EPIPE where it was lost; -errno. */
int snapshot_feed_commit(struct snapshot_feed *f, const Cw__Coverage *c);
/* Instead of a commit: what was known before stands, but ${c}, which is taken
 * as incomplete, is reported. */
void snapshot_feed_incomplete(struct snapshot_feed *f, const Cw__Coverage *c);
void snapshot_feed_lost(struct snapshot_feed *f);
void snapshot_feed_free(struct snapshot_feed *f);

#endif
