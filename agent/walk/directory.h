/* SPDX-License-Identifier: Apache-2.0 */
/* Directories as nodes of a tree of names, so that a million of them cost their
 * names once, and a path may be longer than PATH_MAX. */
#ifndef CW_AGENT_WALK_DIRECTORY_H
#define CW_AGENT_WALK_DIRECTORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/walk/inode_set.h"
#include "lib/buf.h"

/* Where it lies, and what is known of it; filled in when it is opened, before
 * there are nodes below it (agent/walk/past.h). */
struct directory_place {
	struct inode_key key;
	uint64_t mount;
	uint64_t volume;	/* a sum of mount and file system */
	bool known;	/* what it holds was looked at by the last scan */
	bool trusted;	/* the file system's ctime tells what changed */
	bool swaps;	/* but not that two files changed places */
	bool recent;	/* it changed itself since that scan */
	bool look;	/* its files are looked at all the same */
	bool bare;	/* they are not, and that scan told nothing of any */
	bool mounts;	/* there may be mount points below it */
	bool whole;	/* all in it is walked */
	bool single;	/* no directory: a file that is walked by itself */
};

/* Where a tree begins that no path leads to which this process may open: that
 * of another mount namespace. */
struct directory_base {
	int fd;			/* its root, O_PATH */
	size_t len;		/* bytes of a path that stand for the root */
	uint64_t identity;	/* none later has the same */
	const char *container;	/* all in it belongs to, if to no other */
};

struct directory {
	struct directory *parent;
	struct directory *next;	/* for the list that holds it */
	const char *container;	/* that it belongs to, borrowed; or NULL */
	const struct directory_base *base;	/* borrowed; NULL: "/" */
	struct directory_place place;
	atomic_uint refs;
	int fd;			/* open for those below it, or -1 */
	atomic_uint waiting;	/* who needs it: those, and who lists it */
	size_t path_len;	/* of the whole path */
	size_t name_len;
	char name[];		/* of the top: its whole path; and a NUL */
};

/* A new node with one reference; takes one on the parent, its container and its
 * base; a parent that is open stays so until directory_leave() of this node.
 * NULL: no memory, or a path longer than LIMIT_PATH. */
struct directory *directory_new(struct directory *parent, const char *name,
				size_t len);
struct directory *directory_ref(struct directory *d);
/* Gives a reference up; NULL is fine. */
void directory_unref(struct directory *d);

/* Its path, or that of ${name} in it (NULL: none), NUL-terminated, into ${out},
 * which is reset.  0 or the buffer's error. */
int directory_path(const struct directory *d, const char *name,
		   struct buf *out);

/* Opens it for reading through no symbolic link at all (openat2 with
 * RESOLVE_NO_SYMLINKS, or name by name where the kernel lacks that), so that a
 * directory that was replaced by one is not followed.  Descriptor or -errno. */
int directory_open(const struct directory *d);

/* Opens ${path}, below ${at} where it is relative, the same way; no part of it
 * is "..".  With O_PATH in ${flags} the last name may be a link, which is
 * opened itself.  Descriptor or -errno. */
int directory_open_path(int at, const char *path, int flags);

/* The same as directory_open() for one that a walk has come to: by its parent,
 * where that is open still.  It is open itself then, for those below it, as
 * long as there are not too many. */
int directory_enter(struct directory *d);
/* The walk has listed it, or will not: ${fd} is what directory_enter() gave,
 * and goes. */
void directory_leave(struct directory *d, int fd);

#endif
