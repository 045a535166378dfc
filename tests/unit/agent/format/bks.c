/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/hmac.h>
#include <openssl/pkcs12.h>

#include "tests/unit/unit.h"
#include "tests/unit/agent/format/collect.h"

extern const struct format format_bks;
extern const struct format format_uber;

#define SALT "01234567890123456789"

static void add_number(struct buf *b, uint64_t n, unsigned int bytes)
{
	while (bytes-- > 0)
		buf_addch(b, (char)(n >> 8 * bytes));
}

static void add_utf(struct buf *b, const char *text)
{
	add_number(b, strlen(text), 2);
	buf_adds(b, text);
}

static void add_head(struct buf *b, uint32_t version, uint32_t iterations)
{
	add_number(b, version, 4);
	add_number(b, 20, 4);
	buf_adds(b, SALT);
	add_number(b, iterations, 4);
}

static void add_entry(struct buf *b, uint8_t type, const char *alias,
		      uint32_t chain)
{
	add_number(b, type, 1);
	add_utf(b, alias);
	add_number(b, 1700000000000, 8);
	add_number(b, chain, 4);
}

static void add_certificate(struct buf *b, EVP_PKEY *key, const char *name)
{
	X509 *x = made_certificate(key, name);
	uint8_t *der = NULL;
	int len = i2d_X509(x, &der);

	add_utf(b, "X.509");
	add_number(b, (uint64_t)len, 4);
	buf_add(b, der, (size_t)len);
	OPENSSL_free(der);
	X509_free(x);
}

static void add_clear_key(struct buf *b, EVP_PKEY *key)
{
	PKCS8_PRIV_KEY_INFO *p8 = EVP_PKEY2PKCS8(key);
	uint8_t *der = NULL;
	int len = i2d_PKCS8_PRIV_KEY_INFO(p8, &der);

	add_number(b, 0, 1);
	add_utf(b, "PKCS#8");
	add_utf(b, "EC");
	add_number(b, (uint64_t)len, 4);
	buf_add(b, der, (size_t)len);
	OPENSSL_clear_free(der, (size_t)len);
	PKCS8_PRIV_KEY_INFO_free(p8);
}

static void add_mac(struct buf *b, const char *password, uint32_t version,
		    int iterations)
{
	uint8_t key[20] = { 0 }, mac[20] = { 0 };
	int n = version == 1 ? 2 : 20;

	PKCS12_key_gen_utf8_ex(password, -1, (unsigned char *)SALT, 20,
			       PKCS12_MAC_ID, iterations, n, key, EVP_sha1(),
			       NULL, NULL);
	HMAC(EVP_sha1(), key, n, b->data + 32, b->len - 32, mac, NULL);
	buf_add(b, mac, 20);
}

static void make_store(struct buf *b, uint32_t version, const char *password)
{
	EVP_PKEY *key = made_key();

	buf_init(b, KIB(64));
	add_head(b, version, 1500);
	add_entry(b, 1, "root", 0);
	add_certificate(b, key, "root");
	add_entry(b, 4, "sealed", 1);
	add_certificate(b, key, "leaf");
	add_number(b, 4, 4);
	buf_adds(b, "xxxx");
	add_entry(b, 2, "clear", 0);
	add_clear_key(b, key);
	add_entry(b, 3, "secret", 0);
	add_number(b, 2, 4);
	buf_adds(b, "xx");
	add_number(b, 0, 1);
	add_mac(b, password, version, 1500);
	EVP_PKEY_free(key);
}

