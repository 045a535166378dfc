/* SPDX-License-Identifier: Apache-2.0 */
/* How an agent gets its certificate: key and request made on the host, the
 * answer checked and turned into an identity. */
#ifndef CW_AGENT_SYNC_CREDENTIAL_H
#define CW_AGENT_SYNC_CREDENTIAL_H

#include "agent/sync/identity.h"

/* A new P-256 key, or NULL. */
EVP_PKEY *credential_key(void);

/* PKCS#10 request (RFC 2986), DER, with an empty subject, signed by ${key};
 * appended to ${out}.  0 or -errno. */
int credential_csr(EVP_PKEY *key, struct buf *out);

/* Checks a packed cw.Credential: it holds ${key}, and chains to an anchor whose
 * DER has ${ca_sha256} (enrolment), or is one of ${anchors} (renewal); the
 * other is NULL.  On success the identity has a reference to ${key}.
 * 0, or -EBADMSG (*ret_why: the rule that failed, static text). */
int credential_take(const uint8_t *data, size_t len, EVP_PKEY *key,
		    const uint8_t *ca_sha256, STACK_OF(X509) *anchors,
		    int64_t now, struct identity *ret, const char **ret_why);

#endif
