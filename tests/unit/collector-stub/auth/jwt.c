/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens signed by keys that are made here. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include "collector-stub/auth/jwt.h"
#include "lib/encode.h"

static EVP_PKEY *rsa, *ec, *ed;

static int make_keys(void **state)
{
	(void)state;
	rsa = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	ec = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	return rsa && ec && ed ? 0 : -1;
}

static int free_keys(void **state)
{
	(void)state;
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(ed);
	return 0;
}

static void add_bn(struct buf *b, EVP_PKEY *key, const char *name, int size)
{
	uint8_t bytes[1024];
	BIGNUM *n = NULL;

	assert_int_equal(EVP_PKEY_get_bn_param(key, name, &n), 1);
	size = size ? size : BN_num_bytes(n);
	assert_int_equal(BN_bn2binpad(n, bytes, size), size);
	encode_base64url(b, bytes, (size_t)size);
	BN_free(n);
}

static void add_key(struct buf *b, EVP_PKEY *key, const char *kid)
{
	uint8_t raw[32];
	size_t len = sizeof(raw);

	buf_addf(b, "{\"kid\":\"%s\",\"use\":\"sig\",", kid);
	if (key == rsa) {
		buf_adds(b, "\"kty\":\"RSA\",\"n\":\"");
		add_bn(b, key, OSSL_PKEY_PARAM_RSA_N, 0);
		buf_adds(b, "\",\"e\":\"");
		add_bn(b, key, OSSL_PKEY_PARAM_RSA_E, 0);
	} else if (key == ec) {
		buf_adds(b, "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"");
		add_bn(b, key, OSSL_PKEY_PARAM_EC_PUB_X, 32);
		buf_adds(b, "\",\"y\":\"");
		add_bn(b, key, OSSL_PKEY_PARAM_EC_PUB_Y, 32);
	} else {
		assert_int_equal(EVP_PKEY_get_raw_public_key(key, raw, &len),
				 1);
		buf_adds(b, "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"");
		encode_base64url(b, raw, len);
	}
	buf_adds(b, "\"}");
}

/* All three keys, named "rsa", "ec" and "ed". */
static struct jwk_set all_keys(void)
{
	struct jwk_set s = { .n = 0 };
	struct buf b;

	buf_init(&b, KIB(64));
	buf_adds(&b, "{\"keys\":[");
	add_key(&b, rsa, "rsa");
	buf_addch(&b, ',');
	add_key(&b, ec, "ec");
	buf_addch(&b, ',');
	add_key(&b, ed, "ed");
	buf_adds(&b, "]}");
	assert_int_equal(jwk_set_parse((char *)b.data, b.len, &s), 0);
	assert_int_equal(s.n, 3);
	buf_free(&b);
	return s;
}

static size_t der_to_raw(uint8_t *sig, size_t len)
{
	const uint8_t *p = sig;
	ECDSA_SIG *s = d2i_ECDSA_SIG(NULL, &p, (long)len);

	assert_non_null(s);
	BN_bn2binpad(ECDSA_SIG_get0_r(s), sig, 32);
	BN_bn2binpad(ECDSA_SIG_get0_s(s), sig + 32, 32);
	ECDSA_SIG_free(s);
	return 64;
}

static size_t sign(EVP_PKEY *key, bool pss, const struct buf *text,
		   uint8_t *sig, size_t cap)
{
	const EVP_MD *md = key == ed ? NULL : EVP_sha256();
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pc = NULL;
	size_t len = cap;

	assert_int_equal(EVP_DigestSignInit(c, &pc, md, NULL, key), 1);
	if (pss) {
		EVP_PKEY_CTX_set_rsa_padding(pc, RSA_PKCS1_PSS_PADDING);
		EVP_PKEY_CTX_set_rsa_pss_saltlen(pc, RSA_PSS_SALTLEN_DIGEST);
	}
	assert_int_equal(EVP_DigestSign(c, sig, &len, text->data, text->len),
			 1);
	EVP_MD_CTX_free(c);
	return key == ec ? der_to_raw(sig, len) : len;
}

/* A token of ${header}, signed by ${key}; NULL: an empty signature. */
static void make_token(struct buf *b, const char *header, EVP_PKEY *key,
		       bool pss)
{
	static const char claims[] = "{\"sub\":\"anna\"}";
	uint8_t sig[512];

	buf_init(b, KIB(16));
	encode_base64url(b, header, strlen(header));
	buf_addch(b, '.');
	encode_base64url(b, claims, strlen(claims));
	if (!key)
		return;
	size_t len = sign(key, pss, b, sig, sizeof(sig));

	buf_addch(b, '.');
	encode_base64url(b, sig, len);
}

/* What becomes of that token: the error of parsing or verifying. */
static int judge(const char *header, EVP_PKEY *key, bool pss)
{
	struct jwk_set s = all_keys();
	struct buf b;
	struct jwt t;
	int r = 0;

	make_token(&b, header, key, pss);
	r = jwt_parse((char *)b.data, b.len, &t);
	if (r == 0) {
		assert_string_equal(buf_str(&t.payload), "{\"sub\":\"anna\"}");
		r = jwk_set_verify(&s, &t);
		jwt_free(&t);
	}
	jwk_set_free(&s);
	buf_free(&b);
	return r;
}

static void each_algorithm_is_verified(void **state)
{
	(void)state;
	assert_int_equal(judge("{\"alg\":\"RS256\",\"kid\":\"rsa\"}", rsa,
			       false), 0);
	assert_int_equal(judge("{\"alg\":\"PS256\",\"kid\":\"rsa\"}", rsa,
			       true), 0);
	assert_int_equal(judge("{\"alg\":\"ES256\",\"kid\":\"ec\"}", ec,
			       false), 0);
	assert_int_equal(judge("{\"alg\":\"EdDSA\",\"kid\":\"ed\"}", ed,
			       false), 0);
	/* a key that is not named is found by its kind */
	assert_int_equal(judge("{\"alg\":\"ES256\"}", ec, false), 0);
}

static void what_another_key_has_signed_is_refused(void **state)
{
	EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);

	(void)state;
	assert_int_equal(judge("{\"alg\":\"RS256\",\"kid\":\"rsa\"}", other,
			       false), -EKEYREJECTED);
	assert_int_equal(judge("{\"alg\":\"RS256\",\"kid\":\"x\"}", rsa,
			       false), -ENOKEY);
	assert_int_equal(judge("{\"alg\":\"RS256\",\"kid\":\"ec\"}", rsa,
			       false), -ENOKEY);
	/* PKCS#1 is not PSS */
	assert_int_equal(judge("{\"alg\":\"PS256\",\"kid\":\"rsa\"}", rsa,
			       false), -EKEYREJECTED);
	EVP_PKEY_free(other);
}

static void each_flipped_bit_is_noticed(void **state)
{
	struct jwk_set s = all_keys();
	struct buf b;

	(void)state;
	make_token(&b, "{\"alg\":\"EdDSA\",\"kid\":\"ed\"}", ed, false);
	for (size_t i = 0; i < 8 * b.len; i++) {
		struct jwt t;

		b.data[i / 8] ^= (uint8_t)(1 << i % 8);
		/* the last digit has bits that are no part of it */
		if (i / 8 < b.len - 1 &&
		    jwt_parse((char *)b.data, b.len, &t) == 0) {
			assert_true(jwk_set_verify(&s, &t) < 0);
			jwt_free(&t);
		}
		b.data[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	jwk_set_free(&s);
	buf_free(&b);
}

static int parse(const char *text)
{
	struct jwt t;
	int r = jwt_parse(text, strlen(text), &t);

	if (r == 0)
		jwt_free(&t);
	return r;
}

static int parse_header(const char *header)
{
	struct buf b;
	int r = 0;

	buf_init(&b, KIB(128));
	encode_base64url(&b, header, strlen(header));
	buf_adds(&b, ".e30.AAAA");
	r = parse(buf_str(&b));
	buf_free(&b);
	return r;
}

static void tokens_without_a_signature_of_their_own_are_refused(void **state)
{
	(void)state;
	assert_int_equal(parse_header("{\"alg\":\"none\"}"), -ENOTSUP);
	assert_int_equal(parse_header("{\"alg\":\"NONE\"}"), -ENOTSUP);
	assert_int_equal(parse_header("{\"alg\":none}"), -EBADMSG);
	assert_int_equal(parse_header("{\"alg\":\"HS256\"}"), -ENOTSUP);
	assert_int_equal(parse_header("{\"alg\":\"RS1\"}"), -ENOTSUP);
	assert_int_equal(parse_header("{\"alg\":\"\"}"), -ENOTSUP);
	assert_int_equal(parse_header("{}"), -EBADMSG);
	assert_int_equal(parse_header("{\"alg\":\"RS256\",\"alg\":\"none\"}"),
			 -EBADMSG);
	assert_int_equal(parse_header("{\"alg\":\"RS256\",\"crit\":[\"x\"],"
				      "\"x\":1}"), -ENOTSUP);
	assert_int_equal(parse_header("{\"alg\":\"RS256\"}"), 0);
}

static void what_is_no_token_is_refused(void **state)
{
	static const char *const bad[] = {
		"", ".", "..", "...", "a.b.c", "e30.e30.", "e30.e30",
		"eyJhbGciOiJSUzI1NiJ9.e30.AAAA.AAAA.AAAA",
		"eyJhbGciOiJSUzI1NiJ9.e30.", "eyJhbGciOiJSUzI1NiJ9..AAAA",
		"eyJhbGciOiJSUzI1NiJ9.e30=.AAAA",
		"eyJhbGciOiJSUzI1NiJ9.e30.AA AA",
		"eyJhbGciOiJSUzI1NiJ9.e30.AA+A",
		"eyJhbGciOiJSUzI1NiJ9.e30.AAAAA",
	};
	struct buf b;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(parse(bad[i]), -EBADMSG);
	assert_int_equal(parse("eyJhbGciOiJSUzI1NiJ9.e30.AAAA"), 0);
	buf_init(&b, KIB(256));
	buf_adds(&b, "eyJhbGciOiJSUzI1NiJ9.e30.");
	while (b.len <= LIMIT_JWT)
		buf_adds(&b, "AAAA");
	assert_int_equal(parse(buf_str(&b)), -EBADMSG);
	buf_reset(&b);
	buf_adds(&b, "eyJhbGciOiJSUzI1NiJ9.e30.");
	for (int i = 0; i < JWT_SIGNATURE; i++)
		buf_adds(&b, "AAAA");
	assert_int_equal(parse(buf_str(&b)), -EBADMSG);
	buf_free(&b);
}

static size_t usable(const char *set, int want)
{
	struct jwk_set s = { .n = 0 };
	size_t n = 0;

	assert_int_equal(jwk_set_parse(set, strlen(set), &s), want);
	n = s.n;
	if (want == 0)
		jwk_set_free(&s);
	return n;
}

static void keys_of_no_use_are_passed_over(void **state)
{
	(void)state;
	assert_int_equal(usable("{\"keys\":[]}", 0), 0);
	assert_int_equal(usable("{\"keys\":[{},{\"kty\":\"oct\",\"k\":\"AAAA\"}"
				",{\"kty\":\"RSA\"},{\"kty\":\"EC\"},"
				"{\"kty\":\"OKP\",\"crv\":\"Ed25519\"},"
				"{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\""
				"}]}", 0), 0);
	/* no point of the curve */
	assert_int_equal(usable("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\","
		"\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\","
		"\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"}]}",
		0), 0);
	assert_int_equal(usable("{\"keys\":[{\"kty\":\"OKP\",\"crv\":"
		"\"Ed25519\",\"use\":\"enc\","
		"\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"}]}",
		0), 0);
	assert_int_equal(usable("{\"keys\":[{\"kty\":\"OKP\",\"crv\":"
		"\"Ed25519\",\"alg\":\"RS512\","
		"\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"}]}",
		0), 0);
	usable("{\"keys\":[{\"kty\":\"RSA\",\"kty\":\"EC\"}]}", -EBADMSG);
	usable("[]x", -EBADMSG);
	usable("", -EBADMSG);
}

static void a_set_of_too_many_keys_is_refused(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, KIB(64));
	buf_adds(&b, "{\"keys\":[");
	for (int i = 0; i <= JWT_KEYS; i++) {
		if (i > 0)
			buf_addch(&b, ',');
		add_key(&b, ed, "many");
	}
	buf_adds(&b, "]}");
	usable(buf_str(&b), -E2BIG);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_algorithm_is_verified),
		cmocka_unit_test(what_another_key_has_signed_is_refused),
		cmocka_unit_test(each_flipped_bit_is_noticed),
		cmocka_unit_test(
			tokens_without_a_signature_of_their_own_are_refused),
		cmocka_unit_test(what_is_no_token_is_refused),
		cmocka_unit_test(keys_of_no_use_are_passed_over),
		cmocka_unit_test(a_set_of_too_many_keys_is_refused),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
