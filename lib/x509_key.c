/* SPDX-License-Identifier: Apache-2.0 */
/* SubjectPublicKeyInfo to facts. */
#include "lib/x509_part.h"

#include <errno.h>
#include <string.h>

#include "lib/hash.h"
#include "lib/weak_key.h"
#include "lib/x509.h"

/* The parts of a SubjectPublicKeyInfo. */
struct key {
	const struct algorithm *algorithm;
	struct der_element parameters;
	struct der bits;	/* of the BIT STRING */
};

/* FIPS 186-5 section A.1.1: an exponent is odd and 2^16 < e < 2^256; an even
 * one, 0 or 1 makes no key at all. */
static int flag_exponent(struct x509_reader *x, struct der e)
{
	if (e.len == 0 || !(e.data[e.len - 1] & 1) ||
	    (e.len == 1 && e.data[0] == 1))
		return x509_flag(x, "weak-exponent");
	if (der_bits(e) > 256)
		return x509_flag(x, "large-exponent");
	return der_bits(e) <= 16 ? x509_flag(x, "small-exponent") : 0;
}

static int flag_modulus(struct x509_reader *x, struct der n)
{
	int r = x->f->key_bits < 2048 ? x509_flag(x, "weak-rsa-bits") : 0;

	if (r == 0 && weak_key_is_roca(n))
		r = x509_flag(x, "roca");
	if (r < 0)
		return r;
	r = weak_key_is_fermat(n);
	if (r < 0)
		return x509_full(x);
	return r > 0 ? x509_flag(x, "close-primes") : 0;
}

/* RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }:
 * magnitudes */
static int read_rsa_numbers(struct der d, struct der *ret_n, struct der *ret_e)
{
	struct der body, n, e;

	if (der_take(&d, DER_SEQUENCE, &body) < 0 || d.len > 0 ||
	    der_take_integer(&body, &n) < 0 ||
	    der_take_integer(&body, &e) < 0 || body.len > 0 ||
	    n.data[0] >= 0x80 || e.data[0] >= 0x80)
		return -EBADMSG;
	*ret_n = der_magnitude(n);
	*ret_e = der_magnitude(e);
	return 0;
}

static int read_rsa(struct x509_reader *x, const struct key *k)
{
	struct der n, e;
	int r;

	if (read_rsa_numbers(k->bits, &n, &e) < 0)
		return x509_flag(x, "bad-public-key");
	x->f->key_bits = (uint32_t)der_bits(n);
	x->f->strength_bits = algorithm_modulus_strength(x->f->key_bits);
	r = flag_modulus(x, n);
	return r < 0 ? r : flag_exponent(x, e);
}

static void set_curve(struct x509_reader *x, const struct algorithm *curve)
{
	x->f->curve = X509_TEXT(curve->name);
	x->f->key_bits = curve->bits;
}

/* ECParameters with everything spelled out, X9.62 and RFC 3279 section 2.3.5,
 * over a prime field; magnitudes. */
struct domain {
	struct der p, a, b, base, order;
};

static int read_domain(struct der d, struct domain *ret)
{
	static const uint8_t prime_field[] = {0x2a, 0x86, 0x48, 0xce, 0x3d,
					      0x01, 0x01};
	struct der version, field, oid, curve;

	if (der_take_integer(&d, &version) < 0 ||
	    der_take(&d, DER_SEQUENCE, &field) < 0 ||
	    der_take(&field, DER_OID, &oid) < 0 ||
	    der_take(&d, DER_SEQUENCE, &curve) < 0 ||
	    der_take(&curve, DER_OCTET_STRING, &ret->a) < 0 ||
	    der_take(&curve, DER_OCTET_STRING, &ret->b) < 0 ||
	    der_take(&d, DER_OCTET_STRING, &ret->base) < 0 ||
	    der_take_integer(&d, &ret->order) < 0)
		return -EBADMSG;
	ret->p = (struct der){NULL, 0};
	if (der_equal(oid, (struct der){prime_field, sizeof(prime_field)}) &&
	    der_take_integer(&field, &ret->p) < 0)
		return -EBADMSG;
	ret->p = der_magnitude(ret->p);
	ret->a = der_magnitude(ret->a);
	ret->b = der_magnitude(ret->b);
	ret->order = der_magnitude(ret->order);
	return 0;
}

