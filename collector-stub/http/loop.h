/* SPDX-License-Identifier: Apache-2.0 */
/* One thread with one event loop, which serves both listeners. */
#ifndef CW_COLLECTOR_LOOP_H
#define CW_COLLECTOR_LOOP_H

#include "collector-stub/http/exchange.h"

/* Starts it on the server's sockets.  0 or -errno. */
int loop_start(struct server *srv, struct loop **ret);
/* Takes no more connections, and ends once all requests are answered, or after
 * ten seconds.  From another thread; loop_join() waits for the end. */
void loop_stop(struct loop *l);
void loop_join(struct loop *l);
/* After loop_join() and the end of all who may call exchange_finish(). */
void loop_free(struct loop *l);

#endif
