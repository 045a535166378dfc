/* SPDX-License-Identifier: Apache-2.0 */
/* What the last complete scan saw, for the next one (agent/walk/past.h says
 * what it is used for).  It lives as long as the process, in files without a
 * name that are mapped and read, not held in memory: there is nothing to trust
 * after a restart, when the first scan looks at everything. */
#ifndef CW_AGENT_PROC_INDEX_H
#define CW_AGENT_PROC_INDEX_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "lib/buf.h"
#include "lib/limits.h"

/* A write through a mapping changes the ctime when it first touches a page,
 * and again after the page was written back: what was written a moment before
 * a scan may bear an older time. */
#define INDEX_SLACK_MS 60000

struct index_files {
	int directories;	/* inode_file.h: directories that were listed */
	int records;		/* the same: files with findings or gaps */
	int log;		/* record.h: those findings and gaps */
};

/* bytes of paths that are looked at anew; then all is */
#define INDEX_ANEW KIB(256)

struct index {
	const char *dir;	/* where its files are made; borrowed */
	int64_t slack_ms;
	uint64_t seed;
	bool stands;		/* false: the next scan looks at everything */
	struct index_files files;
	uint64_t coverage;	/* where the log has it; 0: nowhere */
	struct buf anew;	/* paths that were looked at since, NUL each:
				 * what is at or in them is to be looked at */
	struct buf behind;	/* names, as IPC_WATCH_CHANGED has them, that
				 * were told beside that scan: what it has of
				 * them is older, so each update looks at them
				 * too, until one has come to its end */
	struct timespec since;	/* when the scan began, less the slack */
	uint64_t lists;		/* see index_check_lists() */
	int64_t offset_ms;	/* wall clock less boot clock, then */
	int64_t full;		/* when the last scan of everything began,
				 * seconds since 1970 */
};

/* Empty.  ${dir} NULL: it stays so. */
void index_init(struct index *x, const char *dir);
/* Forgets everything: the next scan looks at everything. */
void index_drop(struct index *x);
void index_free(struct index *x);

/* Forgets everything if the clock was set back by more than half the slack
 * since: a file could change and keep a ctime that looks old.  True where it
 * did. */
bool index_check_clock(struct index *x);
/* The decision in it. */
bool index_is_set_back(int64_t then_ms, int64_t now_ms, int64_t slack_ms);

/* ${stamp} stands for all that decides, beside a file itself, what is told of
 * it: the lists of weak keys (lib/debian_key.h).  Forgets everything if it is
 * not that of the last scan; true where it did. */
bool index_check_lists(struct index *x, uint64_t stamp);

/* A scan that begins now: its files, to be filled.  The clock is noted, so this
 * comes first.  0; -errno, and the scan then leaves no index. */
int index_begin(const struct index *x, struct index *ret_next);
/* It came to its end, and all was written: it takes the place of ${x}.  0;
 * -errno, and then ${x} is empty; so it is, with 0, after a scan during which
 * the clock was set back. */
int index_commit(struct index *x, struct index *next);

/* An update that begins: its records and log, to be filled; the rest is that of
 * ${x}.  0 or -errno. */
int index_begin_update(const struct index *x, struct index *ret_next);
/* It came to its end: ${x} has its records now, and looks anew at the paths,
 * which end with NUL each.  0; -errno, and then ${x} is empty. */
int index_commit_update(struct index *x, struct index *next,
			const struct buf *paths);

#endif
