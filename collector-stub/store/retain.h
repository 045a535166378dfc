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

#endif
