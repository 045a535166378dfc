/* SPDX-License-Identifier: Apache-2.0 */
/* Figures for Prometheus (text format 0.0.4) at /metrics, on a listener of its
 * own, which is of this host only: no password, no TLS, no agent's port.  They
 * are made in a thread of their own, so that a slow database holds nobody up
 * but who asks for them. */
#ifndef CW_COLLECTOR_METRICS_H
#define CW_COLLECTOR_METRICS_H

#include "collector-stub/http/server.h"

struct metrics;

/* Serves at ${address}.  ${s} is taken, also where this fails; what is asked of
 * it is kept for a minute.  0 or -errno. */
int metrics_start(struct server *srv, struct store *s, const char *address,
		  struct metrics **ret);
/* Waits for what is being answered.  NULL is allowed. */
void metrics_stop(struct metrics *m);

/* Appends all figures: 0, or the error of the buffer. */
int metrics_write(struct metrics *m, int64_t now, struct buf *out);

#endif