/* Curves by the hash of their prime, and of prime, a, b, the base point's x and
 * the order, each as long as the prime; both cut off. */
struct known_curve {
	const char *name;
	uint8_t prime[8];
	uint8_t all[16];
};

static const struct known_curve known_curves[] = {
	{"P-192",
	 {0x56, 0xb1, 0x11, 0xbe, 0x0c, 0xbc, 0x9b, 0x1a},
	 {0x55, 0xab, 0x6b, 0x04, 0x12, 0x9b, 0x0c, 0x71,
	  0xcc, 0x06, 0x66, 0xea, 0x8f, 0x9f, 0xce, 0x9c}},
	{"P-224",
	 {0xce, 0x53, 0x29, 0x2c, 0x8d, 0x84, 0xf8, 0x3d},
	 {0xb5, 0x67, 0x06, 0x9f, 0x88, 0xf5, 0x79, 0x19,
	  0x68, 0xd8, 0x96, 0x04, 0x0c, 0x07, 0x0e, 0xbb}},
	{"P-256",
	 {0xbd, 0x94, 0x2c, 0x11, 0xc8, 0xc4, 0x90, 0xaa},
	 {0x03, 0x59, 0xd9, 0xc1, 0x43, 0x55, 0xdd, 0xa4,
	  0xb3, 0xda, 0x46, 0x63, 0xed, 0xb0, 0x74, 0x44}},
	{"P-384",
	 {0x0c, 0x71, 0x43, 0x48, 0x3a, 0xef, 0x9d, 0xee},
	 {0x12, 0x86, 0xb8, 0x96, 0xbb, 0xf5, 0x6d, 0x50,
	  0x70, 0x58, 0x1f, 0x4a, 0x71, 0x35, 0x96, 0x8f}},
	{"P-521",
	 {0x69, 0x6e, 0xff, 0xcd, 0xd0, 0x0b, 0x6f, 0x38},
	 {0x63, 0x87, 0x7a, 0x7f, 0xb6, 0xd2, 0xd9, 0x3f,
	  0xd3, 0x06, 0x75, 0x6a, 0x52, 0x77, 0x08, 0xa6}},
	{"secp256k1",
	 {0x44, 0xef, 0xb8, 0xb7, 0x14, 0xc5, 0xc4, 0x22},
	 {0x0e, 0x6b, 0x48, 0xb9, 0x49, 0xb6, 0x74, 0x74,
	  0xf0, 0xda, 0x04, 0xcb, 0x3f, 0xe6, 0x65, 0xfd}},
	{"brainpoolP224r1",
	 {0x4d, 0x9d, 0xdc, 0x22, 0xb7, 0x10, 0x80, 0xd9},
	 {0x7d, 0x09, 0xf0, 0xe0, 0xa2, 0xff, 0x6b, 0xed,
	  0x2e, 0xaf, 0x7e, 0x2e, 0xa6, 0xa1, 0x4e, 0x90}},
	{"brainpoolP256r1",
	 {0x83, 0xbb, 0x5c, 0x64, 0x08, 0x49, 0xd7, 0x81},
	 {0x00, 0xa3, 0x37, 0x4a, 0x1a, 0xfe, 0x4e, 0x07,
	  0x10, 0xd5, 0x92, 0x2a, 0x27, 0x5f, 0x18, 0x25}},
	{"brainpoolP320r1",
	 {0x82, 0x21, 0x37, 0x93, 0x39, 0xe9, 0xf0, 0xa9},
	 {0x56, 0x3d, 0x48, 0x32, 0x6c, 0xde, 0xdb, 0x3f,
	  0x6d, 0x16, 0xd3, 0x94, 0xce, 0xbe, 0xf3, 0xa5}},
	{"brainpoolP384r1",
	 {0x93, 0x43, 0x2b, 0x2c, 0x1c, 0xb1, 0x80, 0x32},
	 {0xbd, 0x69, 0x61, 0x7a, 0x4c, 0xb9, 0xfa, 0x4d,
	  0xd4, 0x73, 0x21, 0x17, 0xc8, 0x2e, 0xe4, 0x28}},
	{"brainpoolP512r1",
	 {0x62, 0x71, 0xb6, 0xfb, 0x76, 0xf7, 0x86, 0x9d},
	 {0x43, 0xdb, 0x3e, 0x51, 0xc1, 0xbd, 0x01, 0xca,
	  0xee, 0x07, 0xc5, 0xb6, 0x36, 0x42, 0x93, 0x61}},
	{"SM2",
	 {0xa7, 0xb5, 0x0d, 0xaa, 0x4d, 0xbe, 0xec, 0x04},
	 {0x71, 0xe8, 0xa6, 0x78, 0x19, 0x58, 0xb6, 0xb4,
	  0xda, 0x30, 0x82, 0x65, 0x15, 0xca, 0xb5, 0xd6}},
};

