/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/format/key.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include "lib/limits.h"

/* Of DSA and DH the public half is computed, at a cost that rises with the
 * third power of the size: 4 KiB still hold a modulus of 8192 bits. */
static bool is_too_dear(const uint8_t *der, size_t len)
{
	static const struct {
		uint8_t oid[9];
		size_t len;
	} computed[] = {
		{ { 0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01 }, 7 },
		{ { 0x2a, 0x86, 0x48, 0xce, 0x3e, 0x02, 0x01 }, 7 },
		{ { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x03, 0x01 }, 9 },
	};
	size_t n = sizeof(computed) / sizeof(computed[0]);

	if (len > KEY_MAX)
		return true;
	for (size_t i = 0; i < n && len > KIB(4); i++)
		if (memmem(der, 64, computed[i].oid, computed[i].len))
			return true;
	return false;
}

int key_to_spki(const uint8_t *der, size_t len, struct buf *out)
{
	const uint8_t *p = der;
	uint8_t *spki = NULL;
	EVP_PKEY *key = NULL;
	int n = -1, r = -EBADMSG;

	if (len < 16 || is_too_dear(der, len))
		return -EBADMSG;
	key = d2i_AutoPrivateKey_ex(NULL, &p, (long)len, NULL, NULL);
	if (key)
		n = i2d_PUBKEY(key, &spki);
	ERR_clear_error();
	if (n > 0)
		r = buf_add(out, spki, (size_t)n);
	OPENSSL_free(spki);
	EVP_PKEY_free(key);
	return r;
}

int key_emit_der(struct emit *e, const char *entry, const uint8_t *der,
		 size_t len)
{
	struct buf spki;
	int r = 0;

	buf_init(&spki, KEY_MAX);
	r = key_to_spki(der, len, &spki);
	if (r == 0)
		r = emit_private_key(e, entry, spki.data, spki.len, NULL);
	buf_free(&spki);
	return r;
}

static const char *short_name(const ASN1_OBJECT *o)
{
	int nid = OBJ_obj2nid(o);

	return nid == NID_undef ? "unknown scheme" : OBJ_nid2sn(nid);
}

/* "PBES2 aes-256-cbc PBKDF2" and its iterations; "" where it is malformed */
static void describe(const X509_ALGOR *alg, char *text, size_t cap,
		     uint64_t *ret_iterations)
{
	const ASN1_OBJECT *oid = NULL;
	const void *value = NULL;
	int type = 0;
	PBE2PARAM *pbe2 = NULL;
	PBKDF2PARAM *kdf = NULL;
	PBEPARAM *pbe = NULL;

	X509_ALGOR_get0(&oid, &type, &value, alg);
	snprintf(text, cap, "%s", short_name(oid));
	if (type != V_ASN1_SEQUENCE)
		return;
	if (OBJ_obj2nid(oid) != NID_pbes2) {
		pbe = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM),
						alg->parameter);
		if (pbe && !ASN1_INTEGER_get_uint64(ret_iterations, pbe->iter))
			*ret_iterations = 0;
		PBEPARAM_free(pbe);
		return;
	}
	pbe2 = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM),
					 alg->parameter);
	if (!pbe2)
		return;
	snprintf(text, cap, "PBES2 %s %s",
		 short_name(pbe2->encryption->algorithm),
		 short_name(pbe2->keyfunc->algorithm));
	if (OBJ_obj2nid(pbe2->keyfunc->algorithm) == NID_id_pbkdf2)
		kdf = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM),
						pbe2->keyfunc->parameter);
	if (kdf && !ASN1_INTEGER_get_uint64(ret_iterations, kdf->iter))
		*ret_iterations = 0;
	PBKDF2PARAM_free(kdf);
	PBE2PARAM_free(pbe2);
}

int key_emit_encrypted(struct emit *e, const char *entry, const uint8_t *der,
		       size_t len)
{
	Cw__Protection protection = CW__PROTECTION__INIT;
	struct emit_extra extra = {.protection = &protection};
	const X509_ALGOR *alg = NULL;
	const ASN1_OCTET_STRING *data = NULL;
	const uint8_t *p = der;
	char scheme[128] = "";
	X509_SIG *sig = NULL;
	int r = -EBADMSG;

	if (len < 16 || len > LIMIT_DER)
		return -EBADMSG;
	sig = d2i_X509_SIG(NULL, &p, (long)len);
	if (sig) {
		X509_SIG_get0(sig, &alg, &data);
		describe(alg, scheme, sizeof(scheme), &protection.iterations);
		protection.encrypted = true;
		protection.scheme = scheme;
		r = emit_private_key(e, entry, NULL, 0, &extra);
	}
	X509_SIG_free(sig);
	ERR_clear_error();
	return r;
}

/* tag, then a length in as few bytes as DER wants */
static void add_header(struct buf *out, uint8_t tag, size_t len)
{
	buf_addch(out, (char)tag);
	if (len >= 0x10000) {
		buf_addch(out, (char)0x83);
		buf_addch(out, (char)(len >> 16));
		buf_addch(out, (char)(len >> 8));
	} else if (len >= 0x100) {
		buf_addch(out, (char)0x82);
		buf_addch(out, (char)(len >> 8));
	} else if (len >= 0x80) {
		buf_addch(out, (char)0x81);
	}
	buf_addch(out, (char)len);
}

static size_t header_size(size_t len)
{
	return len >= 0x10000 ? 5 : len >= 0x100 ? 4 : len >= 0x80 ? 3 : 2;
}

int key_rsa_public_to_spki(const uint8_t *der, size_t len, struct buf *out)
{
	/* AlgorithmIdentifier rsaEncryption, NULL: RFC 3279 section 2.3.1 */
	static const uint8_t rsa[] = {0x30, 0x0d, 0x06, 0x09, 0x2a,
				      0x86, 0x48, 0x86, 0xf7, 0x0d,
				      0x01, 0x01, 0x01, 0x05, 0x00};
	size_t bits = len + 1;

	if (len < 8 || len > KIB(64) || der[0] != 0x30)
		return -EBADMSG;
	add_header(out, 0x30, sizeof(rsa) + header_size(bits) + bits);
	buf_add(out, rsa, sizeof(rsa));
	add_header(out, 0x03, bits);
	buf_addch(out, 0);
	buf_add(out, der, len);
	return out->failed ? -EBADMSG : 0;
}
