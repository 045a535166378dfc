/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the configured paths did not answer a moment ago, so that not each
 * look at what changed waits for them once more.  Each scan asks all of them
 * again; so does a look SILENCE_MS later, or at a change in one.
 *
 * In memory shared with the processes that are started after it was made: who
 * asks writes it.  What is read from it is bounded, whatever was written. */
#ifndef CW_AGENT_WALK_SILENCE_H
#define CW_AGENT_WALK_SILENCE_H

#include <stddef.h>

#define SILENCE_MS 300000

struct silence;

/* For ${count} paths; NULL where there is no memory: then all are asked. */
struct silence *silence_new(size_t count);
void silence_free(struct silence *s);

/* The functions below do nothing without one.  Forgets all. */
void silence_forget(struct silence *s);
/* Forgets those at which, or in which, one of the changed paths lies: ${names},
 * as IPC_WATCH_CHANGED has them. */
void silence_told(struct silence *s, const void *names, size_t len);

/* The ${i}th was asked: it did not answer (how far it was followed), or it did
 * (NULL). */
void silence_note(struct silence *s, size_t i, const char *path);
/* How far the ${i}th was followed that is not to be asked; to be freed.  NULL:
 * it is to be asked. */
char *silence_of(const struct silence *s, size_t i);

#endif
