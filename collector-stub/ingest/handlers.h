/* SPDX-License-Identifier: Apache-2.0 */
/* What the routes of the agents' protocol do.  Each checks what needs no
 * database in the loop's thread and gives the rest to the writer. */
#ifndef CW_COLLECTOR_HANDLERS_H
#define CW_COLLECTOR_HANDLERS_H

#include "collector-stub/http/exchange.h"

void handle_enroll(struct exchange *x);
void handle_renew(struct exchange *x);
void handle_sync(struct exchange *x);

/* Where its agent has taken its share (share.h), answers that with 429; else
 * the caller owes it a share_leave(). */
bool handle_too_often(struct exchange *x);

/* Gives ${x} to the writer, or answers that too many wait. */
void handle_in_writer(struct exchange *x,
		      int (*run)(struct exchange *x, struct store *s),
		      void *work, void (*free_work)(void *work));

#endif
