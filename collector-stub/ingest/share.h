/* SPDX-License-Identifier: Apache-2.0 */
/* What one agent may take of the collector, so that one that is broken, or
 * whose identity was stolen, does not starve the others: requests a second,
 * requests at a time, memory for them, and bytes to be kept.  And, of requests
 * alone, what anybody else may (http/visit.h).
 *
 * Requests are paid from a purse that fills at ${rate} a second and holds as
 * many as come in SHARE_BURST_SECONDS: a full state is many requests at once.
 * From any thread. */
#ifndef CW_COLLECTOR_SHARE_H
#define CW_COLLECTOR_SHARE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/limits.h"

#define SHARE_BURST_SECONDS 10
/* requests of one agent that are worked on or held back at a time: an agent has
 * one, and one more that it gave up */
#define SHARE_WORKS 8
/* bytes of all of them, where there is more than one */
#define SHARE_BYTES ((long long)MIB(64))

/* bytes of reports that one agent may have stored in a day, and what a location
 * counts for beside its own: a row has some hundred bytes whatever is in it */
#define SHARE_DAY ((int64_t)MIB(1024))
#define SHARE_ROW 512

struct share;

/* ${rate} in requests a second; 0: no limit.  NULL without memory. */
struct share *share_new(int64_t rate);
/* NULL is allowed. */
void share_free(struct share *s);

/* A request begins: 0, or seconds after which it may be tried again, and then
 * it has not begun.  ${now_ms} is the steady clock's. */
int share_enter(struct share *s, const char *agent_id, int64_t now_ms);
/* It needs that many bytes: whether it may have them. */
bool share_hold(struct share *s, const char *agent_id, long long bytes);
/* It brings that many bytes to be kept: 0, or seconds after which it may be
 * tried again.  *ret_first: the agent's last one was taken. */
int share_bring(struct share *s, const char *agent_id, int64_t bytes,
		int64_t now_ms, bool *ret_first);
/* So many of them were not stored. */
void share_return(struct share *s, const char *agent_id, int64_t bytes);
/* It has ended; ${bytes} as given to share_hold(), or 0. */
void share_leave(struct share *s, const char *agent_id, long long bytes);

#endif
