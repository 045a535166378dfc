/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/ca/csr.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

static bool is_good_curve(const EVP_PKEY *key)
{
	static const char *const good[] = { SN_X9_62_prime256v1, SN_secp384r1,
		SN_secp521r1 };
	char name[64] = "";
	size_t len = 0;

	if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME,
					   name, sizeof(name), &len) != 1)
		return false;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		if (strcmp(name, good[i]) == 0)
			return true;
	return false;
}

static bool is_good_key(const EVP_PKEY *key)
{
	int bits = EVP_PKEY_get_bits(key);

	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_EC:
		return is_good_curve(key);
	case EVP_PKEY_RSA:
		return bits >= 2048 && bits <= 8192;
	case EVP_PKEY_ED25519:
		return true;
	default:
		return false;
	}
}

static bool has_san(X509_REQ *req)
{
	STACK_OF(X509_EXTENSION) *exts = X509_REQ_get_extensions(req);
	bool has = X509v3_get_ext_by_NID(exts, NID_subject_alt_name, -1) >= 0;

	sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
	return has;
}

static bool is_only_cn(const X509_NAME *name, const char *cn)
{
	const X509_NAME_ENTRY *e = X509_NAME_get_entry(name, 0);
	const ASN1_STRING *v = e ? X509_NAME_ENTRY_get_data(e) : NULL;

	return X509_NAME_entry_count(name) == 1 &&
		OBJ_obj2nid(X509_NAME_ENTRY_get_object(e)) == NID_commonName &&
		ASN1_STRING_length(v) == (int)strlen(cn) &&
		memcmp(ASN1_STRING_get0_data(v), cn, strlen(cn)) == 0;
}

static int check_names(X509_REQ *req, const char *own, const char **ret_code,
		       const char **ret_why)
{
	const X509_NAME *name = X509_REQ_get_subject_name(req);
	bool none = X509_NAME_entry_count(name) == 0 && !has_san(req);

	if (none || (own && !has_san(req) && is_only_cn(name, own)))
		return 0;
	*ret_code = own ? "csr-foreign-name" : "csr-names-itself";
	*ret_why = own ?
		"the request asks for another name than the agent's own" :
		"the request asks for a name; the collector gives names";
	return -EBADMSG;
}

int csr_check(const uint8_t *der, size_t len, const char *own,
	      EVP_PKEY **ret, const char **ret_code, const char **ret_why)
{
	const uint8_t *p = der;
	X509_REQ *req = len <= CSR_MAX ? d2i_X509_REQ(NULL, &p, (long)len) :
		NULL;
	EVP_PKEY *key = req ? X509_REQ_get0_pubkey(req) : NULL;
	int r = -EBADMSG;

	*ret_code = "csr-invalid";
	*ret_why = "not a certificate request (RFC 2986)";
	if (!key || p != der + len)
		goto out;
	if (!is_good_key(key)) {
		*ret_code = "csr-weak-key";
		*ret_why = "the key is none of P-256, P-384, P-521, Ed25519, "
			"RSA of 2048 to 8192 bits";
		goto out;
	}
	if (X509_REQ_verify(req, key) != 1) {
		*ret_why = "the request is not signed by its own key";
		goto out;
	}
	r = check_names(req, own, ret_code, ret_why);
	if (r == 0 && EVP_PKEY_up_ref(key) == 1)
		*ret = key;
	else
		r = -EBADMSG;
out:
	X509_REQ_free(req);
	return r;
}
