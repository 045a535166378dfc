/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/format/nss_key.h"

#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "agent/format/key.h"
#include "agent/format/pbe.h"

#define OID_PBES2 "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d"
#define OID_PBKDF2 "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c"
#define OID_AES256_CBC "\x60\x86\x48\x01\x65\x03\x04\x01\x2a"

/* NSS before 3.49: 1.2.840.113549.1.12.5.1.3 */
#define OID_SHA1_3DES "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x05\x01\x03"

#define CKK_RSA 0
#define CKK_EC 3

#define SALT_MAX 64
#define KEY_SIZE 32
#define BLOCK 16
#define HMAC_SIZE 20

/* ------------------------------------------------------ the public half */

static void add_header(struct buf *b, uint8_t tag, size_t len)
{
	buf_addch(b, (char)tag);
	if (len >= 0x80) {
		buf_addch(b, (char)0x82);
		buf_addch(b, (char)(len >> 8));
	}
	buf_addch(b, (char)len);
}

static size_t header_size(size_t len)
{
	return len >= 0x80 ? 4 : 2;
}

/* A positive INTEGER of big-endian bytes. */
static void add_integer(struct buf *b, struct ber n)
{
	size_t zero = 0;

	while (n.left > 1 && n.p[0] == 0) {
		n.p++;
		n.left--;
	}
	zero = n.p[0] & 0x80 ? 1 : 0;
	add_header(b, BER_INTEGER, n.left + zero);
	if (zero)
		buf_addch(b, 0);
	buf_add(b, n.p, n.left);
}

static int rsa_spki(const struct nss_key *key, struct buf *out)
{
	struct buf body, der;
	int r = 0;

	if (key->modulus.left < 8 || key->modulus.left > 4096 ||
	    key->exponent.left == 0 || key->exponent.left > 256)
		return -ENOTSUP;
	buf_init(&body, 8192);
	buf_init(&der, 8192);
	add_integer(&body, key->modulus);
	add_integer(&body, key->exponent);
	add_header(&der, BER_SEQUENCE, body.len);
	buf_add(&der, body.data, body.len);
	r = body.failed || der.failed ? -ENOTSUP :
	    key_rsa_public_to_spki(der.data, der.len, out);
	buf_free(&body);
	buf_free(&der);
	return r;
}

/* RFC 5480 section 2; the point is raw or in an OCTET STRING. */
static int ec_spki(const struct nss_key *key, struct buf *out)
{
	static const uint8_t oid[] = { BER_OID, 7, 0x2a, 0x86, 0x48, 0xce,
				       0x3d, 0x02, 0x01 };
	struct ber point = key->ec_point;
	struct ber whole = key->ec_point;
	struct ber inner = { 0 };
	size_t algorithm = sizeof(oid) + key->ec_params.left;

	/* a raw one begins like an OCTET STRING, and may happen to end so */
	if (ber_enter(&whole, BER_OCTETS, &inner) == 0 && whole.left == 0 &&
	    inner.left % 2 == 1 && inner.p[0] == 4)
		point = inner;
	if (key->ec_params.left < 3 || key->ec_params.left > 512 ||
	    point.left < 3 || point.left > 512 || point.left % 2 == 0 ||
	    point.p[0] != 4)
		return -ENOTSUP;
	add_header(out, BER_SEQUENCE,
		   header_size(algorithm) + algorithm +
		   header_size(point.left + 1) + point.left + 1);
	add_header(out, BER_SEQUENCE, algorithm);
	buf_add(out, oid, sizeof(oid));
	buf_add(out, key->ec_params.p, key->ec_params.left);
	add_header(out, BER_BITS, point.left + 1);
	buf_addch(out, 0);
	buf_add(out, point.p, point.left);
	return out->failed ? -ENOTSUP : 0;
}

int nss_key_spki(const struct nss_key *key, struct buf *out)
{
	if (key->type == CKK_RSA)
		return rsa_spki(key, out);
	return key->type == CKK_EC ? ec_spki(key, out) : -ENOTSUP;
}

