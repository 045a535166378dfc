/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/pkcs7.h>

#include "tests/unit/unit.h"
#include "tests/unit/agent/format/collect.h"

extern const struct format format_pkcs7;

#define OID_SIGNED "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
#define OID_DATA "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"

/* Two certificates and a CRL, without signer. */
static int made_store(uint8_t **ret)
{
	PKCS7 *p7 = PKCS7_new();
	EVP_PKEY *key = made_key();
	X509 *a = made_certificate(key, "a"), *b = made_certificate(key, "b");
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *now = X509_gmtime_adj(NULL, 0);
	int len = 0;

	PKCS7_set_type(p7, NID_pkcs7_signed);
	PKCS7_content_new(p7, NID_pkcs7_data);
	PKCS7_add_certificate(p7, a);
	PKCS7_add_certificate(p7, b);
	X509_CRL_set_version(crl, X509_CRL_VERSION_2);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(a));
	X509_CRL_set1_lastUpdate(crl, now);
	X509_CRL_set1_nextUpdate(crl, now);
	X509_CRL_sign(crl, key, EVP_sha256());
	PKCS7_add_crl(p7, crl);
	len = i2d_PKCS7(p7, ret);
	ASN1_TIME_free(now);
	X509_CRL_free(crl);
	X509_free(a);
	X509_free(b);
	EVP_PKEY_free(key);
	PKCS7_free(p7);
	return len;
}

static void certificates_and_crls_are_found(void **state)
{
	uint8_t *der = NULL;
	int len = made_store(&der);
	struct collected c;

	(void)state;
	collect(&c, &format_pkcs7, der, (size_t)len, "");
	assert_int_equal(c.result, 0);
	assert_yields(&c, "certificate 1\ncertificate 2\ncrl 1\n");
	assert_int_equal(c.gaps, 0);
	collect_free(&c);
	OPENSSL_free(der);
}

static void indefinite_lengths_are_read(void **state)
{
	EVP_PKEY *key = made_key();
	X509 *x = made_certificate(key, "ber");
	uint8_t *der = NULL;
	int len = i2d_X509(x, &der);
	struct collected c;
	struct buf b;

	(void)state;
	buf_init(&b, KIB(16));
	buf_add(&b, "\x30\x80" OID_SIGNED "\xa0\x80\x30\x80\x02\x01\x01"
		"\x31\x00\x30\x80" OID_DATA "\x00\x00\xa0\x80",
		2 + 11 + 7 + 4 + 11 + 4);
	buf_add(&b, der, (size_t)len);
	buf_add(&b, "\x00\x00\x31\x00\x00\x00\x00\x00\x00\x00", 10);
	collect(&c, &format_pkcs7, b.data, b.len, "");
	assert_int_equal(c.result, 0);
	assert_yields(&c, "certificate 1\n");
	assert_int_equal(c.gaps, 0);
	collect_free(&c);
	buf_free(&b);
	OPENSSL_free(der);
	X509_free(x);
	EVP_PKEY_free(key);
}

static void encrypted_content_is_said_to_be_locked(void **state)
{
	static const char enveloped[] =
		"\x30\x10\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03"
		"\xa0\x03\x02\x01\x00";
	struct collected c;

	(void)state;
	collect(&c, &format_pkcs7, enveloped, sizeof(enveloped) - 1, "");
	assert_int_equal(c.result, 0);
	assert_yields(&c, "gap 6 EnvelopedData");
	collect_free(&c);
}

static void every_truncation_ends_with_a_gap(void **state)
{
	uint8_t *der = NULL;
	int len = made_store(&der);

	(void)state;
	for (size_t n = 20; n < (size_t)len; n += 7) {
		struct collected c;

		collect(&c, &format_pkcs7, der, n, "");
		assert_int_equal(c.result, 0);
		assert_true(c.gaps > 0);
		collect_free(&c);
	}
	OPENSSL_free(der);
}

static void absurd_lengths_are_a_gap(void **state)
{
	static const char bad[] =
		"\x30\x88\x7f\xff\xff\xff\xff\xff\xff\xff" OID_SIGNED
		"\xa0\x84\x80\x00\x00\x00";
	struct collected c;

	(void)state;
	collect(&c, &format_pkcs7, bad, sizeof(bad) - 1, "");
	assert_int_equal(c.result, 0);
	assert_yields(&c, "gap 5 ");
	collect_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificates_and_crls_are_found),
		cmocka_unit_test(indefinite_lengths_are_read),
		cmocka_unit_test(encrypted_content_is_said_to_be_locked),
		cmocka_unit_test(every_truncation_ends_with_a_gap),
		cmocka_unit_test(absurd_lengths_are_a_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
