/* SPDX-License-Identifier: Apache-2.0 */
/* One TLS connection of a client that plays an agent: a request goes out, its
 * reply comes in, and so on.  What cannot happen on a good machine ends the
 * program. */
#ifndef CW_TESTS_WIRE_H
#define CW_TESTS_WIRE_H

#include <openssl/ssl.h>

#include "lib/buf.h"

enum wire_step { WIRE_SHAKE, WIRE_SEND, WIRE_RECEIVE, WIRE_REST };

enum wire_event {
	WIRE_WAITS,	/* for the socket, as epoll is told */
	WIRE_REPLIED,	/* all of the reply is there: the wire rests */
	WIRE_LOST,	/* the connection */
};

struct wire {
	int epoll, fd;
	SSL *ssl;		/* NULL: there is no connection */
	enum wire_step step;
	bool shaken;		/* the handshake is over ... */
	bool resumed;		/* ... and went on with a session */
	uint32_t wanted;	/* epoll events */
	void *arg;		/* of epoll's events */
	int64_t began;		/* µs: when this exchange did */
	struct buf request, reply;
	size_t sent;		/* of the request */
};

int64_t wire_now(void);		/* µs, steady */

/* Connects to 127.0.0.1:${port}, buffers set up for so many bytes; the caller
 * then gives ${w->ssl} its identity.  False where it is refused at once. */
bool wire_open(struct wire *w, int epoll, SSL_CTX *ctx, uint16_t port,
	       void *arg, size_t request_max, size_t reply_max);
/* Without a word to the peer, so that ports are free again at once. */
void wire_close(struct wire *w);

/* POST /v1/sync; ${fields} are further lines of its head, each with its end. */
void wire_post(struct buf *ret, const char *fields, const struct buf *body);
/* What is in ${w->request} begins to go out with the next wire_move(). */
void wire_begin(struct wire *w);
/* Goes on until the socket would block. */
enum wire_event wire_move(struct wire *w);

/* The value of a header ("\r\nNAME:") as a number, or -1. */
long wire_header(const char *head, const char *name);
/* How many bytes of the reply its head takes, once all of it is there; and how
 * many its body. */
size_t wire_head(struct buf *reply, size_t *ret_body);

#endif
