/* SPDX-License-Identifier: Apache-2.0 */
/* The threads that do the work of REST, each with a store of its own, so that
 * neither a slow question nor scrypt holds up a loop.
 *
 * No party (exchange.h) has more than POOL_SHARE of them at a time, and parties
 * take turns: one that asks for much waits in a queue of its own. */
#ifndef CW_COLLECTOR_POOL_H
#define CW_COLLECTOR_POOL_H

#include "collector-stub/http/exchange.h"

#define POOL_THREADS 6
#define POOL_SHARE (POOL_THREADS / 2)
#define POOL_QUEUE 256		/* exchanges that may wait */
#define POOL_PARTY_QUEUE 64	/* of one party */

struct pool;

/* Takes the stores, ${n} of them, also where it fails; hands each exchange back
 * by ${finish}, in a thread of its own.  0 or -errno. */
int pool_start(struct store *const *stores, int n,
	       void (*finish)(struct exchange *x), struct pool **ret);
/* Ends what is at work, answers with 503 what waits.  NULL is allowed. */
void pool_stop(struct pool *p);
/* After the last pool_submit(). */
void pool_free(struct pool *p);

/* Takes ${x}, whose run() and party are set: 0; -EDQUOT where too many of its
 * party wait (none that has begun its reply is refused for that), -EAGAIN where
 * too many wait in all, or it has ended; -ENOMEM. */
int pool_submit(struct pool *p, struct exchange *x);

#endif
