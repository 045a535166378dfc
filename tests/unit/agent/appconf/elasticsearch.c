/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include <openssl/evp.h>

#include "tests/unit/agent/appconf/gather.h"

#define SALT 64
#define IV 12
#define TAG 16

static void put(struct buf *b, uint32_t n, size_t bytes, bool little)
{
	for (size_t i = 0; i < bytes; i++)
		buf_addch(b, (char)(n >> 8 * (little ? i : bytes - 1 - i)));
}

static void put_entry(struct buf *b, int version, const char *name,
		      const char *value)
{
	put(b, (uint32_t)strlen(name), 2, false);
	buf_adds(b, name);
	if (version == 3) {
		put(b, 6, 2, false);
		buf_adds(b, "STRING");
	}
	put(b, (uint32_t)strlen(value), 4, false);
	buf_adds(b, value);
}

/* Appends ciphertext and tag. */
static void encrypt(struct buf *out, const struct buf *in, const uint8_t *salt,
		    const uint8_t *iv, int rounds)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t key[16];
	int n = 0;

	assert_int_equal(PKCS5_PBKDF2_HMAC("", 0, salt, SALT, rounds,
					   EVP_sha512(), sizeof(key), key), 1);
	buf_reserve(out, in->len + TAG);
	EVP_EncryptInit_ex(c, EVP_aes_128_gcm(), NULL, key, iv);
	EVP_EncryptUpdate(c, NULL, &n, salt, SALT);
	EVP_EncryptUpdate(c, out->data + out->len, &n, in->data, (int)in->len);
	out->len += (size_t)n;
	EVP_EncryptFinal_ex(c, out->data + out->len, &n);
	EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, TAG,
			    out->data + out->len);
	out->len += TAG;
	EVP_CIPHER_CTX_free(c);
}

/* As KeyStoreWrapper.save() writes it. */
static void make(struct buf *b, int version)
{
	static const uint8_t salt[SALT] = { 1, 2, 3 }, iv[IV] = { 4, 5, 6 };
	bool little = version > 4;
	struct buf plain;

	buf_init(&plain, KIB(4));
	buf_init(b, KIB(8));
	put(&plain, 3, 4, false);
	put_entry(&plain, version, "keystore.seed", "not-this");
	put_entry(&plain, version,
		  "xpack.security.http.ssl.keystore.secure_password", "one");
	put_entry(&plain, version, "xpack.security.transport.ssl.truststore."
				   "secure_password", "two");
	put(b, 0x3fd76c17, 4, false);
	put(b, 22, 1, false);
	buf_adds(b, "elasticsearch.keystore");
	put(b, (uint32_t)version, 4, false);
	put(b, 0, 1, false);
	put(b, (uint32_t)(12 + SALT + IV + plain.len + TAG), 4, little);
	put(b, SALT, 4, little);
	buf_add(b, salt, SALT);
	put(b, IV, 4, little);
	buf_add(b, iv, IV);
	put(b, (uint32_t)plain.len + TAG, 4, little);
	encrypt(b, &plain, salt, iv, version >= 6 ? 210000 : 10000);
	put(b, 0xc02893e8, 4, false);
	put(b, 0, 4, false);
	put(b, 0, 4, false);
	put(b, 0, 4, false);
	buf_free(&plain);
}

static void each_version_without_a_password_is_read(void **state)
{
	(void)state;
	for (int version = 3; version <= 6; version++) {
		struct buf b;

		make(&b, version);
		assert_int_equal(gather("elasticsearch.keystore", b.data,
					b.len), 0);
		assert_string_equal(buf_str(&gathered), "one\ntwo\n");
		buf_free(&b);
	}
}

static void one_with_a_password_stays_closed(void **state)
{
	struct buf b;

	(void)state;
	make(&b, 4);
	b.data[4 + 23 + 4] = 1;
	assert_int_equal(gather("elasticsearch.keystore", b.data, b.len), 0);
	assert_string_equal(buf_str(&gathered), "");
	buf_free(&b);
}

static void a_changed_or_cut_one_yields_nothing(void **state)
{
	struct buf b;

	(void)state;
	make(&b, 5);
	for (size_t len = 0; len < b.len - 16; len += 7) {
		assert_int_equal(gather("elasticsearch.keystore", b.data, len),
				 -EBADMSG);
		assert_string_equal(buf_str(&gathered), "");
	}
	b.data[150] ^= 1;
	assert_int_equal(gather("elasticsearch.keystore", b.data, b.len),
			 -EBADMSG);
	assert_string_equal(buf_str(&gathered), "");
	buf_free(&b);
}

static void lengths_of_gibibytes_and_unknown_versions_are_refused(void **state)
{
	struct buf b;

	(void)state;
	make(&b, 4);
	memset(b.data + 4 + 23 + 4 + 1, 0x7f, 4);
	assert_int_equal(gather("elasticsearch.keystore", b.data, b.len),
			 -EBADMSG);
	b.data[4 + 23 + 3] = 9;
	assert_int_equal(gather("elasticsearch.keystore", b.data, b.len),
			 -ENOTSUP);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_version_without_a_password_is_read),
		cmocka_unit_test(one_with_a_password_stays_closed),
		cmocka_unit_test(a_changed_or_cut_one_yields_nothing),
		cmocka_unit_test(
			lengths_of_gibibytes_and_unknown_versions_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
