/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509.h"

#include <errno.h>
#include <string.h>

#include "lib/hash.h"
#include "lib/limits.h"
#include "lib/name.h"
#include "lib/x509_part.h"

int x509_bad(struct x509_reader *x, const char *why)
{
	x->why = why;
	return -EBADMSG;
}

int x509_full(struct x509_reader *x)
{
	x->why = "facts exceed the memory for one object";
	return -ENOBUFS;
}

/* The array grows when its length is a power of two from 4 on. */
int x509_add(struct x509_reader *x, char ***list, size_t *n, char *text)
{
	size_t have = *n;
	char **grown = *list;

	if (!text)
		return x509_full(x);
	if (have >= LIMIT_NAMES) {
		x->why = "more names of one kind than the limit";
		return -ENOBUFS;
	}
	if (have == 0 || (have >= 4 && (have & (have - 1)) == 0)) {
		grown = arena_alloc(x->a, (have ? 2 * have : 4) *
					  sizeof(*grown));
		if (!grown)
			return x509_full(x);
		if (have > 0)
			memcpy(grown, *list, have * sizeof(*grown));
	}
	grown[have] = text;
	*list = grown;
	*n = have + 1;
	return 0;
}

int x509_flag(struct x509_reader *x, const char *flag)
{
	for (size_t i = 0; i < x->f->n_flags; i++) {
		if (strcmp(x->f->flags[i], flag) == 0)
			return 0;
	}
	return x509_add(x, &x->f->flags, &x->f->n_flags, X509_TEXT(flag));
}

int x509_oid(struct x509_reader *x, struct der oid, char **ret,
	     size_t *ret_len)
{
	char text[DER_OID_TEXT];
	int n = der_oid_text(oid, text);
	char *copy;

	if (n < 0)
		return x509_bad(x, "X.690 section 8.19: object identifier");
	copy = arena_str(x->a, text, (size_t)n);
	if (!copy)
		return x509_full(x);
	*ret = copy;
	*ret_len = (size_t)n;
	return 0;
}

int x509_sha256(struct x509_reader *x, struct der bytes,
		ProtobufCBinaryData *ret)
{
	uint8_t *hash = arena_alloc(x->a, HASH_SIZE);

	if (!hash)
		return x509_full(x);
	hash_sha256(bytes.data, bytes.len, hash);
	*ret = (ProtobufCBinaryData){HASH_SIZE, hash};
	return 0;
}

int x509_algorithm(struct x509_reader *x, struct der body, struct der *ret_oid,
		   struct der_element *ret_parameters)
{
	struct der_element parameters = {0};

	if (der_take(&body, DER_OID, ret_oid) < 0 ||
	    (body.len > 0 && der_next(&body, &parameters) < 0) || body.len > 0)
		return x509_bad(x, "RFC 5280 section 4.1.1.2: "
				   "AlgorithmIdentifier");
	*ret_parameters = parameters;
	return 0;
}

/* RSASSA-PSS-params ::= SEQUENCE { [0] hashAlgorithm DEFAULT sha1, ... },
 * RFC 4055 section 3.1 */
static int flag_pss_hash(struct x509_reader *x, struct der_element parameters)
{
	static const uint8_t sha1[] = {0x2b, 0x0e, 0x03, 0x02, 0x1a};
	static const uint8_t md5[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02,
				      0x05};
	struct der body = parameters.body, outer, hash, oid;

	if (parameters.all.len == 0 || parameters.tag != DER_SEQUENCE ||
	    der_take(&body, DER_CONTEXT_CONSTRUCTED(0), &outer) < 0)
		return x509_flag(x, "sha1-signature");
	if (der_take(&outer, DER_SEQUENCE, &hash) < 0 ||
	    der_take(&hash, DER_OID, &oid) < 0)
		return x509_flag(x, "bad-signature-algorithm");
	if (der_equal(oid, (struct der){sha1, sizeof(sha1)}))
		return x509_flag(x, "sha1-signature");
	if (der_equal(oid, (struct der){md5, sizeof(md5)}))
		return x509_flag(x, "md5-signature");
	return 0;
}

/* The signature's AlgorithmIdentifier, the outer one. */
static int read_signature_algorithm(struct x509_reader *x, struct der body)
{
	const struct algorithm *s;
	struct der_element parameters;
	struct der oid;
	size_t len = 0;
	int r = x509_algorithm(x, body, &oid, &parameters);

	if (r == 0)
		r = x509_oid(x, oid, &x->f->sig_alg_oid, &len);
	if (r < 0)
		return r;
	s = algorithm_signature(x->f->sig_alg_oid, len);
	x->f->sig_alg = s && s->name ? X509_TEXT(s->name) : x->f->sig_alg_oid;
	x->f->sig_pq_class = X509_TEXT(
		algorithm_class_name(s ? s->class : ALGORITHM_CLASS_NONE));
	if (s && s->name && strcmp(s->name, "rsassaPss") == 0)
		return flag_pss_hash(x, parameters);
	return s && s->flag ? x509_flag(x, s->flag) : 0;
}

