/* SPDX-License-Identifier: Apache-2.0 */
/* Who speaks: from the client's certificate, which TLS has verified, to the
 * agent's id. */
#ifndef CW_COLLECTOR_AUTHENTICATE_H
#define CW_COLLECTOR_AUTHENTICATE_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "collector-stub/ca/ca.h"
#include "collector-stub/store/store.h"

struct identity {
	char agent_id[STORE_AGENT_ID];
	bool existing_pki;	/* certified by [agents] client_ca, not by us */
	int64_t not_before;
	int64_t not_after;
};

/* 0; -EACCES without a certificate, or for one of ours that is no agent's. */
int authenticate(const SSL *ssl, const struct ca *ca, struct identity *ret);

/* A connection may outlive its certificate: to be asked at each request. */
bool is_valid_identity(const struct identity *i, int64_t now);

#endif
