/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of jwt.h, and verifying with them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "collector-stub/auth/jwt.h"
#include "collector-stub/auth/parsed.h"
#include "lib/encode.h"

#define RSA_MAX 8192		/* bits */
#define EXPONENT_MAX 4		/* bytes: greater ones only cost time */
#define ES256_HALF 32		/* bytes of r, s, x, y */

/* The text ${name} of a key, or NULL. */
static const char *text_of(const json_t *jwk, const char *name)
{
	return json_string_value(json_object_get(jwk, name));
}

static bool is_text(const json_t *jwk, const char *name, const char *want)
{
	const char *text = text_of(jwk, name);

	return text && strcmp(text, want) == 0;
}

static int decode_text(const json_t *jwk, const char *name, struct buf *out)
{
	const char *text = text_of(jwk, name);

	buf_init(out, KIB(4));
	return text && decode_base64(out, text, strlen(text)) == 0 ? 0 :
		-EBADMSG;
}

static EVP_PKEY *make_key(const char *type, OSSL_PARAM *params)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (!c || !params || EVP_PKEY_fromdata_init(c) != 1 ||
	    EVP_PKEY_fromdata(c, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(c);
	return key;
}

static EVP_PKEY *rsa_from(const struct buf *n, const struct buf *e)
{
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	BIGNUM *bn = BN_bin2bn(n->data, (int)n->len, NULL);
	BIGNUM *be = BN_bin2bn(e->data, (int)e->len, NULL);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;
	bool good = b && bn && be && BN_is_odd(bn) && BN_is_odd(be) &&
		!BN_is_one(be) && BN_num_bits(bn) >= JWT_RSA_MIN &&
		BN_num_bits(bn) <= RSA_MAX &&
		OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, bn) == 1 &&
		OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, be) == 1;

	if (good)
		params = OSSL_PARAM_BLD_to_param(b);
	if (params)
		key = make_key("RSA", params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	BN_free(bn);
	BN_free(be);
	return key;
}

static EVP_PKEY *make_rsa(const json_t *jwk)
{
	struct buf n, e;
	EVP_PKEY *key = NULL;
	int bad = decode_text(jwk, "n", &n);

	if (decode_text(jwk, "e", &e) == 0 && bad == 0 && e.len <= EXPONENT_MAX)
		key = rsa_from(&n, &e);
	buf_free(&n);
	buf_free(&e);
	return key;
}

static EVP_PKEY *make_ec(const json_t *jwk)
{
	uint8_t point[1 + 2 * ES256_HALF] = { POINT_CONVERSION_UNCOMPRESSED };
	char group[] = "P-256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
						 group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
						  point, sizeof(point)),
		OSSL_PARAM_construct_end(),
	};
	struct buf x, y;
	EVP_PKEY *key = NULL;
	int bad = decode_text(jwk, "x", &x);

	if (decode_text(jwk, "y", &y) == 0 && bad == 0 && x.len == ES256_HALF &&
	    y.len == ES256_HALF) {
		memcpy(point + 1, x.data, ES256_HALF);
		memcpy(point + 1 + ES256_HALF, y.data, ES256_HALF);
		key = make_key("EC", params);
	}
	buf_free(&x);
	buf_free(&y);
	return key;
}

static EVP_PKEY *make_ed25519(const json_t *jwk)
{
	struct buf x;
	EVP_PKEY *key = NULL;

	if (decode_text(jwk, "x", &x) == 0)
		key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
						  x.data, x.len);
	buf_free(&x);
	return key;
}

static EVP_PKEY *make(const json_t *jwk)
{
	EVP_PKEY *key = NULL;

	if (is_text(jwk, "kty", "RSA"))
		key = make_rsa(jwk);
	else if (is_text(jwk, "kty", "EC") && is_text(jwk, "crv", "P-256"))
		key = make_ec(jwk);
	else if (is_text(jwk, "kty", "OKP") && is_text(jwk, "crv", "Ed25519"))
		key = make_ed25519(jwk);
	ERR_clear_error();
	return key;
}

