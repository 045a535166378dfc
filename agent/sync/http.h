/* SPDX-License-Identifier: Apache-2.0 */
/* One HTTPS exchange at a time with the collector, by libcurl's multi
 * interface.  Trusts what it is told to and nothing else: no CA bundle, no
 * proxy, no redirect, TLS 1.2 at least, host name verified. */
#ifndef CW_AGENT_SYNC_HTTP_H
#define CW_AGENT_SYNC_HTTP_H

#include <poll.h>

#include "agent/sync/identity.h"
#include "agent/sync/outcome.h"
#include "lib/buf.h"

struct http;

/* Whom to trust and who we are. */
struct http_peer {
	/* client certificate, and anchors; borrowed until http_forget(); NULL
	 * for enrolment */
	const struct identity *identity;
	/* enrolment: SHA-256 of the one CA certificate that must be in the
	 * chain that the collector shows */
	const uint8_t *ca_sha256;
};

/* NULL where there is no memory. */
struct http *http_new(int64_t timeout);
void http_free(struct http *h);

/* Starts POST ${url}${path}; ${body} is borrowed until it is over.  ${hold}:
 * seconds that the collector may hold its answer back ("Prefer: wait", RFC
 * 7240 section 4.3), or 0.  0, or -errno, and then nothing is under way. */
int http_post(struct http *h, const struct http_peer *peer, const char *url,
	      const char *path, const struct buf *body, int64_t hold);

/* Waits for the network or ${extra}, at most ${ms} (-1: no limit), and moves
 * the exchange on.  True once, when it is over: *ret then tells how, and
 * http_body() what the collector has answered. */
bool http_wait(struct http *h, struct pollfd *extra, int64_t ms,
	       struct outcome *ret);
const struct buf *http_body(const struct http *h);

/* Closes the connection and frees what one conversation needs; TLS sessions
 * are kept for the next. */
void http_rest(struct http *h);
/* The same, and forgets the sessions too: the identity changes. */
void http_forget(struct http *h);

#endif
