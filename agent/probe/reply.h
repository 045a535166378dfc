/* SPDX-License-Identifier: Apache-2.0 */
/* What a server says in the messages of its first flight (RFC 5246 section 7.4,
 * RFC 8446 section 4), whoever read them: record.h, or libssl. */
#ifndef CW_AGENT_PROBE_REPLY_H
#define CW_AGENT_PROBE_REPLY_H

#include "lib/buf.h"

#define REPLY_ALPN 64

struct reply {
	bool hello;		/* a ServerHello came; version, suite hold */
	bool retry;		/* it was a HelloRetryRequest */
	uint16_t version;
	uint16_t suite;
	uint16_t group;		/* 0: not said */
	char alpn[REPLY_ALPN];	/* printable; "": none */
	bool ticket;		/* will give one */
	bool asks_client;	/* for a certificate */
	bool done;		/* nothing more is to come in clear */
	bool has_chain;
	bool alerted;
	uint8_t alert;
	uint32_t chain_count;	/* certificates that were sent */
	uint32_t chain_kept;	/* that ${chain} has: LIMIT_TLS_CHAIN */
	struct buf chain;	/* each: 3 octets of length, DER */
	struct buf authorities;	/* each: 2 octets of length, DER of a Name */
	struct buf staple;	/* OCSPResponse */
};

void reply_init(struct reply *r);
void reply_free(struct reply *r);

/* Takes in one message.  0; -EBADMSG where it breaks a rule (*ret_why is a
 * static text that names it); -ENOMEM. */
int reply_message(struct reply *r, uint8_t type, const uint8_t *body,
		  size_t len, const char **ret_why);

/* Walks through a list as chain is: the next one at *at, or false. */
bool reply_certificate(const struct reply *r, size_t *at, const uint8_t **ret,
		       size_t *ret_len);
/* The same through authorities. */
bool reply_authority(const struct reply *r, size_t *at, const uint8_t **ret,
		     size_t *ret_len);

#endif
