/* SPDX-License-Identifier: Apache-2.0 */
/* How long a connection may take.  evhttp's timers start anew with each byte,
 * so a client that sends one byte a second is never cut off; here the whole of
 * a request, handshake included for the first, has one deadline.
 *
 *	reading --request complete--> working --reply handed over--> replying
 *	   ^ request_timeout           no limit                request_timeout
 *	   |                                                            |
 *	   +--first byte-- idle (idle_timeout) <---reply has gone out---+
 *
 * A connection to the port of enrolment idles for a minute at most.  At the
 * deadline the socket is shut down, and evhttp tidies up; so it is when the
 * request is large and all connections together hold too much. */
#ifndef CW_COLLECTOR_DEADLINE_H
#define CW_COLLECTOR_DEADLINE_H

#include <event2/bufferevent.h>
#include <openssl/ssl.h>

#include "collector-stub/http/server.h"
#include "collector-stub/ingest/authenticate.h"

enum deadline_state { DEADLINE_READING, DEADLINE_WORKING, DEADLINE_REPLYING,
	DEADLINE_IDLE };

/* What we know of a connection; it belongs to its SSL and goes with it. */
struct connection {
	struct server *server;
	enum listener listener;
	struct bufferevent *bev;	/* borrowed */
	struct event *timer;
	enum deadline_state state;
	long long received;		/* bytes of the present request */
	bool identified;
	struct identity identity;
};

/* Ties a new connection in state reading to ${ssl}, which ${bev} has: 0 or
 * -ENOMEM. */
int deadline_start(struct server *srv, enum listener listener,
		   struct event_base *base, SSL *ssl, struct bufferevent *bev);
/* The connection of an SSL, or NULL. */
struct connection *deadline_connection(const SSL *ssl);
/* Ends the connection at once. */
void deadline_cut(struct connection *c);
void deadline_enter(struct connection *c, enum deadline_state state);

#endif
