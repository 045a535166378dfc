/* SPDX-License-Identifier: Apache-2.0 */
/* Which path is answered by what. */
#ifndef CW_COLLECTOR_ROUTE_H
#define CW_COLLECTOR_ROUTE_H

#include <stddef.h>

#include "collector-stub/http/server.h"

enum route_kind {
	ROUTE_MESSAGE,		/* POST of a protobuf message */
	ROUTE_PREFIX,		/* all paths that begin so, any method, JSON */
};

struct route {
	enum listener listener;
	enum route_kind kind;
	const char *path;
	size_t max_body;	/* bytes; 0: the configuration's */
	void (*handle)(struct exchange *x);
};

extern const struct route route_table[];	/* ends with path NULL */

/* The largest body that any route of a listener takes. */
size_t route_max_body(enum listener listener, size_t configured);

/* Checks a complete request (method, type, length headers, route, client) and
 * hands it to its route or answers it. */
void route_request(struct exchange *x, enum listener listener);

#endif
