/* SPDX-License-Identifier: Apache-2.0 */
/* The file state/current: what the last complete scan found, one packed
 * cw.Snapshot.  It is written field by field and read through a mapping, so
 * that memory does not grow with the objects in it. */
#ifndef CW_AGENT_SYNC_SNAPSHOT_H
#define CW_AGENT_SYNC_SNAPSHOT_H

#include "agent/sync/hashset.h"
#include "lib/buf.h"
#include "lib/file.h"
#include "proto/certwalk.pb-c.h"

/* bytes of one location that a snapshot takes: a part of a sync must hold it
 * beside a coverage */
#define SNAPSHOT_LOCATION MIB(3)

/* bytes of a coverage in a snapshot; longer ones lose gaps from their list */
#define SNAPSHOT_COVERAGE KIB(512)

/* ------------------------------------------------------------- writing */

struct snapshot_writer {
	struct replace file;
	struct buf pending;		/* not yet written */
	struct hashset locations;
	struct hashset objects;
	struct set_digest digest;
	uint64_t bytes;
	uint64_t too_large;		/* locations left out; noted */
	bool open;
};

/* Starts a replacement of ${path}; gives up one that is under way. */
int snapshot_begin(struct snapshot_writer *w, const char *path);

/* Adds one location (packed cw.Location), and its object unless that is NULL,
 * in already, without DER, or its DER above LIMIT_DER.  0 also where the
 * location is in already; -EMSGSIZE (and nothing added) for a location above
 * SNAPSHOT_LOCATION; -EFBIG where the file would exceed LIMIT_SNAPSHOT;
 * -errno.  After -EFBIG or -errno the writer only takes snapshot_abort(). */
int snapshot_add(struct snapshot_writer *w, const uint8_t *location, size_t len,
		 const Cw__Object *object);

/* Adds an object alone: as above. */
int snapshot_add_object(struct snapshot_writer *w, const Cw__Object *object);

/* Ends it with ${coverage} (NULL for none), makes it durable and replaces the
 * file.  On failure the old file is as it was.  The writer is then closed. */
int snapshot_commit(struct snapshot_writer *w, uint64_t epoch,
		    uint64_t generation, const Cw__Coverage *coverage);
void snapshot_abort(struct snapshot_writer *w);

/* ------------------------------------------------------------- reading */

struct snapshot_span {
	const uint8_t *data;
	size_t len;
};

struct snapshot {
	const uint8_t *data;		/* mapped */
	size_t len;
	uint64_t epoch;
	uint64_t generation;
	uint8_t digest[HASH_SIZE];
	uint64_t locations;
	struct snapshot_span coverage;	/* packed cw.Coverage; NULL for none */
	int64_t started;		/* of the coverage */
};

/* Maps ${path} and checks all of it: well-formed, and the digest is that of
 * its locations.  0, -ENOENT, -EFBIG, -EBADMSG (*ret_why tells the rule that
 * failed, static text), -errno. */
int snapshot_open(const char *path, struct snapshot *ret, const char **ret_why);
/* Maps what ${w} was given so far, unchecked, for the walks below: 0 or
 * -errno. */
int snapshot_reread(struct snapshot_writer *w, struct snapshot *ret);
/* No-op on a zeroed one. */
void snapshot_close(struct snapshot *s);

/* Walks the locations, or the objects (packed cw.Object), in the order of the
 * file; ${at} starts as 0.  True and the next one, false at the end. */
bool snapshot_location(const struct snapshot *s, size_t *at,
		       struct snapshot_span *ret);
bool snapshot_object(const struct snapshot *s, size_t *at,
		     struct snapshot_span *ret);

/* The SHA-256 that a packed cw.Object states: 0 or -EBADMSG. */
int snapshot_object_hash(const struct snapshot_span *object,
			 uint8_t ret[static HASH_SIZE]);
/* Whether its DER has that hash. */
bool snapshot_object_is_whole(const struct snapshot_span *object);

#endif
