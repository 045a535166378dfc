/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#include "agent/format/password.h"
#include "agent/format/ber.h"
#include "tests/unit/unit.h"
#include "tests/unit/agent/format/collect.h"

extern const struct format format_pkcs12;

/* ${key_nid}, ${cert_nid}: -1 for no encryption; ${mac_iter}: -1 for no MAC */
static void make_store(struct buf *b, const char *password, int key_nid,
		       int cert_nid, int iter, int mac_iter)
{
	EVP_PKEY *key = made_key();
	X509 *x = made_certificate(key, "leaf"), *ca = NULL;
	STACK_OF(X509) *others = sk_X509_new_null();
	PKCS12 *p12 = NULL;
	uint8_t *der = NULL;
	int len = 0;

	ca = made_certificate(key, "ca");
	sk_X509_push(others, ca);
	p12 = PKCS12_create_ex(password, "n\xc3\xa4me", key, x, others, key_nid,
			       cert_nid, iter, mac_iter, 0, NULL, NULL);
	assert_non_null(p12);
	len = i2d_PKCS12(p12, &der);
	buf_init(b, KIB(64));
	buf_add(b, der, (size_t)len);
	OPENSSL_free(der);
	PKCS12_free(p12);
	sk_X509_pop_free(others, X509_free);
	X509_free(x);
	EVP_PKEY_free(key);
}

static void a_default_password_opens_all(void **state)
{
	struct collected c;
	struct buf b;

	(void)state;
	make_store(&b, "changeit", NID_aes_256_cbc, NID_aes_256_cbc, 1000,
		   1000);
	collect(&c, &format_pkcs12, b.data, b.len, "");
	assert_int_equal(c.result, 0);
	assert_yields(&c, "certificate n\xc3\xa4me\ncertificate 2\n"
		      "key n\xc3\xa4me spki encrypted\n"
		      "store pkcs12 | certificates: 2, private keys: 1; MAC: "
		      "HMAC SHA256, 1000 iterations; aliases: n\xc3\xa4me | "
		      "PBES2 AES-256-CBC PBKDF2 | opened by default, well "
		      "known\n");
	assert_int_equal(c.gaps, 0);
	collect_free(&c);
	buf_free(&b);
}

static void a_configured_password_opens_all(void **state)
{
	static const char *const list[] = { "wrong", "k\xc3\xb6nig" };
	struct collected c;
	struct buf b;

	(void)state;
	make_store(&b, list[1], NID_aes_128_cbc, NID_aes_128_cbc, 10, 10);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(password_add(PASSWORD_CONFIGURED, list[i],
					      strlen(list[i]), 0, "config"), 0);
	collect(&c, &format_pkcs12, b.data, b.len, "");
	password_forget();
	assert_yields(&c, "opened by config\n");
	assert_int_equal(c.certificates, 2);
	assert_false(collect_has(&c, list[1]));
	collect_free(&c);
	buf_free(&b);
}

static void a_locked_store_says_so(void **state)
{
	struct collected c;
	struct buf b;

	(void)state;
	make_store(&b, "unguessable", NID_aes_256_cbc, NID_aes_256_cbc, 77,
		   10);
	collect(&c, &format_pkcs12, b.data, b.len, "");
	assert_int_equal(c.result, 0);
	assert_int_equal(c.certificates, 0);
	assert_string_equal(
		buf_str(&c.text),
		"key n\xc3\xa4me none encrypted\n"
		"store pkcs12 | certificates: 0, private keys: 1, locked: 2; "
		"MAC: HMAC SHA256, 10 iterations; aliases: n\xc3\xa4me | PBES2 "
		"AES-256-CBC PBKDF2 | opened by nothing\n"
		"gap 6 pkcs12: 2 locked (PBES2 AES-256-CBC PBKDF2, 77 "
		"iterations); read without a password: 0 certificates, 0 "
		"keys\n");
	collect_free(&c);
	buf_free(&b);
}

