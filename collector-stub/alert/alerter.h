/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that watches over alerts: every interval it reads rules and
 * channels, looks at each rule, and takes what waits to its channels.  What it
 * cannot deliver waits in the store, so it outlives a restart. */
#ifndef CW_COLLECTOR_ALERTER_H
#define CW_COLLECTOR_ALERTER_H

#include "collector-stub/config/config.h"
#include "collector-stub/store/store.h"

struct alerter;

/* Takes ${s} for its own use, and closes it at the end.  0 or -errno. */
int alerter_start(const struct collector_config *c, struct store *s,
		  struct alerter **ret);
/* Ends a delivery under way; it is tried again later.  NULL is allowed. */
void alerter_stop(struct alerter *a);

#endif
