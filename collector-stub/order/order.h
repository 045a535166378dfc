/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of commands, as a sync takes from it. */
#ifndef CW_COLLECTOR_ORDER_H
#define CW_COLLECTOR_ORDER_H

#include "collector-stub/store/store.h"
#include "lib/buf.h"

/* commands that go with one reply */
#define ORDER_MAX 16

/* The commands of this agent that are ready: signed by as many as are needed,
 * not expired, their time has come, and each one before it as well, so that a
 * host never takes a later command and then has to refuse an earlier one.
 * Notes that they are delivered.  Within a transaction.  *ret is an array in
 * ${a}; 0 or the store's error. */
int order_take(struct store *s, const char *agent_id, int64_t now,
	       struct arena *a, Cw__SignedCommand ***ret, size_t *ret_n);

#endif