/* Adds it where it is of use. */
static int add_key(struct jwk_set *s, const json_t *jwk)
{
	const char *kid = text_of(jwk, "kid"), *alg = text_of(jwk, "alg");
	struct jwk k = { .algorithm = alg ? jwt_algorithm_find(alg) : -1 };

	if (k.algorithm == -ENOTSUP || (kid && strlen(kid) >= JWT_KID) ||
	    (json_object_get(jwk, "use") && !is_text(jwk, "use", "sig")))
		return 0;
	k.key = make(jwk);
	if (!k.key)
		return 0;
	if (s->n == JWT_KEYS) {
		EVP_PKEY_free(k.key);
		return -E2BIG;
	}
	snprintf(k.kid, sizeof(k.kid), "%s", kid ? kid : "");
	s->items[s->n++] = k;
	return 0;
}

int jwk_set_parse(const char *json, size_t len, struct jwk_set *ret)
{
	struct jwk_set s = { .n = 0 };
	json_t *set = NULL, *jwk = NULL;
	size_t i = 0;
	int r = parsed_object(json, len, &set);

	json_array_foreach(json_object_get(set, "keys"), i, jwk) {
		r = add_key(&s, jwk);
		if (r < 0)
			break;
	}
	json_decref(set);
	if (r < 0)
		jwk_set_free(&s);
	else
		*ret = s;
	return r == -EEXIST ? -EBADMSG : r;
}

void jwk_set_free(struct jwk_set *s)
{
	for (size_t i = 0; i < s->n; i++)
		EVP_PKEY_free(s->items[i].key);
	s->n = 0;
}

/* ------------------------------------------------------------ verifying */

static bool is_for(const struct jwk *k, const struct jwt *t)
{
	static const char *const types[] = {
		[JWT_RS256] = "RSA", [JWT_PS256] = "RSA",
		[JWT_ES256] = "EC", [JWT_EDDSA] = "ED25519",
	};

	if (*t->kid && strcmp(t->kid, k->kid) != 0)
		return false;
	if (k->algorithm >= 0 && k->algorithm != (int)t->algorithm)
		return false;
	return EVP_PKEY_is_a(k->key, types[t->algorithm]) == 1;
}

/* r and s side by side (RFC 7518 section 3.4) as OpenSSL wants them: DER that
 * the caller frees by OPENSSL_free(), or NULL. */
static uint8_t *ecdsa_der(const struct jwt *t, int *ret_len)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = NULL, *s = NULL;
	uint8_t *der = NULL;

	if (t->signature_len == 2 * ES256_HALF) {
		r = BN_bin2bn(t->signature, ES256_HALF, NULL);
		s = BN_bin2bn(t->signature + ES256_HALF, ES256_HALF, NULL);
	}
	if (sig && r && s && ECDSA_SIG_set0(sig, r, s) == 1) {
		/* taken */
		r = s = NULL;
		*ret_len = i2d_ECDSA_SIG(sig, &der);
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(sig);
	return der;
}

static bool set_padding(EVP_PKEY_CTX *c, enum jwt_algorithm a)
{
	if (a == JWT_RS256)
		return EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) == 1;
	if (a == JWT_PS256)
		return EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PSS_PADDING)
			== 1 && EVP_PKEY_CTX_set_rsa_pss_saltlen(c,
				RSA_PSS_SALTLEN_DIGEST) == 1;
	return true;
}

static bool is_signed(const struct jwk *k, const struct jwt *t,
		      const uint8_t *sig, size_t len)
{
	const EVP_MD *md = t->algorithm == JWT_EDDSA ? NULL : EVP_sha256();
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pc = NULL;
	bool good = c && EVP_DigestVerifyInit(c, &pc, md, NULL, k->key) == 1 &&
		set_padding(pc, t->algorithm) &&
		EVP_DigestVerify(c, sig, len, (const uint8_t *)t->text,
				 t->signed_len) == 1;

	EVP_MD_CTX_free(c);
	ERR_clear_error();
	return good;
}

static bool verify(const struct jwk *k, const struct jwt *t)
{
	uint8_t *der = NULL;
	int len = 0;
	bool good = false;

	if (t->algorithm != JWT_ES256)
		return is_signed(k, t, t->signature, t->signature_len);
	der = ecdsa_der(t, &len);
	if (der && len > 0)
		good = is_signed(k, t, der, (size_t)len);
	OPENSSL_free(der);
	return good;
}

int jwk_set_verify(const struct jwk_set *s, const struct jwt *t)
{
	int r = -ENOKEY;

	for (size_t i = 0; i < s->n; i++) {
		if (!is_for(&s->items[i], t))
			continue;
		if (verify(&s->items[i], t))
			return 0;
		r = -EKEYREJECTED;
	}
	return r;
}
