/* SPDX-License-Identifier: Apache-2.0 */
/* The threads that write.  Each has a connection of its own and all requests of
 * some of the agents, so that those of one agent stay in their order.  It takes
 * all exchanges that wait, runs them in one transaction, commits, and only then
 * hands them back: the cost of a flush to disk is shared, and nothing is
 * answered that is not stored.  Where that fails, each is run alone, and those
 * that fail again are answered with 503. */
#ifndef CW_COLLECTOR_WRITER_H
#define CW_COLLECTOR_WRITER_H

#include "collector-stub/http/exchange.h"

/* exchanges that may wait in all, and that one transaction takes */
#define WRITER_QUEUE 4096
#define WRITER_GROUP 512
/* most threads */
#define WRITER_LANES 64

struct writer;

/* A thread for each of the ${n} (1 or more) stores, which it uses until
 * writer_stop().  0 or -errno. */
int writer_start(struct store *const *stores, size_t n, struct writer **ret);
/* Ends what waits, then the threads.  NULL is allowed. */
void writer_stop(struct writer *w);

/* Takes ${x}, whose run() is set: 0, or -EAGAIN where too many wait.  It waits
 * at least until the next writer_kick(). */
int writer_submit(struct writer *w, struct exchange *x);
void writer_kick(struct writer *w);

/* Runs a list in one transaction and returns when all have their replies: what
 * the thread does with each group.  0, or the store's error. */
int writer_run(struct store *s, struct exchange *list);

#endif
