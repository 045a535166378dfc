/* SPDX-License-Identifier: Apache-2.0 */
/* What of the last scan still stands: the file system's ctime is the index.
 *
 * A regular file is passed over where
 *  - its ctime is older than ${since}, some time before that scan began,
 *  - its file system's ctime can be trusted (past_trusted.c), on xfs also
 *    only where its directory did not change itself,
 *  - its directory was listed to its end by that scan, under the same name in
 *    the same directory of the same mount, and so were all above it: what is
 *    moved in is new all through,
 *  - no record asks for another look at it.
 * If a record says that something was found in it, the supervisor is told to
 * keep that. */
#ifndef CW_AGENT_WALK_PAST_H
#define CW_AGENT_WALK_PAST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include "agent/walk/directory.h"
#include "agent/walk/inode_file.h"

/* Values of a record of a file. */
enum { RECORD_PATH, RECORD_OFFSET, RECORD_FLAGS };
/* Its flags. */
enum {
	/* is looked at each time; with several names, by each scan */
	RECORD_RETRY = 1,
	RECORD_PARTIAL = 2,	/* a text, searched up to max_text_size */
	RECORD_LINKED = 4,	/* has several names */
	/* cost a parser its life: each scan looks again, no update does */
	RECORD_FAILED = 8,
};

struct past {
	bool stands;		/* there is a last scan to stand on */
	struct timespec since;
	uint64_t seed;		/* of past_hash() */
	struct inode_map directories;	/* of the last scan */
	struct inode_map records;	/* files with findings or gaps */
	int next;		/* directories of this scan; -1: not kept */
};

/* Zeroed but for ${next}. */
void past_init(struct past *n);
void past_free(struct past *n);

/* A sum of names and paths; with a secret seed, so that nobody can choose two
 * that are alike. */
uint64_t past_hash(uint64_t seed, const void *data, size_t len);

/* Fills in ${d}->place, of the directory open as ${fd}: 0 or -errno. */
int past_directory(const struct past *n, struct directory *d, int fd);

/* Remembers a directory that was listed to its end; ${look}: its files are to
 * be looked at the next time too; ${told}: something was told of one of them,
 * so there may be a record.  May be called again, with ${look}. */
void past_keep(const struct past *n, const struct directory *d, bool look,
	       bool told, struct inode_writer *out);

/* May a file in ${d} with this state be passed over?  Directories whose files
 * are looked at anyway: no. */
bool past_is_old(const struct past *n, const struct directory *d,
		  const struct stat *st);

/* The record of a file under ${path}, or NULL; under any path where that is
 * NULL. */
const struct inode_record *past_record(const struct past *n,
					const struct stat *st,
					const struct buf *path);

/* Does a file system of this type (f_type of statfs(2)) change a file's ctime
 * with every change, by this host's clock? */
enum past_trust {
	PAST_UNTRUSTED,
	PAST_TRUSTED,
	/* but for two files that change places (renameat2(2) with
	 * RENAME_EXCHANGE): only their directories' ctimes tell */
	PAST_SWAPS
};
enum past_trust past_trusts(uint64_t type);

#endif
