/* SPDX-License-Identifier: Apache-2.0 */
/* What a server sends before anything is encrypted: records (RFC 8446 section
 * 5.1, RFC 5246 section 6.2) to handshake messages and alerts.  Bounded on any
 * input. */
#ifndef CW_AGENT_PROBE_RECORD_H
#define CW_AGENT_PROBE_RECORD_H

#include "lib/buf.h"

struct record_reader {
	struct buf raw;		/* less than one record */
	struct buf messages;	/* of the handshake, the first ones read */
	size_t read;		/* of ${messages} */
	size_t total;		/* bytes that came in */
	uint8_t alert[2];
	size_t alert_len;
	bool sealed;		/* the rest is encrypted */
};

enum record_event {
	RECORD_MORE,		/* needs more bytes */
	RECORD_MESSAGE,
	RECORD_ALERT,		/* fatal, or close_notify */
	RECORD_SEALED,		/* nothing more can be read in clear */
};

/* ${body} points into the reader until the next call. */
struct record_message {
	uint8_t type;		/* of the message; description of the alert */
	const uint8_t *body;
	size_t len;
};

void record_init(struct record_reader *r);
void record_free(struct record_reader *r);
/* Takes in bytes from the server.  0; -EBADMSG: they are not TLS; -EMSGSIZE:
 * more than LIMIT_TLS_FLIGHT; -ENOMEM. */
int record_feed(struct record_reader *r, const uint8_t *data, size_t len);
/* What is next; -EMSGSIZE for a message above the limit. */
int record_next(struct record_reader *r, struct record_message *ret);

#endif
