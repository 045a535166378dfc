/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate requests of agents (PKCS#10, RFC 2986). */
#ifndef CW_COLLECTOR_CSR_H
#define CW_COLLECTOR_CSR_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

/* bytes of a request that is looked at */
#define CSR_MAX 16384

/* Reads a request, checks that its key signed it, that the key is one that we
 * certify (P-256, P-384, P-521, RSA of 2048 to 8192 bits, Ed25519), and that it
 * asks for no name: subject and SAN are empty, but with ${own} its subject may
 * be exactly CN = that agent's id.  0 and the key (the caller frees it); else
 * -EBADMSG, and *ret_code is the problem's stable word, *ret_why a static
 * text. */
int csr_check(const uint8_t *der, size_t len, const char *own,
	      EVP_PKEY **ret, const char **ret_code, const char **ret_why);

#endif
