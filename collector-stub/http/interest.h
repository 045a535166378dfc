/* SPDX-License-Identifier: Apache-2.0 */
/* evhttp turns a connection's reading off while a request is worked on, and on
 * again for the next one: two system calls for each request.  A second event
 * for the same descriptor, which stays, leaves the kernel out of it.  What
 * comes meanwhile, a further request or the client's end, waits in the kernel,
 * wakes the loop twice, and then the second event goes too until the reply is
 * sent. */
#ifndef CW_COLLECTOR_INTEREST_H
#define CW_COLLECTOR_INTEREST_H

#include <stdbool.h>

#include <event2/bufferevent.h>

struct event;

struct interest {
	struct event *event;	/* NULL: there was no request yet */
	bool kept;		/* it is there */
	bool working;		/* evhttp does not read */
	int woken;		/* since then */
};

/* A request of ${bev} is complete.  Without memory it merely costs more. */
void interest_keep(struct interest *i, struct bufferevent *bev);
/* Its reply is sent. */
void interest_resume(struct interest *i);
void interest_end(struct interest *i);

#endif
