/* SPDX-License-Identifier: Apache-2.0 */
/* How long a connection may take.  evhttp's timers start anew with each byte,
 * so a client that sends one byte a second is never cut off; here the whole of
 * a request has one deadline.
 *
 *	silent (handshake_timeout) --ClientHello--> shaking (the same again)
 *	                                               |
 *	   +------------------handshake done-----------+
 *	   v
 *	reading --request complete--> working --reply handed over--> replying
 *	   ^ request_timeout           no limit                request_timeout
 *	   |                                                            |
 *	   +--first byte-- idle (idle_timeout) <---reply has gone out---+
 *
 * Where it is we who are behind with reading, a handshake gets more time.
 * A connection to the port of enrolment idles for a minute at most.  At the
 * deadline the socket is shut down, and evhttp tidies up; so it is when the
 * request is large and all connections together hold too much.
 *
 * There are only a few lengths of time, so each has a list of connections, the
 * soonest first: entering a state costs no timer, and now and then the loop
 * looks at who is first. */
#ifndef CW_COLLECTOR_DEADLINE_H
#define CW_COLLECTOR_DEADLINE_H

#include <sys/queue.h>

#include <event2/bufferevent.h>
#include <openssl/ssl.h>

#include "collector-stub/http/interest.h"
#include "collector-stub/http/server.h"
#include "collector-stub/ingest/authenticate.h"

enum deadline_state { DEADLINE_SILENT, DEADLINE_SHAKING, DEADLINE_READING,
	DEADLINE_WORKING, DEADLINE_REPLYING, DEADLINE_IDLE };

TAILQ_HEAD(deadline_list, connection);

/* All of a loop's connections whose time is limited. */
struct deadlines {
	struct deadline_list silent[LISTENER_END];
	struct deadline_list shaking;
	struct deadline_list request;	/* reading, replying */
	struct deadline_list idle[LISTENER_END];
};

/* What we know of a connection; it belongs to its SSL and goes with it. */
struct connection {
	struct server *server;
	enum listener listener;
	struct bufferevent *bev;	/* borrowed */
	struct deadlines *deadlines;	/* borrowed */
	struct deadline_list *list;	/* of those, or NULL */
	TAILQ_ENTRY(connection) next;	/* in it */
	int64_t since, until;		/* steady ms */
	bool counted;			/* as one of ${server}->shaking */
	enum deadline_state state;
	struct interest interest;
	long long received;		/* bytes of the present request */
	bool identified;
	struct identity identity;
};

void deadlines_init(struct deadlines *d);
/* Cuts those whose time is over; for the loop's tick. */
void deadlines_look(struct deadlines *d);
/* Cuts the oldest silent one, if it has had its time to speak: true, and its
 * place counts as free. */
bool deadlines_yield(struct deadlines *d, enum listener which);

/* Ties a new connection in state silent to ${ssl}, which ${bev} has: 0 or
 * -ENOMEM.  ${all} has to outlast it. */
int deadline_start(struct server *srv, enum listener listener,
		   struct deadlines *all, SSL *ssl, struct bufferevent *bev);
/* The connection of an SSL, or NULL. */
struct connection *deadline_connection(const SSL *ssl);
/* Ends the connection at once. */
void deadline_cut(struct connection *c);
void deadline_enter(struct connection *c, enum deadline_state state);

#endif
