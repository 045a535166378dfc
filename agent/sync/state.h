/* SPDX-License-Identifier: Apache-2.0 */
/* What the sync role knows of its two snapshot files: state/current and
 * state/acknowledged.  Says on standard error what is wrong with them. */
#ifndef CW_AGENT_SYNC_STATE_H
#define CW_AGENT_SYNC_STATE_H

#include "agent/sync/acked.h"
#include "agent/sync/snapshot.h"

#define STATE_CURRENT "current"
#define STATE_ACKNOWLEDGED "acknowledged"

/* The numbers of a snapshot with new content lie this far above those of the
 * one before.  The lower half of the room is for the parts that lead up to it,
 * the upper half for the parts of a full sync, so that no number ever stands
 * for two contents.  A snapshot has at most LIMIT_SNAPSHOT bytes, thus fewer
 * parts than half of this. */
#define STATE_ROOM ((uint64_t)1 << 20)

/* What is remembered of state/current while it is not mapped. */
struct state_current {
	bool usable;
	uint64_t epoch;
	uint64_t generation;
	uint8_t digest[HASH_SIZE];
	uint64_t locations;
	int64_t started;	/* of its coverage, 0 for none */
	int64_t finished;
	int64_t last_full;	/* start of the last scan of every file */
	bool complete;
	uint64_t gaps;
};

struct state {
	const char *dir;	/* borrowed */
	struct state_current current;
	bool current_lost;	/* state/current is there, but not usable */
	struct acked acked;	/* its hashes only while ${hashes_loaded} */
	bool has_acked;
	bool hashes_loaded;
	bool acked_unsaved;	/* memory is newer than the disk */
};

/* Reads both files and removes temporary files that a crash has left.  What is
 * missing or broken is not an error: the state says so. */
void state_load(struct state *s, const char *dir);
void state_free(struct state *s);

/* Maps state/current: 0, or -errno, and then it is no longer usable. */
int state_map(struct state *s, struct snapshot *ret);

/* Reads the hashes of state/acknowledged again; what is missing or broken
 * counts as nothing acknowledged. */
void state_load_acked(struct state *s);
/* Gives back the memory of the hashes, unless they are only in memory. */
void state_drop_hashes(struct state *s);
/* Writes state/acknowledged.  On failure the state in memory stays in force,
 * and the next call tries again: 0 or -errno. */
int state_store_acked(struct state *s);

/* Ends ${w} as the new state/current, with its epoch and generation: the old
 * generation where the content is the old one.  0 or -errno, and then the old
 * file is still there. */
int state_commit(struct state *s, struct snapshot_writer *w,
		 const Cw__Coverage *coverage);

#endif
