/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/format/key.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "lib/algorithm.h"
#include "lib/der.h"
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

/* Each form of a private key is a SEQUENCE that begins with its version; to
 * look here first saves libcrypto's decoders half a millisecond of guessing. */
static bool has_version(const uint8_t *data, size_t len)
{
	struct der d = {data, len}, sequence, version;

	return der_take(&d, DER_SEQUENCE, &sequence) == 0 &&
	       der_take_integer(&sequence, &version) == 0 && version.len == 1;
}

int key_to_spki(const uint8_t *der, size_t len, struct buf *out)
{
	const uint8_t *p = der;
	uint8_t *spki = NULL;
	EVP_PKEY *key = NULL;
	int n = -1, r = -EBADMSG;

	if (len < 16 || !has_version(der, len) || is_too_dear(der, len))
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

/* SubjectPublicKeyInfo of an AlgorithmIdentifier and the key's octets. */
static int put_spki(struct buf *out, struct der algorithm, struct der bits)
{
	size_t len = bits.len + 1;

	add_header(out, DER_SEQUENCE,
		   algorithm.len + header_size(len) + len);
	buf_add(out, algorithm.data, algorithm.len);
	add_header(out, DER_BIT_STRING, len);
	buf_addch(out, 0);
	buf_add(out, bits.data, bits.len);
	return out->failed ? -EBADMSG : 0;
}

static const uint8_t rsa_identifier[] = {
	/* rsaEncryption, NULL: RFC 3279 section 2.3.1 */
	0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
	0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
static const uint8_t ec_oid[] = {
	0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};

/* RSAPrivateKey (RFC 8017 appendix A.1.2): the public half is in clear. */
static int rsa_spki(struct der key, struct der algorithm, struct buf *out)
{
	struct der seq, version, n, e, secret;
	struct buf pair;
	int r;

	if (der_take(&key, DER_SEQUENCE, &seq) < 0 ||
	    der_take_integer(&seq, &version) < 0 ||
	    version.len != 1 || version.data[0] > 1 ||
	    der_take_integer(&seq, &n) < 0 || der_take_integer(&seq, &e) < 0)
		return -EBADMSG;
	/* d, p, q, dp, dq, qi: fewer are a DSA key */
	for (int i = 0; i < 6; i++) {
		if (der_take_integer(&seq, &secret) < 0)
			return -EBADMSG;
	}
	buf_init(&pair, KIB(64));
	add_header(&pair, DER_SEQUENCE, header_size(n.len) + n.len +
					 header_size(e.len) + e.len);
	add_header(&pair, DER_INTEGER, n.len);
	buf_add(&pair, n.data, n.len);
	add_header(&pair, DER_INTEGER, e.len);
	buf_add(&pair, e.data, e.len);
	r = pair.failed ? -EBADMSG
			: put_spki(out, algorithm,
				   (struct der){pair.data, pair.len});
	buf_free(&pair);
	return r;
}

/* ECPrivateKey (RFC 5915 section 3), where it carries its public key.
 * ${algorithm} is empty if the curve is only in the key itself. */
static int ec_spki(struct der key, struct der algorithm, struct buf *out)
{
	struct der seq, version, secret, curve = {0}, tagged = {0}, bits;
	struct buf made;
	unsigned int unused = 0;
	int r;

	if (der_take(&key, DER_SEQUENCE, &seq) < 0 ||
	    der_take_integer(&seq, &version) < 0 ||
	    der_take(&seq, DER_OCTET_STRING, &secret) < 0 ||
	    der_take_optional(&seq, DER_CONTEXT_CONSTRUCTED(0), &curve) < 0 ||
	    der_take_optional(&seq, DER_CONTEXT_CONSTRUCTED(1), &tagged) < 1 ||
	    der_take_bit_string(&tagged, &bits, &unused) < 0 || unused)
		return -EBADMSG;
	if (algorithm.len > 0)
		return put_spki(out, algorithm, bits);
	if (curve.len == 0)
		return -EBADMSG;
	buf_init(&made, KIB(16));
	add_header(&made, DER_SEQUENCE, sizeof(ec_oid) + curve.len);
	buf_add(&made, ec_oid, sizeof(ec_oid));
	buf_add(&made, curve.data, curve.len);
	r = made.failed ? -EBADMSG
			: put_spki(out, (struct der){made.data, made.len},
				   bits);
	buf_free(&made);
	return r;
}

/* OneAsymmetricKey (RFC 5958 section 2), taken apart. */
struct pkcs8 {
	struct der algorithm;	/* AlgorithmIdentifier with its header */
	struct der oid;
	struct der key;
	struct der public;	/* version 2; may be empty */
};

static int take_pkcs8(struct der d, struct pkcs8 *ret)
{
	struct der_element e = {0};
	struct der seq, version, body, skipped;
	struct pkcs8 p = {.oid = {0}};

	if (der_take(&d, DER_SEQUENCE, &seq) < 0 ||
	    der_take_integer(&seq, &version) < 0 || der_next(&seq, &e) < 0 ||
	    e.tag != DER_SEQUENCE)
		return -EBADMSG;
	body = e.body;
	p.algorithm = e.all;
	if (der_take(&body, DER_OID, &p.oid) < 0 ||
	    der_take(&seq, DER_OCTET_STRING, &p.key) < 0 ||
	    der_take_optional(&seq, DER_CONTEXT_CONSTRUCTED(0), &skipped) < 0 ||
	    der_take_optional(&seq, DER_CONTEXT(1), &p.public) < 0)
		return -EBADMSG;
	if (p.public.len > 0) {		/* the count of unused bits */
		p.public.data++;
		p.public.len--;
	}
	*ret = p;
	return 0;
}

static bool is_oid(struct der oid, const uint8_t *with_header, size_t len)
{
	return oid.len == len - 2 &&
	       memcmp(oid.data, with_header + 2, oid.len) == 0;
}

/* The public half, where it can be read without any arithmetic. */
static int read_spki(struct der d, struct buf *out)
{
	struct der rsa = {rsa_identifier, sizeof(rsa_identifier)};
	struct der none = {0};
	struct pkcs8 p;

	if (take_pkcs8(d, &p) == 0) {
		if (is_oid(p.oid, rsa_identifier + 2, 11))
			return rsa_spki(p.key, p.algorithm, out);
		if (is_oid(p.oid, ec_oid, sizeof(ec_oid)))
			return ec_spki(p.key, p.algorithm, out);
		if (p.public.len > 0)
			return put_spki(out, p.algorithm, p.public);
		return -EBADMSG;
	}
	if (rsa_spki(d, rsa, out) == 0)
		return 0;
	buf_reset(out);
	return ec_spki(d, none, out);
}

/* A key of an algorithm that this libcrypto lacks: its name is known still. */
static int emit_unknown(struct emit *e, const char *entry, struct der d,
			const struct emit_extra *given)
{
	Cw__Facts facts = CW__FACTS__INIT;
	struct emit_extra extra = given ? *given : (struct emit_extra){0};
	char oid[DER_OID_TEXT];
	const struct algorithm *a = NULL;
	struct pkcs8 p;
	int n;

	if (take_pkcs8(d, &p) < 0)
		return -EBADMSG;
	n = der_oid_text(p.oid, oid);
	if (n < 0)
		return -EBADMSG;
	a = algorithm_key(oid, (size_t)n);
	if (!a)
		return -EBADMSG;
	extra.facts = &facts;
	facts.key_alg = (char *)(uintptr_t)(a->name ? a->name : oid);
	facts.key_alg_oid = oid;
	facts.strength_bits = a->strength;
	facts.pq_class = (char *)(uintptr_t)algorithm_class_name(a->class);
	return emit_private_key(e, entry, NULL, 0, &extra);
}

int key_emit_der(struct emit *e, const char *entry, const uint8_t *der,
		 size_t len, const struct emit_extra *extra)
{
	struct der d = {der, len};
	struct buf spki;
	int r;

	if (len < 16 || len > LIMIT_DER)
		return -EBADMSG;
	buf_init(&spki, KIB(128));
	r = read_spki(d, &spki);
	if (r < 0) {
		buf_reset(&spki);
		r = key_to_spki(der, len, &spki);
	}
	r = r == 0 ? emit_private_key(e, entry, spki.data, spki.len, extra)
		   : emit_unknown(e, entry, d, extra);
	buf_free(&spki);
	return r;
}

/* What encrypts by a password: PKCS#5, PKCS#12, and Bouncy Castle's additions
 * to the latter.  DigestInfo has the same form, with a hash. */
bool key_looks_encrypted(const uint8_t *der, size_t len)
{
	static const char *const arcs[] = {
		"1.2.840.113549.1.5.", "1.2.840.113549.1.12.1.",
		"1.3.6.1.4.1.22554.1.",
	};
	struct der d = {der, len}, seq, algorithm, oid;
	char text[DER_OID_TEXT];

	if (der_take(&d, DER_SEQUENCE, &seq) < 0 ||
	    der_take(&seq, DER_SEQUENCE, &algorithm) < 0 ||
	    der_take(&algorithm, DER_OID, &oid) < 0 ||
	    der_oid_text(oid, text) < 0)
		return false;
	for (size_t i = 0; i < sizeof(arcs) / sizeof(arcs[0]); i++) {
		if (strncmp(text, arcs[i], strlen(arcs[i])) == 0)
			return true;
	}
	return false;
}

int key_rsa_public_to_spki(const uint8_t *der, size_t len, struct buf *out)
{
	struct der rsa = {rsa_identifier, sizeof(rsa_identifier)};
	struct der d = {der, len}, seq, n, e;
	uint32_t exponent = 0;

	if (der_take(&d, DER_SEQUENCE, &seq) < 0 ||
	    der_take_integer(&seq, &n) < 0 || der_take_integer(&seq, &e) < 0 ||
	    seq.len > 0 || der_bits(der_magnitude(n)) < 512)
		return -EBADMSG;
	/* two numbers are also a signature, or parameters of DH, whose second
	 * is mostly 2 or 5 */
	if (der_uint32(e, &exponent) < 0 || exponent % 2 == 0 ||
	    (exponent < 65537 && exponent != 3 && exponent != 17 &&
	     exponent != 257))
		return -EBADMSG;
	return put_spki(out, rsa, (struct der){der, len - d.len});
}