/* ------------------------------------------------------------ passwords */

struct check {
	bool triple_des;	/* else PBES2 */
	struct ber salt;	/* of the database */
	struct ber kdf_salt;
	struct ber iv;
	struct ber data;
	uint64_t iterations;
};

static int read_kdf(struct ber kdf, struct check *ret)
{
	struct ber oid = { 0 };

	if (ber_enter(&kdf, BER_OID, &oid) < 0 || !BER_IS(&oid, OID_PBKDF2) ||
	    ber_enter(&kdf, BER_SEQUENCE, &kdf) < 0 ||
	    ber_enter(&kdf, BER_OCTETS, &ret->kdf_salt) < 0 ||
	    ber_unsigned(&kdf, &ret->iterations) < 0)
		return -ENOTSUP;
	if (ret->iterations == 0 || ret->iterations > PBE_BUDGET ||
	    ret->kdf_salt.left > SALT_MAX)
		return -ENOTSUP;
	return 0;
}

/* The IV is the whole encoding of an OCTET STRING of 14 bytes. */
static int read_cipher(struct ber cipher, struct check *ret)
{
	struct ber oid = { 0 };
	struct ber_item iv = { 0 };

	if (ber_enter(&cipher, BER_OID, &oid) < 0 ||
	    !BER_IS(&oid, OID_AES256_CBC) ||
	    ber_take(&cipher, BER_OCTETS, &iv) < 0)
		return -ENOTSUP;
	ret->iv = iv.whole.left == BLOCK ? iv.whole : iv.content;
	return ret->iv.left == BLOCK ? 0 : -ENOTSUP;
}

/* PBES2 with HMAC-SHA-256 and AES-256-CBC: NSS 3.49 and later */
static int read_pbes2(struct ber params, struct check *ret)
{
	struct ber kdf = { 0 };
	struct ber cipher = { 0 };
	int r = 0;

	if (ber_enter(&params, BER_SEQUENCE, &kdf) < 0 ||
	    ber_enter(&params, BER_SEQUENCE, &cipher) < 0)
		return -ENOTSUP;
	r = read_kdf(kdf, ret);
	return r < 0 ? r : read_cipher(cipher, ret);
}

static int read_check(struct ber check, struct check *ret)
{
	struct ber algorithm = { 0 };
	struct ber oid = { 0 };
	struct ber params = { 0 };

	if (ber_enter(&check, BER_SEQUENCE, &check) < 0 ||
	    ber_enter(&check, BER_SEQUENCE, &algorithm) < 0 ||
	    ber_enter(&check, BER_OCTETS, &ret->data) < 0 ||
	    ber_enter(&algorithm, BER_OID, &oid) < 0 ||
	    ber_enter(&algorithm, BER_SEQUENCE, &params) < 0 ||
	    ret->data.left == 0 || ret->data.left > 4 * BLOCK)
		return -ENOTSUP;
	if (BER_IS(&oid, OID_PBES2))
		return read_pbes2(params, ret);
	if (!BER_IS(&oid, OID_SHA1_3DES) ||
	    ber_enter(&params, BER_OCTETS, &ret->kdf_salt) < 0 ||
	    ret->kdf_salt.left > HMAC_SIZE)
		return -ENOTSUP;
	ret->triple_des = true;
	ret->iterations = 1;
	return 0;
}

static bool sha1_of_two(const void *a, size_t a_len, const void *b,
			size_t b_len, uint8_t ret[static HMAC_SIZE])
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	bool ok = false;

	ok = md && EVP_DigestInit_ex(md, EVP_sha1(), NULL) &&
	     EVP_DigestUpdate(md, a, a_len) &&
	     EVP_DigestUpdate(md, b, b_len) &&
	     EVP_DigestFinal_ex(md, ret, NULL);
	EVP_MD_CTX_free(md);
	return ok;
}

/* NSS's derivation of a 3DES key and IV, 40 bytes: with P = SHA-1(hash, salt)
 * and S = the salt filled up with zeros, HMAC(P, S salt) HMAC(P, HMAC(P, S)
 * salt). */
