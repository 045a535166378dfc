/* SPDX-License-Identifier: Apache-2.0 */
/* A ClientHello of our own: it asks one question, and needs no libcrypto that
 * knows what it offers. */
#ifndef CW_AGENT_PROBE_HELLO_H
#define CW_AGENT_PROBE_HELLO_H

#include "agent/probe/suite.h"
#include "lib/buf.h"

/* A question, as a connection puts it to a server. */
struct hello {
	uint16_t version;	/* the highest one offered; TLS_1_3: no other */
	enum suite_auth auth;	/* SUITE_ANY, SUITE_RSA, SUITE_ECDSA */
	const char *sni;	/* NULL: none; borrowed */
	bool alpn;		/* h2, http/1.1 */
	bool hybrids;		/* no group but those of ${groups} */
	uint16_t groups[SUITE_HYBRIDS];
	size_t n_groups;
	/* a whole handshake by libssl, TLS 1.3 only, as far as the server's
	 * certificate: the rest applies but groups */
	bool library;
	/* stop at the Certificate, without what follows it */
	bool brief;
};

/* Room for any hello. */
#define HELLO_MAX 2048

/* Appends one record with the ClientHello.  TLS 1.3: without a key share, so
 * that a server answers with a HelloRetryRequest, which names suite and group
 * (RFC 8446 section 4.2.8).  0, or the error of the buffer; -EINVAL for a name
 * longer than 255 bytes. */
int hello_build(const struct hello *h, struct buf *out);

#endif
