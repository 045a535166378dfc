/* SPDX-License-Identifier: Apache-2.0 */
/* One connection, one question: connects, talks STARTTLS, says hello, reads the
 * answer.  Never blocks. */
#ifndef CW_AGENT_PROBE_CONNECTION_H
#define CW_AGENT_PROBE_CONNECTION_H

#include <sys/socket.h>

#include "agent/probe/hello.h"
#include "agent/probe/library.h"
#include "agent/probe/record.h"
#include "agent/probe/reply.h"
#include "agent/probe/starttls/starttls.h"

enum connection_state {
	CONNECTION_CONNECTING, CONNECTION_TALKING, CONNECTION_READING,
	CONNECTION_OVER,
};

struct connection {
	enum connection_state state;
	int fd;
	bool lent;		/* the socket is used again, not closed */
	const struct hello *question;	/* borrowed */
	struct starttls_talk talk;
	struct record_reader records;
	struct reply reply;
	struct library *library;
	struct buf out;		/* to be sent */
	size_t sent;
	uint8_t first[256];	/* what the server said first */
	size_t n_first;
	size_t received;	/* bytes, in all */
	/* the outcome, in CONNECTION_OVER: 0, an answer (${reply}; it may be
	 * no more than an alert, or the end of the connection); -EBADMSG:
	 * neither TLS nor the protocol; -EOPNOTSUPP: no STARTTLS; -EMSGSIZE:
	 * above a limit; -errno of the network.  ${why} is "" or says more. */
	int error;
	const char *why;
};

/* Begins.  ${fd}: an unconnected TCP socket, which is lent; or -1: one is made.
 * What fails at once is an outcome too. */
void connection_start(struct connection *c, int fd,
		      const struct sockaddr *to, socklen_t len,
		      const struct starttls *protocol, const char *name,
		      const struct hello *question);

/* Goes on as far as it can, after anything happened on the socket.  True where
 * it is over. */
bool connection_step(struct connection *c);

/* Ends it, whatever its state; memory is freed, the reply with it. */
void connection_end(struct connection *c);

#endif
