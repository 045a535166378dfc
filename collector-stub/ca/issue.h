/* SPDX-License-Identifier: Apache-2.0 */
/* Builds and signs certificates (RFC 5280): the three kinds that there are.
 * Each returns 0 and a certificate that the caller frees, -EINVAL for a name
 * that cannot be one, -EIO where libcrypto fails. */
#ifndef CW_COLLECTOR_ISSUE_H
#define CW_COLLECTOR_ISSUE_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

int issue_root(EVP_PKEY *key, const char *cn, int64_t now, int64_t lifetime,
	       X509 **ret);
int issue_server(X509 *ca, EVP_PKEY *ca_key, EVP_PKEY *key, char *const *names,
		 size_t count, int64_t now, int64_t lifetime, X509 **ret);
int issue_agent(X509 *ca, EVP_PKEY *ca_key, EVP_PKEY *key, const char *id,
		int64_t now, int64_t lifetime, X509 **ret);

/* When two thirds of a certificate's life are over: 0, or -EBADMSG. */
int issue_due(const X509 *cert, int64_t *ret);
/* Seconds since 1970: 0, or -EBADMSG. */
int issue_time(const ASN1_TIME *t, int64_t *ret);

/* DNS names and addresses of a certificate, malloc'd: 0, or -ENOMEM. */
int issue_names(X509 *cert, char ***ret, size_t *ret_count);
void issue_names_free(char **names, size_t count);

#endif
