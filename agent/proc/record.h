/* SPDX-License-Identifier: Apache-2.0 */
/* What was found in each file, so that it need not be parsed again while it
 * does not change: a log of records, and the inodes that they belong to.
 *
 * A record is a chain of chunks, since files are parsed at the same time.  All
 * numbers are in host order; the log is read by the process that wrote it.
 *
 *	chunk	u64 next	offset of the record's next chunk, 0: the last
 *		u64 len		bytes of items that follow
 *	item	u32 kind	enum record_kind
 *		u32 len		bytes that follow
 *
 * Never in it: a private key, a password, or an object's DER. */
#ifndef CW_AGENT_PROC_RECORD_H
#define CW_AGENT_PROC_RECORD_H

#include <google/protobuf-c/protobuf-c.h>

#include "agent/walk/past.h"
#include "lib/buf.h"

enum record_kind {
	RECORD_PLACE = 1,	/* ipc.Candidate, first */
	RECORD_FINDING,		/* ipc.Finding without der */
	RECORD_GAP,		/* cw.Gap */
	RECORD_COVERAGE,	/* cw.Coverage, alone, in a record of no file */
	RECORD_ANSWER,		/* ipc.ProbeResult of a listener, alone */
	RECORD__END
};

/* The log under construction. */
struct record_log {
	int log;		/* borrowed; -1: nothing is kept */
	uint64_t end;
	uint64_t seed;
	int error;		/* the first one; nothing more is kept then */
	struct inode_writer inodes;
};

/* One record under construction; starts zeroed. */
struct record {
	struct buf pending;
	uint64_t first;		/* its chunks in the log; 0: none */
	uint64_t last;
};

/* ${log} and ${inodes} are empty files. */
void record_log_init(struct record_log *g, int log, int inodes, uint64_t seed);

void record_add(struct record_log *g, struct record *r, enum record_kind kind,
		const ProtobufCMessage *m);
/* Ends the record of file ${key} at ${path}; ${flags} of agent/walk/past.h.
 * The record is then zeroed again. */
void record_end(struct record_log *g, struct record *r,
		const struct inode_key *key, const ProtobufCBinaryData *path,
		uint64_t flags);
void record_drop(struct record *r);
/* Ends a record of no file: where it is; 0 where it could not be kept. */
uint64_t record_end_alone(struct record_log *g, struct record *r);

/* Hands out the items of the record at ${offset} of ${log}; the data is
 * borrowed.  0; what ${take} returned below 0; -EBADMSG for what is not a
 * record; -errno. */
int record_replay(int log, uint64_t offset,
		  int (*take)(void *arg, enum record_kind kind,
			      const uint8_t *data, size_t len),
		  void *arg);

#endif
