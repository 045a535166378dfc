/* SPDX-License-Identifier: Apache-2.0 */
/* Replies that are held back until there is a command ("Prefer: wait", RFC 7240
 * section 4.3), and which agents have commands: one thread looks into the
 * database a few times a second, on behalf of all. */
#ifndef CW_COLLECTOR_HOLD_H
#define CW_COLLECTOR_HOLD_H

#include <stdbool.h>

#include "collector-stub/store/store.h"

/* seconds that a reply is held back at most */
#define HOLD_MAX 3600

struct exchange;
struct hold;
struct tickets;

/* ${s} is the thread's own from now on, also where this fails.  It keeps ${t}
 * (NULL is allowed) up to date too.  0 or -errno. */
int hold_start(struct store *s, struct tickets *t, struct hold **ret);
/* Lets all go, and whatever comes later at once.  NULL is allowed. */
void hold_stop(struct hold *h);
/* When nobody uses it any more. */
void hold_free(struct hold *h);

/* Has this agent commands?  What was queued within the last moment may not be
 * seen yet. */
bool hold_has_commands(struct hold *h, const char *agent_id);

/* Takes an exchange whose reply is ready (a SyncReply).  It goes on when its
 * agent has commands, through the writer, which adds them, or when its time
 * (x->hold seconds) is over. */
void hold_add(struct hold *h, struct exchange *x);

#endif
