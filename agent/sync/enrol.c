/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sync/enrol.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/sync/credential.h"
#include "agent/sync/host.h"
#include "agent/sync/http.h"
#include "lib/clock.h"
#include "lib/limits.h"
#include "lib/message.h"
#include "proto/certwalk.pb-c.h"

/* seconds on top of what the collector asks for, at most */
#define WAIT_MORE 30

static int build(const struct token *t, EVP_PKEY *key, struct buf *body)
{
	Cw__EnrollRequest m = CW__ENROLL_REQUEST__INIT;
	struct host host;
	struct buf csr;
	int r;

	host_collect(&host);
	buf_init(&csr, KIB(16));
	r = credential_csr(key, &csr);
	m.token = (char *)(uintptr_t)t->secret;
	m.csr = (ProtobufCBinaryData){csr.len, csr.data};
	m.host = &host.facts;
	if (r == 0)
		r = message_pack(body, &m.base);
	buf_free(&csr);
	return r;
}

static int exchange(struct http *h, const struct token *t,
		    const struct buf *body, struct outcome *ret)
{
	struct http_peer peer = {.ca_sha256 = t->ca_sha256};
	char url[IDENTITY_URL];
	int r;

	snprintf(url, sizeof(url), "https://%s", t->address);
	r = http_post(h, &peer, url, "/v1/enroll", body, 0);
	while (r == 0 && !http_wait(h, NULL, -1, ret))
		;
	if (r == 0 && ret->class != OUTCOME_DONE)
		r = -ECONNREFUSED;
	return r;
}

int64_t enrol_wait(struct backoff *b, const struct outcome *o, int64_t waited)
{
	int64_t ms = -1;

	if (o->class == OUTCOME_OVERLOAD)
		ms = backoff_after(b, o->retry_after, WAIT_MORE);
	return waited + ms > ENROL_PATIENCE * 1000 ? -1 : ms;
}

int enrol(const struct token *t, int64_t timeout, struct identity *ret,
	  struct outcome *ret_outcome, const char **ret_why)
{
	EVP_PKEY *key = credential_key();
	struct http *h = http_new(timeout);
	struct buf body;
	int r = -ENOMEM;

	buf_init(&body, KIB(64));
	if (key && h)
		r = build(t, key, &body);
	if (r == 0)
		r = exchange(h, t, &body, ret_outcome);
	if (r == 0)
		r = credential_take(http_body(h)->data, http_body(h)->len, key,
				    t->ca_sha256, NULL, clock_now(), ret,
				    ret_why);
	http_free(h);
	buf_free_secret(&body);
	EVP_PKEY_free(key);
	return r;
}
