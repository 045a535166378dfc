/* SPDX-License-Identifier: Apache-2.0 */
/* The threads of a walk, and the patience with what they wait for.
 *
 * A call on a file system that does not answer (a dead server, a FUSE process
 * that stands still) cannot be taken back, so the thread that made it is given
 * up after answer_timeout: a gap names where it stood, another thread takes its
 * place, and where the file system is not a local one, what else is on it is
 * left out. */
#ifndef CW_AGENT_WALK_POOL_H
#define CW_AGENT_WALK_POOL_H

#include <stdbool.h>

#include "agent/walk/walk.h"

/* Looks at all directories that wait, and at those below them.  What failed is
 * in w->failed.  True where all threads have ended; false where some were given
 * up, which may wake any time: ${w} must not be freed then. */
bool pool_run(struct walk *w);

/* A thread goes over to calls on ${name} (NULL: itself) of ${d}: 0, or
 * -ECANCELED where it was given up meanwhile and has to end without touching
 * what is shared. */
int pool_begin(struct walker *k, const struct directory *d, const char *name);
/* Waits for something else now, as long as that may take; goes on there. */
void pool_rest(struct walker *k);
void pool_resume(struct walker *k);

/* Counts a gap at ${path}: its file system does not answer. */
void pool_gap(struct walk *w, const char *path);
/* Was its file system given up? */
bool pool_is_silent(struct walker *k, const struct directory *d);

#endif