static bool derive_3des(const struct check *c, const uint8_t *hash,
			uint8_t key[static 2 * HMAC_SIZE])
{
	size_t n = c->kdf_salt.left;
	uint8_t p[HMAC_SIZE] = { 0 };
	uint8_t text[2 * HMAC_SIZE] = { 0 };	/* S or HMAC(P, S), salt */
	bool ok = false;

	memcpy(text, c->kdf_salt.p, n);
	memcpy(text + HMAC_SIZE, c->kdf_salt.p, n);
	ok = sha1_of_two(hash, HMAC_SIZE, c->kdf_salt.p, n, p) &&
	     HMAC(EVP_sha1(), p, HMAC_SIZE, text, HMAC_SIZE + n, key, NULL) &&
	     HMAC(EVP_sha1(), p, HMAC_SIZE, text, HMAC_SIZE, text, NULL) &&
	     HMAC(EVP_sha1(), p, HMAC_SIZE, text, HMAC_SIZE + n,
		  key + HMAC_SIZE, NULL);
	OPENSSL_cleanse(p, sizeof(p));
	OPENSSL_cleanse(text, sizeof(text));
	return ok;
}

static bool derive(const struct check *c, const struct password *p,
		   uint8_t key[static 2 * HMAC_SIZE])
{
	uint8_t hash[HMAC_SIZE] = { 0 };
	bool ok = sha1_of_two(c->salt.p, c->salt.left, p->text, p->len, hash);

	if (ok && c->triple_des)
		ok = derive_3des(c, hash, key);
	else if (ok)
		ok = PKCS5_PBKDF2_HMAC((const char *)hash, sizeof(hash),
				       c->kdf_salt.p, (int)c->kdf_salt.left,
				       (int)c->iterations, EVP_sha256(),
				       KEY_SIZE, key);
	OPENSSL_cleanse(hash, sizeof(hash));
	return ok;
}

static bool fits(const struct check *c, const struct password *p)
{
	static const char expected[] = "password-check";
	uint8_t key[2 * HMAC_SIZE] = { 0 };
	uint8_t plain[5 * BLOCK] = { 0 };
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	int n = 0, last = 0;
	bool yes = false;

	yes = cipher && derive(c, p, key) &&
	      EVP_DecryptInit_ex(cipher, c->triple_des ? EVP_des_ede3_cbc() :
				 EVP_aes_256_cbc(), NULL, key,
				 c->triple_des ? key + sizeof(key) - 8 :
				 c->iv.p) &&
	      EVP_DecryptUpdate(cipher, plain, &n, c->data.p,
				(int)c->data.left) &&
	      EVP_DecryptFinal_ex(cipher, plain + n, &last) &&
	      n + last == sizeof(expected) - 1 &&
	      memcmp(plain, expected, sizeof(expected) - 1) == 0;
	OPENSSL_cleanse(key, sizeof(key));
	OPENSSL_cleanse(plain, sizeof(plain));
	EVP_CIPHER_CTX_free(cipher);
	ERR_clear_error();
	return yes;
}

void nss_key_try_passwords(struct keystore *store, struct ber salt,
			   struct ber check)
{
	struct check c = { .salt = salt };
	struct password p = { 0 };
	struct pbe cost = { 0 };
	struct ber outer = check;
	struct ber_item algorithm = { 0 };
	struct password_try t = { .budget = PBE_BUDGET };

	if (ber_enter(&outer, BER_SEQUENCE, &outer) == 0 &&
	    ber_take(&outer, BER_SEQUENCE, &algorithm) == 0 &&
	    pbe_describe(&algorithm.whole, &cost) != -EBADMSG)
		keystore_scheme(store, cost.scheme, cost.iterations);
	if (read_check(check, &c) < 0)
		return;
	while (!store->opened.source && password_next(&t, c.iterations, &p))
		if (p.text && fits(&c, &p))
			store->opened = p;
}
