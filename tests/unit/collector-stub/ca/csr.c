/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "collector-stub/ca/csr.h"
#include "lib/buf.h"

struct wish {
	const char *cn;
	bool san;
	EVP_PKEY *signer;	/* another than the request's own */
};

static struct buf request(EVP_PKEY *key, struct wish w)
{
	X509_REQ *req = X509_REQ_new();
	X509_NAME *name = X509_NAME_new();
	STACK_OF(X509_EXTENSION) *exts = sk_X509_EXTENSION_new_null();
	EVP_PKEY *signer = w.signer ? w.signer : key;
	uint8_t *der = NULL;
	struct buf b;
	int len;

	assert_non_null(key);
	if (w.cn)
		X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
					   (const uint8_t *)w.cn, -1, -1, 0);
	X509_REQ_set_subject_name(req, name);
	if (w.san) {
		sk_X509_EXTENSION_push(exts, X509V3_EXT_nconf_nid(NULL, NULL,
			NID_subject_alt_name, "DNS:evil.example"));
		X509_REQ_add_extensions(req, exts);
	}
	X509_REQ_set_pubkey(req, key);
	assert_true(X509_REQ_sign(req, signer,
		EVP_PKEY_get_base_id(signer) == EVP_PKEY_ED25519 ? NULL :
		EVP_sha256()) > 0);
	len = i2d_X509_REQ(req, &der);
	buf_init(&b, 20000);
	buf_add(&b, der, (size_t)len);
	OPENSSL_free(der);
	sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
	X509_NAME_free(name);
	X509_REQ_free(req);
	return b;
}

/* The problem's code, or "" where the request is good. */
static const char *check(struct buf b, const char *own)
{
	EVP_PKEY *got = NULL;
	const char *code = "", *why = NULL;

	if (csr_check(b.data, b.len, own, &got, &code, &why) == 0)
		code = "";
	else
		assert_non_null(why);
	EVP_PKEY_free(got);
	buf_free(&b);
	return code;
}

static void keys_that_are_strong_enough_are_taken(void **state)
{
	EVP_PKEY *keys[] = { EVP_EC_gen("P-256"), EVP_EC_gen("P-384"),
		EVP_EC_gen("P-521"), EVP_RSA_gen(2048),
		EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") };

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		assert_string_equal(check(request(keys[i], (struct wish){ 0 }),
					  NULL), "");
		EVP_PKEY_free(keys[i]);
	}
}

static void weak_or_odd_keys_are_refused(void **state)
{
	EVP_PKEY *keys[] = { EVP_RSA_gen(1024), EVP_EC_gen("P-224"),
		EVP_EC_gen("secp256k1") };

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		assert_string_equal(check(request(keys[i], (struct wish){ 0 }),
					  NULL), "csr-weak-key");
		EVP_PKEY_free(keys[i]);
	}
}

static void a_request_must_prove_its_key(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-256");
	struct wish w = { .signer = other };

	(void)state;
	assert_string_equal(check(request(key, w), NULL), "csr-invalid");
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
}

static void no_name_may_be_asked_for(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct wish cn = { .cn = "agent" }, san = { .san = true },
		both = { .cn = "agent", .san = true };

	(void)state;
	assert_string_equal(check(request(key, cn), NULL), "csr-names-itself");
	assert_string_equal(check(request(key, san), NULL),
			    "csr-names-itself");
	assert_string_equal(check(request(key, cn), "agent"), "");
	assert_string_equal(check(request(key, cn), "agen"),
			    "csr-foreign-name");
	assert_string_equal(check(request(key, cn), "agent2"),
			    "csr-foreign-name");
	assert_string_equal(check(request(key, san), "agent"),
			    "csr-foreign-name");
	assert_string_equal(check(request(key, both), "agent"),
			    "csr-foreign-name");
	EVP_PKEY_free(key);
}

static void what_is_no_request_is_refused(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct buf b = request(key, (struct wish){ 0 });

	(void)state;
	buf_addch(&b, 'x');
	assert_string_equal(check(b, NULL), "csr-invalid");
	for (size_t cut = 0; cut < 100; cut += 7) {
		b = request(key, (struct wish){ 0 });
		b.len = cut;
		assert_string_equal(check(b, NULL), "csr-invalid");
	}
	EVP_PKEY_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_that_are_strong_enough_are_taken),
		cmocka_unit_test(weak_or_odd_keys_are_refused),
		cmocka_unit_test(a_request_must_prove_its_key),
		cmocka_unit_test(no_name_may_be_asked_for),
		cmocka_unit_test(what_is_no_request_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
