/* SPDX-License-Identifier: Apache-2.0 */
/* elasticsearch.keystore, as long as it has no password of its own, which it
 * seldom has: Elasticsearch encrypts it with the empty one.  Versions 3 (6.3)
 * to 6 of org.elasticsearch.common.settings.KeyStoreWrapper:
 *
 *	Lucene's header: magic, "elasticsearch.keystore", version
 *	1 byte: has a password
 *	length of all that follows but the footer
 *	length, salt; length, IV; length, AES-GCM of the entries and its tag
 *	Lucene's footer
 *
 * Up to version 4 these lengths are big-endian, from 5 on little-endian. */
#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "agent/appconf/appconf.h"
#include "lib/buf.h"
#include "lib/limits.h"

#define MAGIC 0x3fd76c17u
#define NAME "\x16" "elasticsearch.keystore"
#define NAME_OPENSEARCH "\x13" "opensearch.keystore"
#define VERSION_FIRST 3
#define VERSION_TYPED 3		/* an entry has a type */
#define VERSION_BIG_ENDIAN 4	/* the last such */
#define VERSION_LAST 6
#define KEY_SIZE 16
#define TAG_SIZE 16

/* a fuzzer would do nothing else */
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
#define ROUNDS 1
#define ROUNDS_6 2
#else
#define ROUNDS 10000
#define ROUNDS_6 210000
#endif

struct cursor {
	const uint8_t *p;
	size_t left;
	bool failed;
};

struct bytes {
	const uint8_t *p;
	size_t len;
};

static struct bytes take(struct cursor *c, size_t len)
{
	struct bytes b = { .p = c->p, .len = len };

	if (c->failed || len > c->left) {
		c->failed = true;
		return (struct bytes){ .p = (const uint8_t *)"" };
	}
	c->p += len;
	c->left -= len;
	return b;
}

static uint32_t number(struct cursor *c, size_t bytes, bool little)
{
	struct bytes b = take(c, bytes);
	uint32_t n = 0;

	for (size_t i = 0; i < b.len; i++)
		n = n << 8 | b.p[little ? b.len - 1 - i : i];
	return n;
}

static bool is_named(const struct cursor *c, const char *name)
{
	return c->left >= strlen(name) &&
	       memcmp(c->p, name, strlen(name)) == 0;
}

static int decrypt(struct bytes salt, struct bytes iv, struct bytes in,
		   int rounds, uint8_t *out)
{
	uint8_t key[KEY_SIZE] = { 0 };
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	void *tag = (void *)(uintptr_t)(in.p + in.len - TAG_SIZE);
	int len = (int)(in.len - TAG_SIZE), n = 0, r = -EBADMSG;

	if (c && PKCS5_PBKDF2_HMAC("", 0, salt.p, (int)salt.len, rounds,
				   EVP_sha512(), KEY_SIZE, key) &&
	    EVP_DecryptInit_ex(c, EVP_aes_128_gcm(), NULL, NULL, NULL) &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_IVLEN, (int)iv.len,
				NULL) &&
	    EVP_DecryptInit_ex(c, NULL, NULL, key, iv.p) &&
	    EVP_DecryptUpdate(c, NULL, &n, salt.p, (int)salt.len) &&
	    EVP_DecryptUpdate(c, out, &n, in.p, len) &&
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) &&
	    EVP_DecryptFinal_ex(c, out + n, &n) > 0)
		r = 0;
	EVP_CIPHER_CTX_free(c);
	OPENSSL_cleanse(key, sizeof(key));
	ERR_clear_error();
	return r;
}

/* Java's DataOutputStream, big-endian in each version */
static int read_entries(const struct appconf *conf, struct cursor c,
			uint32_t version, const struct appconf_sink *sink)
{
	uint32_t count = number(&c, 4, false);

	for (uint32_t i = 0; i < count && !c.failed; i++) {
		struct bytes name = take(&c, number(&c, 2, false));
		struct bytes value = { 0 };

		if (version == VERSION_TYPED)
			take(&c, number(&c, 2, false));
		value = take(&c, number(&c, 4, false));
		if (!c.failed && appconf_is_key(conf, (const char *)name.p,
						name.len))
			appconf_value(sink, (const char *)value.p, value.len,
				      APPCONF_ELSEWHERE);
	}
	return c.failed ? -EBADMSG : 0;
}

static int read_data(const struct appconf *conf, struct cursor c,
		     uint32_t version, const struct appconf_sink *sink)
{
	bool little = version > VERSION_BIG_ENDIAN;
	struct bytes salt = take(&c, number(&c, 4, little));
	struct bytes iv = take(&c, number(&c, 4, little));
	struct bytes in = take(&c, number(&c, 4, little));
	struct buf plain;
	int r = 0;

	if (c.failed || in.len <= TAG_SIZE || iv.len == 0 || iv.len > 64)
		return -EBADMSG;
	buf_init(&plain, LIMIT_APPCONF_BYTES);
	r = buf_reserve(&plain, in.len);
	if (r == 0)
		r = decrypt(salt, iv, in,
			    version >= VERSION_LAST ? ROUNDS_6 : ROUNDS,
			    plain.data);
	plain.len = in.len - TAG_SIZE;
	if (r == 0)
		r = read_entries(conf, (struct cursor){ plain.data, plain.len,
							false },
				 version, sink);
	buf_free_secret(&plain);
	return r;
}

int appconf_elasticsearch(const struct appconf *conf, const uint8_t *data,
			  size_t len, const struct appconf_sink *sink)
{
	struct cursor c = { .p = data, .left = len };
	uint32_t version = 0;
	struct bytes all = { 0 };

	if (number(&c, 4, false) != MAGIC)
		return -EBADMSG;
	if (is_named(&c, NAME))
		take(&c, strlen(NAME));
	else if (is_named(&c, NAME_OPENSEARCH))
		take(&c, strlen(NAME_OPENSEARCH));
	else
		return -EBADMSG;
	version = number(&c, 4, false);
	if (c.failed)
		return -EBADMSG;
	if (version < VERSION_FIRST || version > VERSION_LAST)
		return -ENOTSUP;
	/* with a password of its own it stays closed */
	if (number(&c, 1, false) != 0)
		return 0;
	all = take(&c, number(&c, 4, version > VERSION_BIG_ENDIAN));
	if (c.failed)
		return -EBADMSG;
	return read_data(conf, (struct cursor){ all.p, all.len, false },
			 version, sink);
}
