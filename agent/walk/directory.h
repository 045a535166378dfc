/* SPDX-License-Identifier: Apache-2.0 */
/* Directories as nodes of a tree of names, so that a million of them cost their
 * names once, and a path may be longer than PATH_MAX. */
#ifndef CW_AGENT_WALK_DIRECTORY_H
#define CW_AGENT_WALK_DIRECTORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"

struct directory {
	struct directory *parent;
	struct directory *next;	/* for the list that holds it */
	const char *container;	/* that it belongs to, borrowed; or NULL */
	atomic_uint refs;
	size_t path_len;	/* of the whole path */
	size_t name_len;
	char name[];		/* of the top: its whole path */
};

/* A new node with one reference; takes one on the parent, and its container.
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

#endif
