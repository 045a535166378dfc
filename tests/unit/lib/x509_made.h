/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of lib/x509*.c share.  Certificates are made here, by
 * libcrypto; what its release 3.0 cannot make is put together from bytes. */
#ifndef CW_TESTS_UNIT_LIB_X509_MADE_H
#define CW_TESTS_UNIT_LIB_X509_MADE_H

#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "lib/encode.h"
#include "lib/hash.h"
#include "lib/limits.h"
#include "lib/x509.h"

static struct arena arena;
static Cw__Facts facts;
static const char *why;

static inline int set_up(void **state)
{
	(void)state;
	arena_init(&arena, LIMIT_FACTS);
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

struct made {
	uint8_t *der;
	size_t len;
};

static inline void made_free(struct made *m)
{
	OPENSSL_free(m->der);
	*m = (struct made){0};
}

static inline void set_name(X509_NAME *name, const char *cn)
{
	X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
				   (const uint8_t *)"Example", -1, -1, 0);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
				   (const uint8_t *)cn, -1, -1, 0);
}

/* What certificate() puts in; NULL and 0 leave the default. */
struct plan {
	EVP_PKEY *key;		/* borrowed */
	const char *subject;
	const char *issuer;
	const char *serial;	/* hex, with its sign */
	const EVP_MD *md;
	const char *const *extensions;	/* pairs of name and value; NULL */
	const char *not_after;	/* UTCTime as it is */
};

static inline EVP_PKEY *ec_key(void)
{
	static EVP_PKEY *key;

	if (!key)
		key = EVP_EC_gen("P-256");
	assert_non_null(key);
	return key;
}

static inline void add_extensions(X509 *c, const char *const *extensions)
{
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, c, c, NULL, NULL, 0);
	for (; extensions && *extensions; extensions += 2) {
		X509_EXTENSION *e = X509V3_EXT_conf(NULL, &ctx, extensions[0],
						    extensions[1]);

		assert_non_null(e);
		X509_add_ext(c, e, -1);
		X509_EXTENSION_free(e);
	}
}

static inline struct made certificate(const struct plan *p)
{
	EVP_PKEY *key = p->key ? p->key : ec_key();
	const char *subject = p->subject ? p->subject : "leaf";
	X509 *c = X509_new();
	BIGNUM *serial = NULL;
	struct made m = {0};
	int n;

	X509_set_version(c, X509_VERSION_3);
	BN_hex2bn(&serial, p->serial ? p->serial : "01");
	BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(c));
	BN_free(serial);
	ASN1_TIME_set_string(X509_getm_notBefore(c), "20200102030405Z");
	if (p->not_after)
		ASN1_STRING_set(X509_getm_notAfter(c), p->not_after, -1);
	else
		ASN1_TIME_set_string(X509_getm_notAfter(c), "20991231235959Z");
	if (p->not_after)
		X509_getm_notAfter(c)->type = V_ASN1_UTCTIME;
	set_name(X509_get_subject_name(c), subject);
	set_name(X509_get_issuer_name(c), p->issuer ? p->issuer : subject);
	X509_set_pubkey(c, key);
	add_extensions(c, p->extensions);
	X509_sign(c, key, p->md ? p->md :
		  EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_sha256());
	n = i2d_X509(c, &m.der);
	assert_true(n > 0);
	m.len = (size_t)n;
	X509_free(c);
	return m;
}

static inline int read_certificate(const struct made *m)
{
	arena_reset(&arena);
	why = NULL;
	return x509_certificate(m->der, m->len, &arena, &facts, &why);
}

/* Makes it and reads it; the DER stays until the next call. */
static inline const Cw__Facts *facts_of(const struct plan *p)
{
	static struct made m;

	made_free(&m);
	m = certificate(p);
	assert_int_equal(read_certificate(&m), 0);
	return &facts;
}

static inline const Cw__Facts *facts_with(const char *const *extensions)
{
	return facts_of(&(struct plan){.extensions = extensions});
}

static inline const Cw__Facts *facts_of_key(EVP_PKEY *key)
{
	static struct made m;
	int n;

	made_free(&m);
	n = i2d_PUBKEY(key, &m.der);
	assert_true(n > 0);
	m.len = (size_t)n;
	arena_reset(&arena);
	assert_int_equal(x509_public_key(m.der, m.len, &arena, &facts, &why),
			 0);
	return &facts;
}

static inline bool has_flag(const Cw__Facts *f, const char *flag)
{
	for (size_t i = 0; i < f->n_flags; i++) {
		if (strcmp(f->flags[i], flag) == 0)
			return true;
	}
	return false;
}

/* Replaces the first ${from} by ${to}, of the same length. */
static inline void patch(struct made *m, const char *from, const char *to,
			 size_t n)
{
	uint8_t *at = memmem(m->der, m->len, from, n);

	assert_non_null(at);
	memcpy(at, to, n);
}

/* A SubjectPublicKeyInfo of ${key_len} zero octets after ${head}. */
static inline const Cw__Facts *facts_of_bytes(const char *algorithm,
					      const char *head, size_t key_len)
{
	static uint8_t der[4096];
	uint8_t prefix[64], *at = der;
	size_t a = strlen(algorithm) / 2, h = strlen(head) / 2;
	size_t bits = 1 + key_len, all = a + 4 + bits;

	assert_int_equal(decode_hex(algorithm, prefix, a), 0);
	memset(der, 0, sizeof(der));
	memcpy(at, (uint8_t[]){0x30, 0x82, (uint8_t)(all >> 8),
			       (uint8_t)all}, 4);
	memcpy(at + 4, prefix, a);
	at += 4 + a;
	memcpy(at, (uint8_t[]){0x03, 0x82, (uint8_t)(bits >> 8),
			       (uint8_t)bits, 0}, 5);
	assert_int_equal(decode_hex(head, at + 5, h), 0);
	arena_reset(&arena);
	assert_int_equal(x509_public_key(der, 4 + all, &arena, &facts, &why),
			 0);
	return &facts;
}

#endif