#define DOMAIN_MAX 66	/* octets of the longest known prime */

static bool pad(uint8_t *out, size_t size, struct der magnitude)
{
	if (magnitude.len > size)
		return false;
	memset(out, 0, size - magnitude.len);
	memcpy(out + size - magnitude.len, magnitude.data, magnitude.len);
	return true;
}

/* Is ${d}, whose prime is that of ${c}, ${c} in all its parts? */
static bool is_curve(const struct domain *d, const struct known_curve *c)
{
	uint8_t all[5 * DOMAIN_MAX], hash[HASH_SIZE];
	size_t n = d->p.len;
	struct der x = {d->base.data + 1, n};

	if (d->base.len < n + 1 || !pad(all, n, d->p) ||
	    !pad(all + n, n, d->a) || !pad(all + 2 * n, n, d->b) ||
	    !pad(all + 3 * n, n, x) || !pad(all + 4 * n, n, d->order))
		return false;
	hash_sha256(all, 5 * n, hash);
	return memcmp(hash, c->all, sizeof(c->all)) == 0;
}

static const struct known_curve *curve_of_prime(struct der p)
{
	uint8_t hash[HASH_SIZE];

	if (p.len == 0 || p.len > DOMAIN_MAX)
		return NULL;
	hash_sha256(p.data, p.len, hash);
	for (size_t i = 0; i < sizeof(known_curves) / sizeof(known_curves[0]);
	     i++) {
		if (memcmp(hash, known_curves[i].prime, 8) == 0)
			return &known_curves[i];
	}
	return NULL;
}

/* A known prime with other parameters is how CVE-2020-0601 forges. */
static int read_explicit_curve(struct x509_reader *x, struct der body)
{
	const struct known_curve *c;
	struct domain d;
	int r = x509_flag(x, "explicit-curve");

	if (r < 0)
		return r;
	if (read_domain(body, &d) < 0)
		return x509_flag(x, "bad-public-key");
	x->f->key_bits = (uint32_t)der_bits(d.order);
	c = curve_of_prime(d.p);
	if (!c)
		return 0;
	if (!is_curve(&d, c))
		return x509_flag(x, "altered-curve");
	x->f->curve = X509_TEXT(c->name);
	return 0;
}

static int read_named_curve(struct x509_reader *x, const struct key *k)
{
	const struct algorithm *c;
	char *text = NULL;
	size_t len = 0;
	int r = x509_oid(x, k->parameters.body, &text, &len);

	if (r < 0)
		return r == -EBADMSG ? x509_flag(x, "bad-public-key") : r;
	c = algorithm_curve(text, len);
	if (c) {
		set_curve(x, c);
		return 0;
	}
	x->f->curve = text;
	/* the field's size at least: an uncompressed point has two members */
	if (k->bits.len > 1 && k->bits.data[0] == 4)
		x->f->key_bits = (uint32_t)((k->bits.len - 1) / 2 * 8);
	return 0;
}

/* SEC 1 section 2.3.3: compressed, uncompressed, hybrid */
static bool is_point(struct der bits)
{
	return bits.len > 1 && bits.data[0] >= 2 && bits.data[0] <= 7 &&
	       bits.data[0] != 5;
}

/* ECParameters ::= CHOICE { namedCurve OID, implicitCurve NULL,
 * specifiedCurve SEQUENCE } */
