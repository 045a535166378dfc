/* SPDX-License-Identifier: Apache-2.0 */
/* The formats whose records are not known or needed: kdb, nss-dbm, wallet. */
#include <errno.h>

#include <openssl/pkcs12.h>

#include "tests/unit/unit.h"
#include "tests/unit/agent/format/collect.h"

extern const struct format format_kdb;
extern const struct format format_nss_dbm;
extern const struct format format_wallet;

#define KDB "7H\3\2\0\0\0\0X509KEY\0"
#define DBM "\0\6\x15\x61\0\0\0\2\0\0\4\xd2\0\0\x10\0"

static void add_certificate(struct buf *b, const char *name)
{
	EVP_PKEY *key = made_key();
	X509 *x = made_certificate(key, name);
	uint8_t *der = NULL;
	int len = i2d_X509(x, &der);

	buf_add(b, der, (size_t)len);
	OPENSSL_free(der);
	X509_free(x);
	EVP_PKEY_free(key);
}

static void add_zeros(struct buf *b, size_t until)
{
	while (b->len < until)
		buf_addch(b, 0);
}

static void certificates_in_clear_are_found_in_a_kdb(void **state)
{
	struct collected c;
	struct buf b;

	(void)state;
	buf_init(&b, KIB(64));
	buf_add(&b, KDB, sizeof(KDB) - 1);
	buf_adds(&b, "0\x82 0\x82");
	add_certificate(&b, "one");
	buf_adds(&b, "0\x82\1\1" "0\x82no");
	add_certificate(&b, "two");
	collect(&c, &format_kdb, b.data, b.len, "");
	assert_int_equal(c.result, 0);
	assert_yields(&c, "certificate 1\ncertificate 2\nstore kdb |");
	assert_yields(&c, "gap 6 kdb: 1 locked (IBM CMS); ");
	collect_free(&c);
	buf_free(&b);
}

/* An Ed25519 certificate of the shortest kind: version 1 (or 3, without
 * extensions), an empty name. */
static size_t add_short(struct buf *b, long version)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	X509 *x = X509_new();
	uint8_t *der = NULL;
	int len = 0;

	X509_set_version(x, version);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_set_pubkey(x, key);
	X509_sign(x, key, NULL);
	len = i2d_X509(x, &der);
	buf_add(b, der, (size_t)len);
	OPENSSL_free(der);
	X509_free(x);
	EVP_PKEY_free(key);
	return (size_t)len;
}

static void certificates_shorter_than_256_bytes_are_found(void **state)
{
	struct collected c;
	struct buf b;

	(void)state;
	buf_init(&b, KIB(64));
	buf_add(&b, KDB, sizeof(KDB) - 1);
	assert_in_range(add_short(&b, X509_VERSION_1), 128, 255);
	buf_add(&b, "0\x81\x9f" "0\r\6\t", 7);
	assert_in_range(add_short(&b, X509_VERSION_3), 128, 255);
	collect(&c, &format_kdb, b.data, b.len, "");
	assert_yields(&c, "certificate 1\ncertificate 2\nstore kdb |");
	collect_free(&c);
	buf_reset(&b);
	buf_add(&b, DBM, sizeof(DBM) - 1);
	add_zeros(&b, 4000);
	add_short(&b, X509_VERSION_1);
	add_short(&b, X509_VERSION_1);
	collect(&c, &format_nss_dbm, b.data, b.len, "");
	assert_int_equal(c.certificates, 1);
	assert_yields(&c, "gap 9 Berkeley DB 1.85: 1 certificates are spread");
	collect_free(&c);
	buf_free(&b);
}

static void a_long_row_of_beginnings_ends(void **state)
{
	struct collected c;
	struct buf b;

	(void)state;
	buf_init(&b, MIB(1));
	buf_add(&b, KDB, sizeof(KDB) - 1);
	while (b.len + 9 <= b.max)
		buf_add(&b, "0\x82\x80\0" "0\x82\x7f\xf0\2", 9);
	collect(&c, &format_kdb, b.data, b.len, "");
	assert_int_equal(c.result, 0);
	assert_yields(&c, "gap 4 more than 20000 places");
	collect_free(&c);
	buf_free(&b);
}

static void certificates_of_a_dbm_are_found_unless_spread(void **state)
{
	struct collected c;
	struct buf b;

	(void)state;
	buf_init(&b, KIB(64));
	buf_add(&b, DBM, sizeof(DBM) - 1);
	add_zeros(&b, 4096);
	add_certificate(&b, "whole");
	add_zeros(&b, 8192 - 100);
	add_certificate(&b, "spread");
	collect(&c, &format_nss_dbm, b.data, b.len, "");
	assert_int_equal(c.result, 0);
	assert_int_equal(c.certificates, 1);
	assert_yields(&c, "gap 9 Berkeley DB 1.85: 1 certificates are spread");
	collect_free(&c);
	buf_free(&b);
}

static void a_key_database_is_locked_and_others_are_none(void **state)
{
	static const char keys[] = DBM "xxxxglobal-salt";
	static const char other[] = DBM "alias: root";
	struct collected c;

	(void)state;
	collect(&c, &format_nss_dbm, keys, sizeof(keys) - 1, "");
	assert_yields(&c, "gap 6 nss-dbm: 1 locked (NSS key3.db)");
	assert_true(c.holds_keys);
	collect_free(&c);
	collect(&c, &format_nss_dbm, other, sizeof(other) - 1, "");
	assert_int_equal(c.result, -EBADMSG);
	assert_int_equal(c.text.len, 0);
	collect_free(&c);
}

static void the_store_in_a_wallet_is_read(void **state)
{
	EVP_PKEY *key = made_key();
	X509 *x = made_certificate(key, "wallet");
	PKCS12 *p12 = PKCS12_create("unguessable", "orakel", key, x, NULL,
				    NID_aes_256_cbc, -1, 10, 10, 0);
	uint8_t *der = NULL;
	int len = i2d_PKCS12(p12, &der);
	struct collected c;
	struct buf b;

	(void)state;
	buf_init(&b, KIB(64));
	buf_add(&b, "\xa1\xf8\x4e\x38\0\0\0\6\0\0\0\x21\6", 13);
	add_zeros(&b, 77);
	buf_add(&b, der, (size_t)len);
	collect(&c, &format_wallet, b.data, b.len, "");
	assert_int_equal(c.result, 0);
	assert_yields(&c, "store wallet |");
	assert_yields(&c, "certificate wallet/orakel\n");
	assert_yields(&c, "key wallet/orakel spki encrypted\n");
	assert_yields(&c, "gap 6 wallet: pkcs12: 1 locked");
	collect_free(&c);
	collect(&c, &format_wallet, b.data, b.len - 9, "");
	assert_yields(&c, "gap 6 wallet: 1 locked (Oracle auto-login)");
	assert_true(c.holds_keys);
	collect_free(&c);
	buf_free(&b);
	OPENSSL_free(der);
	PKCS12_free(p12);
	X509_free(x);
	EVP_PKEY_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificates_in_clear_are_found_in_a_kdb),
		cmocka_unit_test(certificates_shorter_than_256_bytes_are_found),
		cmocka_unit_test(a_long_row_of_beginnings_ends),
		cmocka_unit_test(certificates_of_a_dbm_are_found_unless_spread),
		cmocka_unit_test(a_key_database_is_locked_and_others_are_none),
		cmocka_unit_test(the_store_in_a_wallet_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
