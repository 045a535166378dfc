/* SPDX-License-Identifier: Apache-2.0 */
/* What came of one exchange with the collector, and to which class of failure
 * it belongs: the agent reacts to the class, people read the text. */
#ifndef CW_AGENT_SYNC_OUTCOME_H
#define CW_AGENT_SYNC_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum outcome_class {
	OUTCOME_DONE,		/* 2xx */
	OUTCOME_UNREACHABLE,	/* no answer: try again soon */
	OUTCOME_REFUSED,	/* wrong collector, or it does not take this */
	OUTCOME_REVOKED,	/* it does not take this agent: try slowly */
	OUTCOME_OVERLOAD,	/* it says: later */
	OUTCOME_LOCAL,		/* this host's disk, memory or configuration */
};

/* "unreachable", ...; "" for OUTCOME_DONE. */
const char *outcome_name(enum outcome_class c);

/* bytes of a text and its NUL */
#define OUTCOME_TEXT 512

struct outcome {
	enum outcome_class class;
	/* the other side is the collector, and spoke after the handshake */
	bool answered;
	/* it turned the credential down: 401, 403, or a TLS alert */
	bool credential;
	long status;			/* HTTP status, 0 for none */
	int64_t retry_after;		/* seconds, -1 for none */
	char code[48];			/* of the Problem, "" for none */
	char text[OUTCOME_TEXT];
};

/* From an HTTP answer: ${body} is a packed cw.Problem where ${status} is not
 * 2xx; garbage is allowed.  ${host} is shown. */
void outcome_http(struct outcome *ret, const char *host, long status,
		  const uint8_t *body, size_t len, int64_t retry_after);

/* From a failed transfer: a CURLcode, libcurl's own text, and the result of
 * the certificate's verification (X509_V_OK where that was not the trouble). */
void outcome_transport(struct outcome *ret, const char *host, int curl_code,
		       const char *detail, long verify);

#endif