static void entries_of_both_versions_are_read(void **state)
{
	(void)state;
	for (uint32_t version = 1; version <= 2; version++) {
		struct collected c;
		struct buf b;

		make_store(&b, version, "changeit");
		collect(&c, &format_bks, b.data, b.len, "");
		assert_int_equal(c.result, 0);
		assert_yields(&c, "certificate root trusted\n"
			      "certificate sealed/1\n"
			      "key sealed spki encrypted\n"
			      "key clear spki clear\n"
			      "store bks | certificates: 2, private keys: 2, "
			      "secrets: 1; MAC: HMAC SHA1, 1500 iterations; "
			      "aliases: root, sealed, clear, secret | "
			      "PBEWithSHAAnd3-KeyTripleDES-CBC | opened by "
			      "default, well known\n");
		assert_int_equal(c.gaps, 0);
		collect_free(&c);
		buf_free(&b);
	}
}

static void a_key_that_libcrypto_lacks_is_named(void **state)
{
	const uint8_t *der = NULL;
	size_t len = strange_key(&der);
	struct collected c;
	struct buf b;

	(void)state;
	buf_init(&b, KIB(64));
	add_head(&b, 2, 1500);
	add_entry(&b, 2, "strange", 0);
	add_number(&b, 0, 1);
	add_utf(&b, "PKCS#8");
	add_utf(&b, "ECGOST3410-2012");
	add_number(&b, len, 4);
	buf_add(&b, der, len);
	add_number(&b, 0, 1);
	add_mac(&b, "changeit", 2, 1500);
	collect(&c, &format_bks, b.data, b.len, "");
	assert_yields(&c, "key strange gost2012_256 clear\n");
	assert_int_equal(c.gaps, 0);
	assert_true(c.holds_keys);
	collect_free(&c);
	buf_free(&b);
}

static void certificates_need_no_password(void **state)
{
	struct collected c;
	struct buf b;

	(void)state;
	make_store(&b, 2, "unguessable");
	collect(&c, &format_bks, b.data, b.len, "");
	assert_int_equal(c.certificates, 2);
	assert_yields(&c, "opened by nothing\n");
	collect_free(&c);
	buf_free(&b);
}

static void every_truncation_ends_with_a_gap(void **state)
{
	struct buf b;

	(void)state;
	make_store(&b, 2, "changeit");
	for (size_t n = 60; n < b.len; n += 13) {
		struct collected c;

		collect(&c, &format_bks, b.data, n, "");
		assert_int_equal(c.result, 0);
		assert_true(c.gaps > 0);
		collect_free(&c);
	}
	buf_free(&b);
}

static void absurd_counts_and_lengths_are_a_gap(void **state)
{
	static const uint32_t counts[] = { 0x7fffffff, 0x80000000, 0xffffffff };

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct collected c;
		struct buf b;

		buf_init(&b, KIB(1));
		add_head(&b, 2, counts[i]);
		add_entry(&b, 4, "x", counts[i]);
		add_utf(&b, "X.509");
		add_number(&b, counts[i], 4);
		buf_adds(&b, SALT SALT SALT);
		collect(&c, &format_bks, b.data, b.len, "");
		assert_int_equal(c.result, 0);
		assert_yields(&c, "gap 5 ");
		collect_free(&c);
		buf_free(&b);
	}
}

static void uber_is_recognised_and_locked(void **state)
{
	struct collected c;
	struct buf b;

	(void)state;
	buf_init(&b, KIB(1));
	add_head(&b, 1, 1500);
	for (int i = 0; i < 48; i++)
		buf_addch(&b, (char)(i * 37 + 77));
	collect(&c, &format_bks, b.data, b.len, "");
	assert_int_equal(c.result, -1000);
	collect_free(&c);
	collect(&c, &format_uber, b.data, b.len, "");
	assert_yields(&c, "gap 6 uber: 1 locked (PBEWithSHAAndTwofish-CBC, "
		      "1500 iterations)");
	assert_true(c.holds_keys);
	collect_free(&c);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_of_both_versions_are_read),
		cmocka_unit_test(a_key_that_libcrypto_lacks_is_named),
		cmocka_unit_test(certificates_need_no_password),
		cmocka_unit_test(every_truncation_ends_with_a_gap),
		cmocka_unit_test(absurd_counts_and_lengths_are_a_gap),
		cmocka_unit_test(uber_is_recognised_and_locked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