static void plain_certificates_need_no_password(void **state)
{
	struct collected c;
	struct buf b;

	(void)state;
	make_store(&b, "unguessable", NID_aes_256_cbc, -1, 10, 10);
	collect(&c, &format_pkcs12, b.data, b.len, "");
	assert_int_equal(c.certificates, 2);
	/* the key's public half is that of the certificate with its id */
	assert_yields(&c, "key n\xc3\xa4me spki encrypted\n");
	assert_yields(&c, "gap 6 pkcs12: 1 locked (PBES2 AES-256-CBC PBKDF2, "
		      "10 iterations); read without a password: 2 "
		      "certificates, 0 keys\n");
	collect_free(&c);
	buf_free(&b);
}

static void no_password_is_told_apart(void **state)
{
	static const char *const passwords[] = { NULL, "" };
	struct collected c;
	struct buf b;

	(void)state;
	for (int mac = -1; mac <= 10; mac += 11) {
		for (int i = 0; i < 2; i++) {
			make_store(&b, passwords[i], NID_aes_256_cbc,
				   NID_aes_256_cbc, 10, mac);
			collect(&c, &format_pkcs12, b.data, b.len, "");
			assert_int_equal(c.certificates, 2);
			assert_yields(&c, "key n\xc3\xa4me spki clear\n");
			assert_yields(&c, "opened by empty, well known");
			collect_free(&c);
			buf_free(&b);
		}
	}
}

static void stores_without_mac_are_opened(void **state)
{
	struct collected c;
	struct buf b;

	(void)state;
	make_store(&b, "secret", NID_aes_256_cbc, NID_aes_256_cbc, 10, -1);
	collect(&c, &format_pkcs12, b.data, b.len, "");
	assert_int_equal(c.certificates, 2);
	assert_yields(&c, "opened by default");
	collect_free(&c);
	buf_free(&b);
}

static void old_ciphers_are_opened_or_named(void **state)
{
	static const int nids[] = {
		NID_pbe_WithSHA1And40BitRC2_CBC,
		NID_pbe_WithSHA1And128BitRC4,
		NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
		NID_pbeWithMD5AndDES_CBC,
	};
	OSSL_PROVIDER *legacy = OSSL_PROVIDER_load(NULL, "legacy");
	OSSL_PROVIDER *standard = OSSL_PROVIDER_load(NULL, "default");

	(void)state;
	for (size_t i = 0; legacy && i < sizeof(nids) / sizeof(nids[0]); i++) {
		struct collected c;
		struct buf b;

		make_store(&b, "changeit", nids[i], nids[i], 10, 10);
		collect(&c, &format_pkcs12, b.data, b.len, "");
		assert_int_equal(c.certificates, 2);
		assert_yields(&c, OBJ_nid2sn(nids[i]));
		assert_int_equal(c.gaps, 0);
		collect_free(&c);
		buf_free(&b);
	}
	OSSL_PROVIDER_unload(standard);
	if (legacy)
		OSSL_PROVIDER_unload(legacy);
}

/* Puts a header before what was added since ${from}. */
static void wrap(struct buf *b, size_t from, uint8_t tag)
{
	size_t len = b->len - from;
	uint8_t header[4] = { tag, 0x82, (uint8_t)(len >> 8), (uint8_t)len };

	buf_add(b, header, sizeof(header));
	memmove(b->data + from + 4, b->data + from, len);
	memcpy(b->data + from, header, sizeof(header));
}

