/* SPDX-License-Identifier: Apache-2.0 */
/* The threads that do the work of REST, each with a store of its own, so that
 * neither a slow question nor scrypt holds up a loop. */
#ifndef CW_COLLECTOR_POOL_H
#define CW_COLLECTOR_POOL_H

#include "collector-stub/http/exchange.h"

#define POOL_THREADS 4
#define POOL_QUEUE 256		/* exchanges that may wait */

struct pool;

/* Takes the stores, ${n} of them, also where it fails.  0 or -errno. */
int pool_start(struct store *const *stores, int n, struct pool **ret);
/* Ends what is at work, answers with 503 what waits.  NULL is allowed. */
void pool_stop(struct pool *p);
/* After the last pool_submit(). */
void pool_free(struct pool *p);

/* Takes ${x}, whose run() is set, and hands it back by exchange_finish(): 0;
 * -EAGAIN where too many wait or it has ended. */
int pool_submit(struct pool *p, struct exchange *x);

#endif
