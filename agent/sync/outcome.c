/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sync/outcome.h"

#include <stdio.h>
#include <string.h>

#include <curl/curl.h>
#include <openssl/x509_vfy.h>

#include "lib/limits.h"
#include "proto/certwalk.pb-c.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const names[] = {
	[OUTCOME_DONE] = "",
	[OUTCOME_UNREACHABLE] = "unreachable",
	[OUTCOME_REFUSED] = "refused",
	[OUTCOME_REVOKED] = "revoked",
	[OUTCOME_OVERLOAD] = "overload",
	[OUTCOME_LOCAL] = "local",
};

/* Codes of cw.Problem that mean more than their HTTP status does. */
static const struct {
	const char *code;
	enum outcome_class class;
	const char *text;
} problems[] = {
	{"revoked", OUTCOME_REVOKED, "this agent has been revoked"},
	{"unknown-agent", OUTCOME_REVOKED, "does not know this agent"},
	{"certificate-expired", OUTCOME_REVOKED,
	 "this agent's certificate has expired: run `certwalk enroll` with a "
	 "new token"},
	{"token-used", OUTCOME_REFUSED, "the token has been used up"},
	{"token-expired", OUTCOME_REFUSED, "the token has expired"},
	{"token-unknown", OUTCOME_REFUSED,
	 "the token is not one of this collector"},
};

const char *outcome_name(enum outcome_class c)
{
	return names[c];
}

static enum outcome_class class_of_status(long status)
{
	if (status >= 200 && status < 300)
		return OUTCOME_DONE;
	if (status == 429 || status == 503)
		return OUTCOME_OVERLOAD;
	return status >= 500 ? OUTCOME_UNREACHABLE : OUTCOME_REFUSED;
}

/* A name from another machine: what is not plain text is left out. */
static void copy_plain(char *to, size_t cap, const char *from)
{
	size_t n = 0;

	for (; *from && n + 1 < cap; from++) {
		if (*from >= 0x20 && *from < 0x7f)
			to[n++] = *from;
	}
	to[n] = '\0';
}

static void take_problem(struct outcome *o, const char *host,
			 const uint8_t *body, size_t len)
{
	Cw__Problem *p = NULL;
	char detail[256] = "";
	const char *text = NULL;

	if (len > 0 && len <= KIB(64))
		p = cw__problem__unpack(NULL, len, body);
	if (p) {
		copy_plain(o->code, sizeof(o->code), p->code);
		copy_plain(detail, sizeof(detail), p->detail);
		cw__problem__free_unpacked(p, NULL);
	}
	for (size_t i = 0; i < COUNT(problems); i++) {
		if (strcmp(problems[i].code, o->code) == 0) {
			o->class = problems[i].class;
			text = problems[i].text;
		}
	}
	snprintf(o->text, sizeof(o->text), "%s: %s: %s%s%s (HTTP %ld%s%s)",
		 names[o->class], host, text ? text : "",
		 text && *detail ? ": " : "",
		 *detail ? detail : text ? "" : "no reason given", o->status,
		 *o->code ? ", " : "", o->code);
}

void outcome_http(struct outcome *ret, const char *host, long status,
		  const uint8_t *body, size_t len, int64_t retry_after)
{
	*ret = (struct outcome){.class = class_of_status(status),
				.answered = true, .status = status,
				.retry_after = retry_after};
	ret->credential = status == 401 || status == 403;
	if (ret->class != OUTCOME_DONE)
		take_problem(ret, host, body, len);
}

static void refuse_certificate(struct outcome *o, const char *host, long verify)
{
	o->class = OUTCOME_REFUSED;
	switch (verify) {
	case X509_V_OK:
	case X509_V_ERR_UNSPECIFIED:	/* libcurl: the name came first */
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		snprintf(o->text, sizeof(o->text),
			 "refused: certificate of %s is for another name",
			 host);
		return;
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		snprintf(o->text, sizeof(o->text),
			 "refused: certificate of %s: %s", host,
			 X509_verify_cert_error_string(verify));
		return;
	default:
		snprintf(o->text, sizeof(o->text),
			 "refused: certificate of %s is not from the CA of "
			 "this agent's enrolment (%s)", host,
			 X509_verify_cert_error_string(verify));
	}
}

/* What the other side says of our certificate is only in the text of the TLS
 * alert. */
static bool is_alert(const char *detail)
{
	static const char *const alerts[] = {
		"alert certificate", "alert bad certificate",
		"alert unknown ca", "alert unsupported certificate",
		"alert access denied", "alert handshake failure",
		"alert decrypt error", "alert unknown",
	};

	for (size_t i = 0; i < COUNT(alerts); i++) {
		if (strstr(detail, alerts[i]))
			return true;
	}
	return false;
}

void outcome_transport(struct outcome *ret, const char *host, int curl_code,
		       const char *detail, long verify)
{
	const char *own = curl_easy_strerror((CURLcode)curl_code);

	*ret = (struct outcome){.class = OUTCOME_UNREACHABLE,
				.retry_after = -1};
	if (curl_code == CURLE_PEER_FAILED_VERIFICATION) {
		refuse_certificate(ret, host, verify);
		return;
	}
	if (curl_code == CURLE_OUT_OF_MEMORY ||
	    curl_code == CURLE_SSL_CERTPROBLEM)
		ret->class = OUTCOME_LOCAL;
	if (curl_code == CURLE_WRITE_ERROR)	/* above our limits */
		ret->class = OUTCOME_REFUSED;
	if (is_alert(detail)) {
		ret->class = OUTCOME_REFUSED;
		ret->credential = true;
	}
	if (strstr(detail, "alert certificate expired"))
		own = "it says that this agent's certificate has expired: run "
		      "`certwalk enroll` with a new token";
	else if (*detail)
		own = detail;
	snprintf(ret->text, sizeof(ret->text), "%s: %s: %s", names[ret->class],
		 host, own);
}