static int read_ec(struct x509_reader *x, const struct key *k)
{
	int r;

	r = is_point(k->bits) ? 0 : x509_flag(x, "bad-public-key");
	if (r < 0)
		return r;
	if (k->parameters.all.len > 0 && k->parameters.tag == DER_OID)
		r = read_named_curve(x, k);
	else if (k->parameters.all.len > 0 && k->parameters.tag == DER_SEQUENCE)
		r = read_explicit_curve(x, k->parameters.body);
	else
		r = x509_flag(x, "bad-public-key");
	if (r < 0 || x->f->key_bits == 0)
		return r;
	x->f->strength_bits = algorithm_curve_strength(x->f->key_bits);
	return x->f->key_bits < 224 ? x509_flag(x, "weak-curve") : 0;
}

/* Dss-Parms ::= SEQUENCE { p, q, g INTEGER }, RFC 3279 section 2.3.2, which
 * may be absent (those of the issuer); DHParameter begins with p. */
static int read_finite_field(struct x509_reader *x, const struct key *k)
{
	struct der d = k->parameters.body, p, q;
	unsigned int by_q;

	if (k->parameters.all.len == 0)
		return 0;
	if (k->parameters.tag != DER_SEQUENCE ||
	    der_take_integer(&d, &p) < 0 || der_take_integer(&d, &q) < 0)
		return x509_flag(x, "bad-public-key");
	x->f->key_bits = (uint32_t)der_bits(der_magnitude(p));
	x->f->strength_bits = algorithm_modulus_strength(x->f->key_bits);
	if (k->algorithm->form == ALGORITHM_FORM_DSA) {
		by_q = algorithm_curve_strength(der_bits(der_magnitude(q)));
		if (by_q < x->f->strength_bits)
			x->f->strength_bits = by_q;
	}
	return x->f->key_bits < 2048 ? x509_flag(x, "weak-dsa-bits") : 0;
}

/* GostR3410-PublicKeyParameters ::= SEQUENCE { publicKeyParamSet OID, ... },
 * RFC 9215 section 4.2 */
static int read_gost(struct x509_reader *x, const struct key *k)
{
	struct der d = k->bits, point, body = k->parameters.body, oid;
	const struct algorithm *c;
	char *text = NULL;
	size_t len = 0;
	int r;

	if (der_take(&d, DER_OCTET_STRING, &point) < 0)
		return x509_flag(x, "bad-public-key");
	x->f->key_bits = (uint32_t)(point.len * 4);
	if (k->parameters.all.len == 0 || k->parameters.tag != DER_SEQUENCE ||
	    der_take(&body, DER_OID, &oid) < 0)
		return 0;
	r = x509_oid(x, oid, &text, &len);
	if (r < 0)
		return r == -EBADMSG ? x509_flag(x, "bad-public-key") : r;
	c = algorithm_curve(text, len);
	x->f->curve = c ? X509_TEXT(c->name) : text;
	return 0;
}

/* Parameter sets that say so in the key's first words: LMS (RFC 8554 section
 * 5.1 behind HSS's level count, SP 800-208 section 4) and XMSS, XMSS^MT (RFC
 * 8391 section 8, SP 800-208 section 5). */
static unsigned int strength_in_key(const char *name, struct der key)
{
	static const struct {
		const char *name;
		uint8_t at, first, last, strength;	/* strength / 8 */
	} sets[] = {
		{"HSS-LMS", 4, 0x05, 0x09, 32}, {"HSS-LMS", 4, 0x0a, 0x0e, 24},
		{"HSS-LMS", 4, 0x0f, 0x13, 32}, {"HSS-LMS", 4, 0x14, 0x18, 24},
		{"XMSS", 0, 0x01, 0x0c, 32}, {"XMSS", 0, 0x0d, 0x0f, 24},
		{"XMSS", 0, 0x10, 0x12, 32}, {"XMSS", 0, 0x13, 0x15, 24},
		{"XMSSMT", 0, 0x01, 0x20, 32}, {"XMSSMT", 0, 0x21, 0x28, 24},
		{"XMSSMT", 0, 0x29, 0x30, 32}, {"XMSSMT", 0, 0x31, 0x38, 24},
	};

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		const uint8_t *word = key.data + sets[i].at;

		if (strcmp(name, sets[i].name) == 0 &&
		    key.len >= sets[i].at + 4u && !word[0] && !word[1] &&
		    !word[2] && word[3] >= sets[i].first &&
		    word[3] <= sets[i].last)
			return sets[i].strength * 8u;
	}
	return 0;
}