static int read_name(struct x509_reader *x, struct der *d, const char *why,
		     struct der *ret_all, char **ret_text)
{
	struct der_element name;
	int r;

	if (der_next(d, &name) < 0 || name.tag != DER_SEQUENCE)
		return x509_bad(x, why);
	r = name_text(name.body, x->a, ret_text);
	if (r < 0)
		return r == -ENOBUFS ? x509_full(x) : x509_bad(x, why);
	*ret_all = name.all;
	return 0;
}

/* A subject that is the issuer's bytes again is not read and hashed again. */
static int read_subject(struct x509_reader *x, struct der *d,
			struct der issuer)
{
	struct der subject;
	int r;

	if (d->len >= issuer.len &&
	    memcmp(d->data, issuer.data, issuer.len) == 0) {
		d->data += issuer.len;
		d->len -= issuer.len;
		x->f->subject = x->f->issuer;
		x->f->subject_der_sha256 = x->f->issuer_der_sha256;
		return 0;
	}
	r = read_name(x, d, "RFC 5280 section 4.1.2.6: subject", &subject,
		      &x->f->subject);
	return r < 0 ? r : x509_sha256(x, subject, &x->f->subject_der_sha256);
}

/* Lower-case hex without the octet that is there for the sign only. */
static int read_serial(struct x509_reader *x, struct der integer, char **ret)
{
	char *text;

	if (integer.len > 1 && integer.data[0] == 0) {
		integer.data++;
		integer.len--;
	}
	text = name_hex(integer, x->a);
	if (!text)
		return x509_full(x);
	*ret = text;
	return 0;
}

/* A Time: 1 and its seconds, 0 where it is flagged as not a date. */
static int read_time(struct x509_reader *x, struct der_element e, int64_t *ret)
{
	int r;

	if (der_time(e.tag, e.body, ret) == 0)
		return 1;
	r = x509_flag(x, "bad-date");
	return r < 0 ? r : 0;
}

static bool is_time(struct der_element e)
{
	return e.tag == DER_UTC_TIME || e.tag == DER_GENERALIZED_TIME;
}

/* Validity ::= SEQUENCE { notBefore Time, notAfter Time } */
static int read_validity(struct x509_reader *x, struct der *d)
{
	struct der_element from, to;
	struct der body;
	int a, b;

	if (der_take(d, DER_SEQUENCE, &body) < 0 ||
	    der_next(&body, &from) < 0 || der_next(&body, &to) < 0 ||
	    body.len > 0 || !is_time(from) || !is_time(to))
		return x509_bad(x, "RFC 5280 section 4.1.2.5: validity");
	a = read_time(x, from, &x->f->not_before);
	b = read_time(x, to, &x->f->not_after);
	if (a < 0 || b < 0)
		return a < 0 ? a : b;
	x->f->has_validity = a && b;
	return 0;
}

/* [1], [2]: unique identifiers, passed over; [3]: extensions. */
static int read_certificate_rest(struct x509_reader *x, struct der d)
{
	struct der unique, explicit, extensions;
	int one = der_take_optional(&d, DER_CONTEXT(1), &unique);
	int two = der_take_optional(&d, DER_CONTEXT(2), &unique);
	int three = der_take_optional(&d, DER_CONTEXT_CONSTRUCTED(3),
				      &explicit);

	if (one < 0 || two < 0)
		return x509_bad(x, "RFC 5280 section 4.1.2.8: unique "
				   "identifiers");
	if (three < 0 || d.len > 0)
		return x509_bad(x, "RFC 5280 section 4.1.2.9: extensions");
	if (three == 0)
		return 0;
	if (der_take(&explicit, DER_SEQUENCE, &extensions) < 0 ||
	    explicit.len > 0)
		return x509_bad(x, "RFC 5280 section 4.1.2.9: extensions");
	return x509_extensions(x, extensions);
}

