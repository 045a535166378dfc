/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/ingest/authenticate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "collector-stub/ca/issue.h"
#include "lib/encode.h"
#include "lib/hash.h"

/* A root that shares our CA's name cannot share its key. */
static bool is_ours(X509 *cert, const struct ca *ca)
{
	return X509_check_issued(ca->cert, cert) == X509_V_OK &&
		X509_verify(cert, ca->key) == 1;
}

static int own_id(X509 *cert, struct identity *ret)
{
	GENERAL_NAMES *san = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL,
					      NULL);
	const size_t prefix = sizeof(CA_AGENT_URI) - 1;
	int r = -EACCES;

	for (int i = 0; san && i < sk_GENERAL_NAME_num(san); i++) {
		int type = 0;
		const ASN1_STRING *v = GENERAL_NAME_get0_value(
			sk_GENERAL_NAME_value(san, i), &type);
		size_t len = type == GEN_URI ? (size_t)ASN1_STRING_length(v) :
			0;

		if (len <= prefix || len - prefix >= sizeof(ret->agent_id) ||
		    memcmp(ASN1_STRING_get0_data(v), CA_AGENT_URI, prefix) != 0)
			continue;
		memcpy(ret->agent_id, ASN1_STRING_get0_data(v) + prefix,
		       len - prefix);
		ret->agent_id[len - prefix] = '\0';
		r = 0;
	}
	GENERAL_NAMES_free(san);
	return r;
}

static int foreign_id(X509 *cert, struct identity *ret)
{
	uint8_t *issuer = NULL, *subject = NULL;
	int a = i2d_X509_NAME(X509_get_issuer_name(cert), &issuer);
	int b = i2d_X509_NAME(X509_get_subject_name(cert), &subject);
	uint8_t hash[HASH_SIZE];
	struct buf names;
	int r = -EACCES;

	buf_init(&names, SIZE_MAX);
	if (a > 0 && b > 0 && buf_add(&names, issuer, (size_t)a) == 0 &&
	    buf_add(&names, subject, (size_t)b) == 0) {
		hash_sha256(names.data, names.len, hash);
		memcpy(ret->agent_id, "pki-", 4);
		encode_hex(hash, 16, ret->agent_id + 4);
		ret->existing_pki = true;
		r = 0;
	}
	buf_free(&names);
	OPENSSL_free(issuer);
	OPENSSL_free(subject);
	return r;
}

int authenticate(const SSL *ssl, const struct ca *ca, struct identity *ret)
{
	X509 *cert = SSL_get0_peer_certificate(ssl);
	struct identity i = { .agent_id = "" };
	int r = -EACCES;

	if (!cert || SSL_get_verify_result(ssl) != X509_V_OK ||
	    issue_time(X509_get0_notBefore(cert), &i.not_before) < 0 ||
	    issue_time(X509_get0_notAfter(cert), &i.not_after) < 0)
		return -EACCES;
	r = is_ours(cert, ca) ? own_id(cert, &i) : foreign_id(cert, &i);
	if (r == 0)
		*ret = i;
	return r;
}

bool is_valid_identity(const struct identity *i, int64_t now)
{
	return now >= i->not_before && now <= i->not_after;
}
