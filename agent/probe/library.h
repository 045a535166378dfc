/* SPDX-License-Identifier: Apache-2.0 */
/* A handshake of TLS 1.3 by libssl, as far as the server's certificate, which
 * is encrypted there.  Nothing is verified: what is served is what is asked. */
#ifndef CW_AGENT_PROBE_LIBRARY_H
#define CW_AGENT_PROBE_LIBRARY_H

#include "agent/probe/hello.h"
#include "agent/probe/reply.h"

struct library;

/* Once in the process, while it may still read files: 0 or -ENOTSUP. */
int library_prepare(void);

/* A handshake that asks ${h}; what the server says goes into ${reply}, which
 * outlives it.  NULL: no memory. */
struct library *library_new(const struct hello *h, struct reply *reply);
void library_free(struct library *l);

/* Takes in bytes from the server (${len} may be 0), appends what is to be sent.
 * 1: the certificate is there, or an alert; 0: needs more; -EBADMSG: not TLS
 * (*ret_why says what); -ENOMEM. */
int library_step(struct library *l, const uint8_t *data, size_t len,
		 struct buf *out, const char **ret_why);

#endif