static int read_raw(struct x509_reader *x, const struct key *k)
{
	x->f->key_bits = (uint32_t)(k->bits.len * 8);
	if (x->f->strength_bits == 0 && k->algorithm->name)
		x->f->strength_bits = strength_in_key(k->algorithm->name,
						      k->bits);
	return 0;
}

static int read_key(struct x509_reader *x, const struct key *k)
{
	x->f->pq_class = X509_TEXT(algorithm_class_name(k->algorithm->class));
	x->f->strength_bits = k->algorithm->strength;
	if (k->algorithm->name)
		x->f->key_alg = X509_TEXT(k->algorithm->name);
	switch (k->algorithm->form) {
	case ALGORITHM_FORM_RSA:
		return read_rsa(x, k);
	case ALGORITHM_FORM_EC:
		return read_ec(x, k);
	case ALGORITHM_FORM_DSA:
	case ALGORITHM_FORM_DH:
		return read_finite_field(x, k);
	case ALGORITHM_FORM_GOST:
		return read_gost(x, k);
	default:
		return read_raw(x, k);
	}
}

int x509_spki(struct x509_reader *x, struct der_element spki)
{
	struct der body = spki.body, algorithm, oid;
	struct key k = {0};
	unsigned int unused = 0;
	size_t len = 0;
	int r = x509_sha256(x, spki.all, &x->f->spki_sha256);

	if (r < 0)
		return r;
	if (der_take(&body, DER_SEQUENCE, &algorithm) < 0 ||
	    der_take_bit_string(&body, &k.bits, &unused) < 0 || body.len > 0)
		return x509_bad(x, "RFC 5280 section 4.1.2.7: "
				   "subjectPublicKeyInfo");
	r = x509_algorithm(x, algorithm, &oid, &k.parameters);
	if (r == 0)
		r = x509_oid(x, oid, &x->f->key_alg_oid, &len);
	if (r < 0)
		return r;
	k.algorithm = algorithm_key(x->f->key_alg_oid, len);
	x->f->key_alg = x->f->key_alg_oid;
	x->f->pq_class = X509_TEXT(algorithm_class_name(ALGORITHM_CLASS_NONE));
	return k.algorithm ? read_key(x, &k) : 0;
}

/* What stands before the SubjectPublicKeyInfo: version and serialNumber of a
 * certificate; version of a request. */
static int skip_to_spki(Cw__Kind kind, struct der *d)
{
	static const uint8_t certificate[] = {
		DER_INTEGER, DER_SEQUENCE, DER_SEQUENCE, DER_SEQUENCE,
		DER_SEQUENCE,
	};
	static const uint8_t csr[] = {DER_INTEGER, DER_SEQUENCE};
	bool is_csr = kind == CW__KIND__KIND_CSR;
	const uint8_t *tags = is_csr ? csr : certificate;
	size_t n = is_csr ? sizeof(csr) : sizeof(certificate);
	struct der body, all = *d, passed;

	if (der_take(&all, DER_SEQUENCE, &body) < 0 ||
	    der_take(&body, DER_SEQUENCE, d) < 0 ||
	    (!is_csr && der_take_optional(d, DER_CONTEXT_CONSTRUCTED(0),
					  &passed) < 0))
		return -EBADMSG;
	for (size_t i = 0; i < n; i++) {
		if (der_take(d, tags[i], &passed) < 0)
			return -EBADMSG;
	}
	return 0;
}

int x509_spki_of(Cw__Kind kind, const uint8_t *der, size_t len,
		 const uint8_t **ret, size_t *ret_len)
{
	struct der d = {der, len};
	struct der_element spki;

	if (kind != CW__KIND__KIND_PUBLIC_KEY && skip_to_spki(kind, &d) < 0)
		return -EBADMSG;
	if (der_next(&d, &spki) < 0 || spki.tag != DER_SEQUENCE)
		return -EBADMSG;
	*ret = spki.all.data;
	*ret_len = spki.all.len;
	return 0;
}