/* version [0] INTEGER DEFAULT v1, serialNumber INTEGER */
static int read_version_serial(struct x509_reader *x, struct der *d)
{
	struct der explicit, version, serial;
	uint32_t number = 0;
	int r = der_take_optional(d, DER_CONTEXT_CONSTRUCTED(0), &explicit);

	if (r < 0 || (r > 0 && (der_take_integer(&explicit, &version) < 0 ||
				explicit.len > 0)))
		return x509_bad(x, "RFC 5280 section 4.1.2.1: version");
	if (r > 0 && (der_uint32(version, &number) < 0 || number > 2)) {
		r = x509_flag(x, "bad-version");
		if (r < 0)
			return r;
	}
	if (der_take_integer(d, &serial) < 0)
		return x509_bad(x, "RFC 5280 section 4.1.2.2: serialNumber");
	return read_serial(x, serial, &x->f->serial);
}

static int read_tbs_certificate(struct x509_reader *x, struct der d,
				struct der outer_algorithm)
{
	struct der algorithm, issuer;
	struct der_element spki;
	int r = read_version_serial(x, &d);

	if (r < 0)
		return r;
	if (der_take(&d, DER_SEQUENCE, &algorithm) < 0)
		return x509_bad(x, "RFC 5280 section 4.1.2.3: signature");
	r = der_equal(algorithm, outer_algorithm) ? 0 :
	    x509_flag(x, "signature-algorithm-mismatch");
	if (r == 0)
		r = read_name(x, &d, "RFC 5280 section 4.1.2.4: issuer",
			      &issuer, &x->f->issuer);
	if (r == 0)
		r = x509_sha256(x, issuer, &x->f->issuer_der_sha256);
	if (r == 0)
		r = read_validity(x, &d);
	if (r == 0)
		r = read_subject(x, &d, issuer);
	if (r < 0)
		return r;
	if (der_next(&d, &spki) < 0 || spki.tag != DER_SEQUENCE)
		return x509_bad(x, "RFC 5280 section 4.1.2.7: "
				   "subjectPublicKeyInfo");
	r = x509_spki(x, spki);
	return r < 0 ? r : read_certificate_rest(x, d);
}

/* Names are equal as text: string types and encodings may differ. */
static bool is_self_signed(const Cw__Facts *f)
{
	if (f->subject != f->issuer && strcmp(f->subject, f->issuer) != 0)
		return false;
	return f->ski.len == 0 || f->aki.len == 0 ||
	       (f->ski.len == f->aki.len &&
		memcmp(f->ski.data, f->aki.data, f->ski.len) == 0);
}

static void set_role(Cw__Facts *f)
{
	f->self_signed = is_self_signed(f);
	if (f->is_ca)
		f->role = X509_TEXT(f->self_signed ? "root" : "intermediate");
	else
		f->role = X509_TEXT(f->self_signed ? "self-signed-leaf" :
						     "leaf");
}

/* What certificate, CSR and CRL have in common: SEQUENCE { what is signed
 * SEQUENCE, AlgorithmIdentifier, BIT STRING }.  Reads the last two. */
static int read_signed(struct x509_reader *x, struct der der, const char *why,
		       struct der *ret_tbs, struct der *ret_algorithm)
{
	struct der body, signature;
	unsigned int unused = 0;

	if (der_take(&der, DER_SEQUENCE, &body) < 0)
		return x509_bad(x, why);
	if (der.len > 0)
		return x509_bad(x, "bytes after the object's end");
	if (der_take(&body, DER_SEQUENCE, ret_tbs) < 0 ||
	    der_take(&body, DER_SEQUENCE, ret_algorithm) < 0 ||
	    der_take_bit_string(&body, &signature, &unused) < 0 || body.len > 0)
		return x509_bad(x, why);
	return read_signature_algorithm(x, *ret_algorithm);
}

static int read_certificate(struct x509_reader *x, struct der der)
{
	struct der tbs, algorithm;
	int r = read_signed(x, der, "RFC 5280 section 4.1: Certificate", &tbs,
			    &algorithm);

	if (r == 0)
		r = read_tbs_certificate(x, tbs, algorithm);
	if (r == 0)
		set_role(x->f);
	return r;
}

/* [0] Attributes: the extensions that are asked for, RFC 2985 section 5.4.2,
 * or as Microsoft's tools ask (1.3.6.1.4.1.311.2.1.14).  To OpenSSL they are
 * values like any other, so that a malformed one leaves the CSR readable. */
static int read_attribute(struct x509_reader *x, struct der attribute)
{
	static const uint8_t pkcs9[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
					0x01, 0x09, 0x0e};
	static const uint8_t microsoft[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0x82,
					    0x37, 0x02, 0x01, 0x0e};
	struct der oid, values, extensions;
	int r;

	if (der_take(&attribute, DER_OID, &oid) < 0 ||
	    der_take(&attribute, DER_SET, &values) < 0)
		return x509_bad(x, "RFC 2986 section 4.1: attribute");
	if (!der_equal(oid, (struct der){pkcs9, sizeof(pkcs9)}) &&
	    !der_equal(oid, (struct der){microsoft, sizeof(microsoft)}))
		return 0;
	if (der_take(&values, DER_SEQUENCE, &extensions) < 0)
		return x509_flag(x, "bad-extension");
	r = x509_extensions(x, extensions);
	return r == -EBADMSG ? x509_flag(x, "bad-extension") : r;
}

