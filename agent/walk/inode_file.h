/* SPDX-License-Identifier: Apache-2.0 */
/* Records of directories or files, known by (device, inode), in a file without
 * a name: first appended to, by any number of writers, then sealed, then looked
 * up through a mapping.  So what is remembered of a host costs page cache, not
 * memory of our own.
 *
 *	records		one after the other, in the order of arrival
 *	slots		32 bits each: 0, or the number of a record, from 1
 *	tail		struct inode_tail
 *
 * The slots are a hash table in windows of INODE_WINDOW slots at most: a record
 * is found in its window only, so one window at a time is built in memory. */
#ifndef CW_AGENT_WALK_INODE_FILE_H
#define CW_AGENT_WALK_INODE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/walk/inode_set.h"

struct inode_record {
	struct inode_key key;
	uint64_t value[3];
};

#define INODE_WINDOW ((size_t)1 << 17)

/* A new one in folder ${dir}: descriptor or -errno. */
int inode_file_create(const char *dir);

/* One writer, of one thread. */
struct inode_writer {
	int fd;		/* borrowed; -1: nothing is written */
	int error;	/* the first one, -errno; no more is written then */
	size_t n;
	struct inode_record pending[32];
};

void inode_writer_init(struct inode_writer *w, int fd);
void inode_writer_add(struct inode_writer *w, const struct inode_record *r);
/* Writes what waits: 0, or the first error of all. */
int inode_writer_flush(struct inode_writer *w);

/* When all writers are flushed: 0 or -errno; -EFBIG above 2^31 records. */
int inode_file_seal(int fd);

struct inode_map {
	const struct inode_record *records;	/* NULL: none is known */
	size_t count;
	const uint32_t *slots;
	size_t n_slots;
	size_t mapped;
};

/* Maps a sealed file; the descriptor may then be closed.  0; -EBADMSG for what
 * is not one; -errno. */
int inode_map_open(struct inode_map *m, int fd);
/* No-op on a zeroed one. */
void inode_map_close(struct inode_map *m);

/* The next record of ${key}; ${at} starts as 0.  NULL: no more. */
const struct inode_record *inode_map_next(const struct inode_map *m,
					  const struct inode_key *key,
					  size_t *at);

#endif
