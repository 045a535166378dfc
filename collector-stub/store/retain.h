/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept only for a time. */
#ifndef CW_COLLECTOR_RETAIN_H
#define CW_COLLECTOR_RETAIN_H

#include "collector-stub/store/store.h"

/* Removes orders (with signatures and results) and enrolment tokens that ended
 * before ${before}; *ret_removed is their number.  The last order of each agent
 * stays, for its sequence.  Within a transaction.  0 or the store's error. */
int retain_prune(struct store *s, int64_t before, int64_t *ret_removed);

/* Removes ${most} events from before ${before}; *ret_removed is their number.
 * Within a transaction.  0 or the store's error. */
int retain_prune_events(struct store *s, int64_t before, int64_t most,
			int64_t *ret_removed);

/* Removes ${most} locations of agents that were revoked before ${before}, and
 * such an agent with its orders once it has none, if its certificate ended
 * before ${before} as well (one of a PKI of the fleet's own could come back).
 * *ret_removed is the number of locations.  Within a transaction.  0 or the
 * store's error. */
int retain_prune_revoked(struct store *s, int64_t before, int64_t most,
			 int64_t *ret_removed);

/* The time before which each goes that nothing names any more. */
struct retain_before {
	int64_t time;
	int64_t word;	/* of an object, what only an agent told */
};

/* Of a ${retention} in seconds, 0: for ever.  What only an agent told goes
 * after a day at the latest: one could fill the disk with it. */
struct retain_before retain_before(int64_t now, int64_t retention);

/* Looks at the ${most} objects after ${cursor} (zeros: the first ones), and
 * removes those that came before ${before} and that no location and no event
 * names; of what only an agent told, no location.  Moves ${cursor} on, to zeros
 * after the last.  A report that is being written is waited for, for a second.
 * Makes transactions of its own.  0; -EBUSY where it was not worth waiting
 * longer; the store's error. */
int retain_prune_objects(struct store *s, struct retain_before before,
			 int64_t most,
			 uint8_t cursor[static HASH_SIZE],
			 int64_t *ret_removed);

/* Called after a round that took ${ms}; false: to go no further. */
typedef bool retain_pause_fn(void *arg, int64_t ms);

/* All of these, in rounds, so that reports are not held up; what is left, or
 * was -EBUSY, is for the next time.  ${cursor} as above; *ret_removed is the
 * sum, also where it fails. */
int retain_all(struct store *s, struct retain_before before,
	       uint8_t cursor[static HASH_SIZE], retain_pause_fn *pause,
	       void *arg, int64_t *ret_removed);

#endif
