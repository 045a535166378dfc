/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/signature.h"

#include <errno.h>
#include <string.h>

#include <openssl/err.h>

#include "lib/buf.h"
#include "lib/encode.h"
#include "lib/hash.h"
#include "lib/limits.h"

static const char domain[] = "certwalk command v1";	/* and its NUL */

void signature_key_id(const uint8_t key[static SIGNATURE_KEY],
		      char ret[static SIGNATURE_ID])
{
	uint8_t hash[HASH_SIZE];

	hash_sha256(key, SIGNATURE_KEY, hash);
	encode_hex(hash, (SIGNATURE_ID - 1) / 2, ret);
}

int signature_message(const uint8_t *payload, size_t len, struct buf *out)
{
	int r = buf_add(out, domain, sizeof(domain));

	return r == 0 ? buf_add(out, payload, len) : r;
}

bool signature_is_valid(const uint8_t key[static SIGNATURE_KEY],
			const uint8_t *payload, size_t len,
			const uint8_t *signature, size_t signature_len)
{
	EVP_PKEY *pkey = NULL;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool valid = false;
	struct buf m;

	buf_init(&m, LIMIT_COMMAND + sizeof(domain));
	pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key,
					   SIGNATURE_KEY);
	if (ctx && pkey && signature_len == SIGNATURE_SIZE &&
	    signature_message(payload, len, &m) == 0 &&
	    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1)
		valid = EVP_DigestVerify(ctx, signature, signature_len, m.data,
					 m.len) == 1;
	ERR_clear_error();
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	buf_free(&m);
	return valid;
}

int signature_make(EVP_PKEY *key, const uint8_t *payload, size_t len,
		   uint8_t ret[static SIGNATURE_SIZE])
{
	EVP_MD_CTX *ctx = NULL;
	size_t size = SIGNATURE_SIZE;
	struct buf m;
	int r;

	if (EVP_PKEY_is_a(key, "ED25519") != 1)
		return -EINVAL;
	buf_init(&m, LIMIT_COMMAND + sizeof(domain));
	ctx = EVP_MD_CTX_new();
	r = ctx ? signature_message(payload, len, &m) : -ENOMEM;
	if (r == -ENOBUFS)
		r = -EFBIG;
	if (r == 0 &&
	    (EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) != 1 ||
	     EVP_DigestSign(ctx, ret, &size, m.data, m.len) != 1 ||
	     size != SIGNATURE_SIZE))
		r = -EIO;
	ERR_clear_error();
	EVP_MD_CTX_free(ctx);
	buf_free(&m);
	return r;
}

int signature_public(EVP_PKEY *key, uint8_t ret[static SIGNATURE_KEY])
{
	uint8_t raw[SIGNATURE_KEY];
	size_t len = sizeof(raw);

	if (EVP_PKEY_is_a(key, "ED25519") != 1 ||
	    EVP_PKEY_get_raw_public_key(key, raw, &len) != 1 ||
	    len != sizeof(raw)) {
		ERR_clear_error();
		return -EINVAL;
	}
	memcpy(ret, raw, sizeof(raw));
	return 0;
}
