/* SPDX-License-Identifier: Apache-2.0 */
/* Trust and client certificate of an SSL_CTX. */
#ifndef CW_AGENT_SYNC_TLS_H
#define CW_AGENT_SYNC_TLS_H

#include <openssl/ssl.h>

#include "agent/sync/identity.h"

/* Trusts the anchors of ${id} alone, and presents its certificate: 0 or
 * -errno. */
int tls_use_identity(SSL_CTX *ctx, const struct identity *id);

/* Trusts only a chain that contains the CA certificate with this SHA-256, as
 * its anchor.  ${ca_sha256} is borrowed. */
void tls_use_pin(SSL_CTX *ctx, const uint8_t *ca_sha256);

#endif