static void add_number(struct buf *b, uint32_t n)
{
	uint8_t der[] = { BER_INTEGER, 5, 0, (uint8_t)(n >> 24),
			  (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };

	buf_add(b, der, sizeof(der));
}

#define HMAC_SHA256 "\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x09\x05\x00"

/* The content of a store without MAC, then PBMAC1 (RFC 9579): PBKDF2 with
 * ${iter} rounds said and ${made} rounds done, HMAC-SHA-256 both times. */
static void add_pbmac1(struct buf *b, const char *password, uint32_t iter,
		       uint32_t made)
{
	struct ber pfx = ber_of(b->data, b->len), info = { 0 }, safe = { 0 };
	uint8_t key[32] = { 0 }, mac[32] = { 0 };
	struct buf out;

	buf_init(&out, KIB(64));
	assert_int_equal(ber_enter(&pfx, BER_SEQUENCE, &pfx), 0);
	info = ber_of(pfx.p + 3, pfx.left - 3);
	ber_enter(&info, BER_SEQUENCE, &info);
	ber_enter(&info, BER_OID, &safe);
	ber_enter(&info, BER_CONTEXT_CONSTRUCTED, &safe);
	assert_int_equal(ber_enter(&safe, BER_OCTETS, &safe), 0);
	PKCS5_PBKDF2_HMAC(password, -1, (const uint8_t *)"saltsalt", 8,
			  (int)made, EVP_sha256(), 32, key);
	HMAC(EVP_sha256(), key, 32, safe.p, safe.left, mac, NULL);
	buf_add(&out, "\x04\x08saltsalt", 10);
	add_number(&out, iter);
	buf_add(&out, "\x02\x01\x20" HMAC_SHA256, 3 + 14);
	wrap(&out, 0, BER_SEQUENCE);
	buf_add(&out, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c", 11);
	memmove(out.data + 11, out.data, out.len - 11);
	memcpy(out.data, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c", 11);
	wrap(&out, 0, BER_SEQUENCE);
	buf_add(&out, HMAC_SHA256, 14);
	wrap(&out, 0, BER_SEQUENCE);
	buf_add(&out, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0e", 11);
	memmove(out.data + 11, out.data, out.len - 11);
	memcpy(out.data, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0e", 11);
	wrap(&out, 0, BER_SEQUENCE);
	buf_add(&out, "\x04\x20", 2);
	buf_add(&out, mac, 32);
	wrap(&out, 0, BER_SEQUENCE);
	buf_add(&out, "\x04\x07NOT USE", 9);
	wrap(&out, 0, BER_SEQUENCE);
	buf_reserve(&out, pfx.left);
	memmove(out.data + pfx.left, out.data, out.len);
	memcpy(out.data, pfx.p, pfx.left);
	out.len += pfx.left;
	wrap(&out, 0, BER_SEQUENCE);
	buf_free(b);
	*b = out;
}

/* A key bag in clear: the key's own form is not looked at by who packs it. */
static void a_key_that_libcrypto_lacks_is_named(void **state)
{
	const uint8_t *der = NULL;
	size_t len = strange_key(&der);
	PKCS8_PRIV_KEY_INFO *p8 =
		d2i_PKCS8_PRIV_KEY_INFO(NULL, &der, (long)len);
	STACK_OF(PKCS12_SAFEBAG) *bags = sk_PKCS12_SAFEBAG_new_null();
	STACK_OF(PKCS7) *safes = sk_PKCS7_new_null();
	PKCS12_SAFEBAG *bag = PKCS12_SAFEBAG_create0_p8inf(p8);
	struct collected c;
	uint8_t *out = NULL;
	PKCS12 *p12 = NULL;
	int n = 0;

	(void)state;
	PKCS12_add_friendlyname_utf8(bag, "strange", -1);
	sk_PKCS12_SAFEBAG_push(bags, bag);
	sk_PKCS7_push(safes, PKCS12_pack_p7data(bags));
	p12 = PKCS12_add_safes(safes, 0);
	n = i2d_PKCS12(p12, &out);
	assert_true(n > 0);
	collect(&c, &format_pkcs12, out, (size_t)n, "");
	assert_yields(&c, "key strange gost2012_256 clear\n");
	assert_int_equal(c.gaps, 0);
	assert_true(c.holds_keys);
	collect_free(&c);
	OPENSSL_free(out);
	PKCS12_free(p12);
	sk_PKCS7_pop_free(safes, PKCS7_free);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}

static void pbmac1_is_verified(void **state)
{
	struct collected c;
	struct buf b;

	(void)state;
	make_store(&b, "changeit", NID_aes_256_cbc, NID_aes_256_cbc, 10, -1);
	add_pbmac1(&b, "changeit", 20, 20);
	collect(&c, &format_pkcs12, b.data, b.len, "");
	assert_int_equal(c.certificates, 2);
	assert_yields(&c, "MAC: PBMAC1 SHA256, 20 iterations");
	assert_yields(&c, "opened by default");
	assert_int_equal(c.gaps, 0);
	collect_free(&c);
	buf_free(&b);
}

static void absurd_iteration_counts_are_not_tried(void **state)
{
	static const uint32_t counts[] = { 0x7fffffff, 0x80000000, 0xffffffff };
	struct collected c;
	struct buf b;

	(void)state;
	for (int i = 0; i < 3; i++) {
		char text[64];

		make_store(&b, "changeit", NID_aes_256_cbc, -1, 10, -1);
		add_pbmac1(&b, "changeit", counts[i], 1);
		collect(&c, &format_pkcs12, b.data, b.len, "");
		assert_int_equal(c.result, 0);
		assert_int_equal(c.certificates, 2);
		snprintf(text, sizeof(text), "gap 6 MAC: iteration count %u",
			 counts[i]);
		assert_yields(&c, text);
		collect_free(&c);
		buf_free(&b);
	}
}

/* The only INTEGER 12345 of a store becomes 2^31. */
static void with_absurd_count(int key_nid, int cert_nid, int iter, int mac_iter,
			      const char *expected)
{
	struct collected c;
	struct buf b;
	uint8_t *at = NULL;

	make_store(&b, "changeit", key_nid, cert_nid, iter, mac_iter);
	at = memmem(b.data, b.len, "\x02\x02\x30\x39", 4);
	assert_non_null(at);
	grow_integer(&b, (size_t)(at - b.data));
	collect(&c, &format_pkcs12, b.data, b.len, "");
	assert_int_equal(c.result, 0);
	assert_yields(&c, expected);
	collect_free(&c);
	buf_free(&b);
}

static void two_to_the_31_rounds_are_not_done_anywhere(void **state)
{
	(void)state;
	with_absurd_count(NID_aes_256_cbc, -1, 12345, -1,
			  "gap 6 n\xc3\xa4me: iteration count 2147483648 is "
			  "beyond the budget of ");
	with_absurd_count(-1, NID_aes_256_cbc, 12345, -1,
			  "gap 6 encrypted part: iteration count 2147483648 is "
			  "beyond the budget of ");
	with_absurd_count(-1, -1, 10, 12345,
			  "gap 6 MAC: iteration count 2147483648 is beyond the "
			  "budget of ");
	with_absurd_count(NID_pbe_WithSHA1And3_Key_TripleDES_CBC, -1, 12345,
			  -1, "iteration count 2147483648 is beyond the ");
}

static void every_truncation_ends_with_a_gap(void **state)
{
	struct buf b;

	(void)state;
	make_store(&b, "changeit", NID_aes_256_cbc, -1, 10, 10);
	for (size_t n = 40; n < b.len; n += 11) {
		struct collected c;

		collect(&c, &format_pkcs12, b.data, n, "");
		assert_int_equal(c.result, 0);
		assert_true(c.gaps > 0);
		collect_free(&c);
	}
	buf_free(&b);
}

static void absurd_lengths_are_a_gap(void **state)
{
	static const char bad[] =
		"\x30\x88\x7f\xff\xff\xff\xff\xff\xff\xff\x02\x01\x03\x30\x84"
		"\x80\x00\x00\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
		"\xa0\x84\xff\xff\xff\xff\x04\x80";
	struct collected c;

	(void)state;
	collect(&c, &format_pkcs12, bad, sizeof(bad) - 1, "");
	assert_int_equal(c.result, 0);
	assert_yields(&c, "gap 5 ");
	collect_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_default_password_opens_all),
		cmocka_unit_test(a_configured_password_opens_all),
		cmocka_unit_test(a_locked_store_says_so),
		cmocka_unit_test(plain_certificates_need_no_password),
		cmocka_unit_test(no_password_is_told_apart),
		cmocka_unit_test(stores_without_mac_are_opened),
		cmocka_unit_test(old_ciphers_are_opened_or_named),
		cmocka_unit_test(a_key_that_libcrypto_lacks_is_named),
		cmocka_unit_test(pbmac1_is_verified),
		cmocka_unit_test(absurd_iteration_counts_are_not_tried),
		cmocka_unit_test(two_to_the_31_rounds_are_not_done_anywhere),
		cmocka_unit_test(every_truncation_ends_with_a_gap),
		cmocka_unit_test(absurd_lengths_are_a_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
