/* SPDX-License-Identifier: Apache-2.0 */
/* What the walk tells the supervisor besides candidates: how far it is, and
 * what it could not look at.  Shared by the walk's threads. */
#ifndef CW_AGENT_WALK_REPORT_H
#define CW_AGENT_WALK_REPORT_H

#include <pthread.h>
#include <stdatomic.h>

#include "lib/limits.h"
#include "proto/certwalk.pb-c.h"

#define REPORT_KINDS 16	/* more than there are kinds of gaps */
#define REPORT_PENDING 256	/* gaps that wait for the next message */
#define REPORT_NOTES 16		/* the same of notes */

struct report {
	int sock;
	atomic_ulong directories;
	atomic_ulong files;
	atomic_ulong bytes;
	atomic_bool index_lost;	/* directories could not be remembered */
	atomic_bool linked;	/* a file has names that are not looked at */
	pthread_mutex_t lock;	/* of what follows */
	int error;		/* the first: a gap was lost, the walk fails */
	int64_t last;		/* when progress was sent, steady ms */
	size_t named[REPORT_KINDS];	/* since the start */
	Cw__Gap *pending[REPORT_PENDING];
	size_t n_pending;
	uint64_t counts[REPORT_KINDS];	/* since the last message */
	char *notes[REPORT_NOTES];
	size_t n_notes;
};

void report_init(struct report *r, int sock);

/* Counts a gap; names it, unless enough of its kind were named.  ${path} is
 * bytes.  Where that fails, so do the functions below, from then on. */
void report_gap(struct report *r, Cw__GapKind kind, const void *path,
		size_t len, const char *reason);
/* Adds a note to the coverage; fails as that does. */
void report_note(struct report *r, const char *note);

/* Sends progress if the last is a quarter of a second old: 0 or -errno. */
int report_progress(struct report *r);
/* The walk's last word: 0 or -errno. */
int report_done(struct report *r);

#endif
