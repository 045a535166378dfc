/* SPDX-License-Identifier: Apache-2.0 */
/* A CA in a few lines, for tests. */
#ifndef CW_TESTS_SYNC_PKI_H
#define CW_TESTS_SYNC_PKI_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

static inline X509 *pki_certificate(EVP_PKEY *key, const char *name,
				    X509 *issuer, EVP_PKEY *issuer_key)
{
	X509 *x = X509_new();
	X509_NAME *n = X509_NAME_new();
	X509_EXTENSION *e = X509V3_EXT_conf_nid(
		NULL, NULL, NID_basic_constraints,
		issuer ? "CA:FALSE" : "critical,CA:TRUE");

	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), issuer ? 2 : 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -60);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_ASC,
				   (const unsigned char *)name, -1, -1, 0);
	X509_set_subject_name(x, n);
	X509_set_issuer_name(x, issuer ? X509_get_subject_name(issuer) : n);
	X509_set_pubkey(x, key);
	X509_add_ext(x, e, -1);
	X509_sign(x, issuer_key ? issuer_key : key, EVP_sha256());
	X509_EXTENSION_free(e);
	X509_NAME_free(n);
	return x;
}

#endif
