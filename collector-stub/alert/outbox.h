/* SPDX-License-Identifier: Apache-2.0 */
/* Messages on their way to channels, and the incidents that these open there.
 *
 * A receiver such as PagerDuty keeps a rule's incident open until it is told
 * that none of its alerts is.  So each channel that was told of a rule is noted
 * in the store until all that it was told of is over, however that comes: the
 * last alert ends, the rule has other channels now, or is gone. */
#ifndef CW_COLLECTOR_OUTBOX_H
#define CW_COLLECTOR_OUTBOX_H

#include "collector-stub/alert/alert.pb-c.h"
#include "collector-stub/store/store.h"

struct outbox {
	struct store *store;
	int64_t now;
	const char *web;	/* the page's URL, or "" */
	/* Does the channel keep incidents?  It then hears of the last end of a
	 * rule's alerts always, and of no other. */
	bool (*keeps)(void *arg, const char *channel);
	void *arg;
};

/* All of these within a transaction: 0 or the store's error. */

/* Queues ${m} for ${channel}. */
int outbox_add(const struct outbox *o, const Alert__Message *m,
	       const char *channel);

/* Nothing that ${channel} was told of ${rule} is open any more.  One that keeps
 * incidents is told so, unless ${told}: it was already. */
int outbox_close(const struct outbox *o, const char *rule, const char *channel,
		 bool told);

/* Closes what was told by rules that are not in ${rules} (NULL ends). */
int outbox_close_gone(const struct outbox *o, const char *const *rules);

#endif