static int read_attributes(struct x509_reader *x, struct der d)
{
	struct der attributes;
	int r = der_take_optional(&d, DER_CONTEXT_CONSTRUCTED(0), &attributes);

	if (r < 0 || d.len > 0)
		return x509_bad(x, "RFC 2986 section 4.1: attributes");
	while (r > 0 && attributes.len > 0) {
		struct der attribute;

		if (der_take(&attributes, DER_SEQUENCE, &attribute) < 0)
			return x509_bad(x, "RFC 2986 section 4.1: attribute");
		r = read_attribute(x, attribute);
		if (r < 0)
			return r;
		r = 1;
	}
	return 0;
}

/* CertificationRequestInfo ::= SEQUENCE { version INTEGER, subject Name,
 * subjectPKInfo SubjectPublicKeyInfo, attributes [0] Attributes } */
static int read_csr(struct x509_reader *x, struct der der)
{
	struct der tbs, algorithm, version, subject;
	struct der_element spki;
	int r = read_signed(x, der, "RFC 2986 section 4.2: "
				    "CertificationRequest", &tbs, &algorithm);

	if (r < 0)
		return r;
	if (der_take_integer(&tbs, &version) < 0)
		return x509_bad(x, "RFC 2986 section 4.1: version");
	r = read_name(x, &tbs, "RFC 2986 section 4.1: subject", &subject,
		      &x->f->subject);
	if (r == 0)
		r = x509_sha256(x, subject, &x->f->subject_der_sha256);
	if (r < 0)
		return r;
	if (der_next(&tbs, &spki) < 0 || spki.tag != DER_SEQUENCE)
		return x509_bad(x, "RFC 2986 section 4.1: subjectPKInfo");
	r = x509_spki(x, spki);
	return r < 0 ? r : read_attributes(x, tbs);
}

/* revokedCertificates SEQUENCE OF SEQUENCE { INTEGER, Time, ... } OPTIONAL:
 * counted. */
static int count_revoked(struct x509_reader *x, struct der *d)
{
	struct der list, entry, serial;
	struct der_element date;
	int r = der_take_optional(d, DER_SEQUENCE, &list);

	if (r < 0)
		return x509_bad(x, "RFC 5280 section 5.1.2.6: "
				   "revokedCertificates");
	while (r > 0 && list.len > 0) {
		if (der_take(&list, DER_SEQUENCE, &entry) < 0 ||
		    der_take_integer(&entry, &serial) < 0 ||
		    der_next(&entry, &date) < 0 || !is_time(date))
			return x509_bad(x, "RFC 5280 section 5.1.2.6: "
					   "revokedCertificates");
		x->f->crl_entries++;
	}
	return 0;
}

/* thisUpdate Time, nextUpdate Time OPTIONAL */
static int read_updates(struct x509_reader *x, struct der *d)
{
	struct der_element from, to;
	int a, b;

	if (der_next(d, &from) < 0 || !is_time(from))
		return x509_bad(x, "RFC 5280 section 5.1.2.4: thisUpdate");
	a = read_time(x, from, &x->f->not_before);
	if (a < 0)
		return a;
	if (!der_is_next(d, DER_UTC_TIME) &&
	    !der_is_next(d, DER_GENERALIZED_TIME))
		return x509_flag(x, "no-next-update");
	if (der_next(d, &to) < 0)
		return x509_bad(x, "RFC 5280 section 5.1.2.5: nextUpdate");
	b = read_time(x, to, &x->f->not_after);
	if (b < 0)
		return b;
	x->f->has_validity = a && b;
	return 0;
}

static int read_crl_extensions(struct x509_reader *x, struct der d)
{
	struct der explicit, extensions;
	int r = der_take_optional(&d, DER_CONTEXT_CONSTRUCTED(0), &explicit);

	if (r < 0 || d.len > 0)
		return x509_bad(x, "RFC 5280 section 5.1.2.7: crlExtensions");
	if (r == 0)
		return 0;
	if (der_take(&explicit, DER_SEQUENCE, &extensions) < 0 ||
	    explicit.len > 0)
		return x509_bad(x, "RFC 5280 section 5.1.2.7: crlExtensions");
	return x509_extensions(x, extensions);
}

