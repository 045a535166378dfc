/* SPDX-License-Identifier: Apache-2.0 */
/* Sending a reply: whole, or in parts, of which the next one is made when the
 * last has gone out, so that a long list never is in memory as a whole and a
 * slow reader holds nobody up. */
#ifndef CW_COLLECTOR_SEND_H
#define CW_COLLECTOR_SEND_H

#include "collector-stub/http/exchange.h"

/* In the loop's thread; ${closing}: the connection ends with it.  True where
 * the exchange is over; the caller frees it.  Otherwise it comes back by
 * exchange_finish() with the next part. */
bool send_reply(struct exchange *x, bool closing);

void send_free(struct exchange *x);

#endif
