/* SPDX-License-Identifier: Apache-2.0 */
/* The walk role: reads directories and first blocks, passes on the files that
 * are worth a parse.  Reads all, writes nothing, has no network. */
#ifndef CW_AGENT_WALK_WALK_H
#define CW_AGENT_WALK_WALK_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "agent/config/config.h"
#include "agent/proc/ipc.h"
#include "agent/walk/container.h"
#include "agent/walk/directory.h"
#include "agent/walk/guess.h"
#include "agent/walk/past.h"
#include "agent/walk/links.h"
#include "agent/walk/mounts.h"
#include "agent/walk/namespaces.h"
#include "agent/walk/pace.h"
#include "agent/walk/path_list.h"
#include "agent/walk/report.h"
#include "agent/walk/roots.h"

#define WALK_SILENT 16

/* What the threads share. */
struct walk {
	const struct agent_config *config;
	struct report report;
	struct roots roots;
	struct mounts mounts;
	struct namespaces namespaces;
	struct containers *containers;
	struct links links;	/* files with several names */
	struct pace files;
	struct pace bytes;	/* the parsers' reads are charged ahead */
	struct past past;	/* what of the last scan still stands */
	struct path_list anew;	/* but not at or in these */
	struct path_list only;	/* where not empty: nothing else is walked */

	/* file systems that were given up, of a pool; and its seconds */
	const struct mount *silent[WALK_SILENT];
	atomic_uint n_silent;
	atomic_uint tick;

	pthread_mutex_t lock;	/* of what follows */
	pthread_cond_t work;
	pthread_cond_t ended;		/* a thread has */
	struct directory *stack;	/* directories that wait */
	unsigned int busy;	/* threads that may still push some */
	unsigned int running;	/* threads */
	int failed;		/* -errno of what ends the walk */
};

/* A thread's own. */
struct walker {
	struct walk *walk;
	struct buf path;
	struct buf message;
	uint8_t *block;		/* WALK_BLOCK bytes */
	struct guess guess;
	struct inode_writer directories;
	bool failed;	/* something in this directory was not looked at */
	bool told;	/* of a file in it, or a record has something */
	unsigned long files;	/* seen, and not yet counted for all */
	/* what it waits for, for others to see */
	struct {
		pthread_mutex_t lock;	/* of what follows */
		unsigned int since;	/* tick; 0: for no file system */
		bool lost;		/* it was given up */
		const struct directory *at;
		char name[256];		/* in it; "": itself */
	} stand;
};

#define WALK_BLOCK KIB(128)

int walker_init(struct walker *k, struct walk *w);
/* Adds to the sum of all threads what this one has seen. */
void walk_count(struct walker *k);
void walker_free(struct walker *k);

/* Looks at one directory: pushes its directories, examines its files.  0, or
 * negative: the walk cannot go on. */
int walk_directory(struct walker *k, struct directory *d);
/* Examines file ${name} in directory ${d}, open as ${at}: the same. */
int walk_file(struct walker *k, struct directory *d, int at, const char *name);
/* Passes on a file with several names, if this one still stands for it, and,
 * where ${judge}, it is worth a parse under it.  1 done; 0 not; 2 not, and a
 * gap tells why; -E2BIG only a part was searched; otherwise negative: the walk
 * cannot go on.  k->failed: another look could tell more. */
int walk_linked(struct walker *k, const struct directory *d, const char *name,
		const struct inode_key *file, bool judge);
/* Tells the supervisor of a file without a parse, with one of the operations
 * that have an ipc.Keep; ${linked}: it has several names.  0, or negative: the
 * walk cannot go on. */
int walk_tell(struct walker *k, enum ipc_walk_op op, const struct directory *d,
	      const char *name, const struct inode_key *file, bool linked);
/* Opens a file for reading, without touching its access time where we may
 * decide that: descriptor or -errno. */
int walk_open(int at, const char *name);
/* Is the open file worth a parse, by its first block, or by a search of its
 * text?  1, 0, -E2BIG where only max_text_size bytes were searched, -errno. */
int walk_examine(struct walker *k, int fd, const char *name,
		 const struct stat *st);
/* Puts a directory on the stack; takes the reference. */
void walk_push(struct walk *w, struct directory *d);
/* Counts a gap at ${name} (may be NULL) in ${d}. */
void walk_gap(struct walker *k, Cw__GapKind kind, const struct directory *d,
	      const char *name, const char *reason);
/* The kind of gap, and its reason, for the errno of an open or a read. */
void walk_failed(struct walker *k, const struct directory *d, const char *name,
		 int error);

#endif