/* TBSCertList, RFC 5280 section 5.1 */
static int read_crl(struct x509_reader *x, struct der der)
{
	struct der tbs, outer, inner, version, issuer;
	int r = read_signed(x, der, "RFC 5280 section 5.1: CertificateList",
			    &tbs, &outer);

	if (r < 0)
		return r;
	if (der_is_next(&tbs, DER_INTEGER) &&
	    der_take_integer(&tbs, &version) < 0)
		return x509_bad(x, "RFC 5280 section 5.1.2.1: version");
	if (der_take(&tbs, DER_SEQUENCE, &inner) < 0)
		return x509_bad(x, "RFC 5280 section 5.1.2.2: signature");
	r = der_equal(inner, outer) ? 0 :
	    x509_flag(x, "signature-algorithm-mismatch");
	if (r == 0)
		r = read_name(x, &tbs, "RFC 5280 section 5.1.2.3: issuer",
			      &issuer, &x->f->issuer);
	if (r == 0)
		r = x509_sha256(x, issuer, &x->f->issuer_der_sha256);
	if (r == 0)
		r = read_updates(x, &tbs);
	if (r == 0)
		r = count_revoked(x, &tbs);
	return r < 0 ? r : read_crl_extensions(x, tbs);
}

static int read_public_key(struct x509_reader *x, struct der der)
{
	struct der_element spki;

	if (der_next(&der, &spki) < 0 || spki.tag != DER_SEQUENCE)
		return x509_bad(x, "RFC 5280 section 4.1.2.7: "
				   "SubjectPublicKeyInfo");
	if (der.len > 0)
		return x509_bad(x, "bytes after the object's end");
	return x509_spki(x, spki);
}

static int read_object(int (*read)(struct x509_reader *x, struct der der),
		       struct der der, struct arena *a, Cw__Facts *ret,
		       const char **ret_why)
{
	Cw__Facts f = CW__FACTS__INIT;
	struct x509_reader x = {.a = a, .f = &f};
	int r = read(&x, der);

	if (r < 0)
		*ret_why = x.why;
	else
		*ret = f;
	return r;
}

int x509_certificate(const uint8_t *der, size_t len, struct arena *a,
		     Cw__Facts *ret, const char **ret_why)
{
	return read_object(read_certificate, (struct der){der, len}, a, ret,
			   ret_why);
}

int x509_csr(const uint8_t *der, size_t len, struct arena *a, Cw__Facts *ret,
	     const char **ret_why)
{
	return read_object(read_csr, (struct der){der, len}, a, ret, ret_why);
}

int x509_crl(const uint8_t *der, size_t len, struct arena *a, Cw__Facts *ret,
	     const char **ret_why)
{
	return read_object(read_crl, (struct der){der, len}, a, ret, ret_why);
}

int x509_public_key(const uint8_t *der, size_t len, struct arena *a,
		    Cw__Facts *ret, const char **ret_why)
{
	return read_object(read_public_key, (struct der){der, len}, a, ret,
			   ret_why);
}

int x509_facts(Cw__Kind kind, const uint8_t *der, size_t len, struct arena *a,
	       Cw__Facts *ret, const char **ret_why)
{
	switch (kind) {
	case CW__KIND__KIND_CERTIFICATE:
		return x509_certificate(der, len, a, ret, ret_why);
	case CW__KIND__KIND_CSR:
		return x509_csr(der, len, a, ret, ret_why);
	case CW__KIND__KIND_CRL:
		return x509_crl(der, len, a, ret, ret_why);
	case CW__KIND__KIND_PUBLIC_KEY:
		return x509_public_key(der, len, a, ret, ret_why);
	default:
		*ret_why = "not a kind that is read from DER";
		return -ENOTSUP;
	}
}

size_t x509_der_length(const uint8_t *der, size_t len)
{
	return der_length(der, len);
}

/* Octets of an element's header with a one-octet tag. */
static size_t header_size(uint8_t length)
{
	return length < 0x80 ? 2 : 2u + (length & 0x7f);
}

/* SEQUENCE, SEQUENCE, then [0] (version) or INTEGER (a serial, version 1). */
bool x509_looks_like_certificate(const uint8_t *der, size_t len)
{
	size_t at;

	if (len < 12 || der[0] != DER_SEQUENCE)
		return false;
	at = header_size(der[1]);
	if (at + 2 > len || der[at] != DER_SEQUENCE)
		return false;
	at += header_size(der[at + 1]);
	return at < len && (der[at] == DER_CONTEXT_CONSTRUCTED(0) ||
			    der[at] == DER_INTEGER);
}
