/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <string.h>

#include "lib/limits.h"
#include "tests/unit/agent/format/collect.h"

extern const struct format format_der;

static enum format_verdict sniff(const char *head, size_t len, uint64_t size,
				 const char *name)
{
	uint8_t block[64] = {0};

	memcpy(block, head, len);
	return format_der.sniff(block, sizeof(block), size, name);
}

static void objects_are_told_by_their_beginning(void **state)
{
	(void)state;
	/* certificate, PKCS#1 key, short public key */
	assert_int_equal(sniff("\x30\x82\x03\x00\x30\x82", 6, 772, "a"),
			 FORMAT_YES);
	assert_int_equal(sniff("\x30\x82\x03\x00\x02\x01", 6, 772, "a"),
			 FORMAT_YES);
	assert_int_equal(sniff("\x30\x2a\x30\x05", 4, 44, "a"), FORMAT_YES);
}

static void a_text_that_begins_with_01_is_none(void **state)
{
	(void)state;
	assert_int_equal(sniff("01-02T03:04:57Z", 15, 3000000, "a.log"),
			 FORMAT_NO);
	assert_int_equal(sniff("0.0.0.0 localhost", 17, 300, "hosts"),
			 FORMAT_NO);
	/* but a name that claims one is looked into, to say what it is */
	assert_int_equal(sniff("01-02T03:04:57Z", 15, 300, "a.crt"),
			 FORMAT_YES);
}

static void odd_lengths_are_refused(void **state)
{
	(void)state;
	assert_int_equal(sniff("\x30\x80\x30\x80", 4, 4096, "a"), FORMAT_NO);
	assert_int_equal(sniff("\x30\xff\x30\x80", 4, 4096, "a"), FORMAT_NO);
	assert_int_equal(sniff("\x30\x84\xff\xff\xff\xff\x30", 7, MIB(2), "a"),
			 FORMAT_NO);
}

/* Wraps the ${len} bytes at ${b} in a header of four bytes. */
static size_t wrap(uint8_t *b, size_t len, uint8_t tag)
{
	memmove(b + 4, b, len);
	b[0] = tag;
	b[1] = 0x82;
	b[2] = (uint8_t)(len >> 8);
	b[3] = (uint8_t)len;
	return len + 4;
}

static void certificates_within_other_der_are_found(void **state)
{
	EVP_PKEY *key = made_key();
	X509 *x = made_certificate(key, "der test");
	static const uint8_t status[] = {0x0a, 0x01, 0x00};
	uint8_t der[8192], *p = der;
	struct collected c;
	size_t n = (size_t)i2d_X509(x, &p);

	(void)state;
	n += (size_t)i2d_X509(x, &p);
	n = wrap(der, n, 0x30);
	collect(&c, &format_der, der, n, "");
	assert_int_equal(c.result, 0);
	assert_string_equal(buf_str(&c.text),
			    "certificate 1\ncertificate 2\n");
	collect_free(&c);
	/* as in a response of OCSP */
	n = wrap(der, n, 0xa0);
	memmove(der + sizeof(status), der, n);
	memcpy(der, status, sizeof(status));
	n = wrap(der, n + sizeof(status), 0x30);
	collect(&c, &format_der, der, n, "");
	assert_int_equal(c.certificates, 2);
	assert_int_equal(c.gaps, 0);
	collect_free(&c);
	/* cut, it is neither a certificate nor a claim to be one */
	collect(&c, &format_der, der, n - 1, "");
	assert_int_equal(c.result, -EBADMSG);
	collect_free(&c);
	X509_free(x);
	EVP_PKEY_free(key);
}

static void der_that_holds_nothing_is_a_gap_only_if_it_claims(void **state)
{
	uint8_t der[300] = {0x30, 0x82, 0x01, 0x28, 0x02, 0x01, 0x05,
			    0x04, 0x82, 0x01, 0x21};
	struct collected c;

	(void)state;
	collect(&c, &format_der, der, sizeof(der), "");
	assert_int_equal(c.result, -EBADMSG);
	collect_free(&c);
	collect(&c, &format_der, der, sizeof(der), "a.crt");
	assert_yields(&c, "neither certificate, CRL, CSR nor key");
	collect_free(&c);
	collect(&c, &format_der, der, sizeof(der), "dh.der");
	assert_int_equal(c.result, -EBADMSG);
	collect_free(&c);
	collect(&c, &format_der, der, sizeof(der) - 1, "cut.der");
	assert_yields(&c, "DER is cut short");
	collect_free(&c);
	/* as a bit that fell over leaves it */
	der[10] ^= 1;
	collect(&c, &format_der, der, sizeof(der), "broken.der");
	assert_yields(&c, "neither certificate, CRL, CSR nor key");
	collect_free(&c);
	collect(&c, &format_der, der, sizeof(der), "broken");
	assert_int_equal(c.result, -EBADMSG);
	collect_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_are_told_by_their_beginning),
		cmocka_unit_test(a_text_that_begins_with_01_is_none),
		cmocka_unit_test(odd_lengths_are_refused),
		cmocka_unit_test(certificates_within_other_der_are_found),
		cmocka_unit_test(
			der_that_holds_nothing_is_a_gap_only_if_it_claims),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
