/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/token/public_key.h"

#include <errno.h>
#include <string.h>

#include "agent/format/nss_key.h"
#include "agent/format/spki.h"
#include "lib/der.h"
#include "lib/limits.h"

/* of version 3.0, which p11-kit's header of Debian 12 lacks */
#define KEY_EDWARDS 0x40UL
#define KEY_MONTGOMERY 0x41UL
#define PUBLIC_KEY_INFO 0x129UL

#define PARTS 4

struct parts {
	struct buf part[PARTS];
};

static int get(const struct object *o, struct parts *p,
	       const CK_ATTRIBUTE_TYPE *types, size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		r = attribute_bytes(o, types[i], &p->part[i]);
		if (r == 0 && p->part[i].len == 0)
			r = -ENOENT;
	}
	return r < 0 ? -ENOTSUP : 0;
}

static struct ber as_ber(const struct buf *b)
{
	return (struct ber){.p = b->data, .left = b->len};
}

static struct spki_part as_part(const struct buf *b)
{
	return (struct spki_part){b->data, b->len};
}

static int rsa(const struct object *o, struct parts *p, struct buf *out)
{
	static const CK_ATTRIBUTE_TYPE types[] = {CKA_MODULUS,
						  CKA_PUBLIC_EXPONENT};

	return get(o, p, types, 2) < 0
		       ? -ENOTSUP
		       : spki_rsa(out, as_part(&p->part[0]),
				  as_part(&p->part[1]));
}

static int dsa(const struct object *o, struct parts *p, struct buf *out)
{
	static const CK_ATTRIBUTE_TYPE types[] = {CKA_PRIME, CKA_SUBPRIME,
						  CKA_BASE, CKA_VALUE};
	struct spki_part numbers[PARTS];

	/* of a private key, CKA_VALUE is the secret */
	if (get(o, p, types, PARTS) < 0)
		return -ENOTSUP;
	for (size_t i = 0; i < PARTS; i++)
		numbers[i] = as_part(&p->part[i]);
	return spki_dsa(out, numbers);
}

static int ec(const struct object *o, struct parts *p, struct buf *out)
{
	static const CK_ATTRIBUTE_TYPE types[] = {CKA_EC_PARAMS, CKA_EC_POINT};
	struct nss_key key = {.type = CKK_EC};

	if (get(o, p, types, 2) < 0)
		return -ENOTSUP;
	key.ec_params = as_ber(&p->part[0]);
	key.ec_point = as_ber(&p->part[1]);
	return nss_key_spki(&key, out);
}

/* The parameters are a curve's name or OID; the size tells it as well.  The
 * point is raw or in an OCTET STRING. */
static int edwards(const struct object *o, struct parts *p, bool montgomery,
		   struct buf *out)
{
	static const CK_ATTRIBUTE_TYPE type = CKA_EC_POINT;
	struct spki_part point;
	struct der d, inner = {0};
	const char *curve = "";

	if (get(o, p, &type, 1) < 0)
		return -ENOTSUP;
	point = as_part(&p->part[0]);
	d = (struct der){point.data, point.len};
	if (point.len != 32 && point.len != 56 && point.len != 57 &&
	    der_take(&d, DER_OCTET_STRING, &inner) == 0 && d.len == 0)
		point = (struct spki_part){inner.data, inner.len};
	if (point.len == 32)
		curve = montgomery ? "X25519" : "Ed25519";
	else if (point.len == (montgomery ? 56 : 57))
		curve = montgomery ? "X448" : "Ed448";
	return spki_okp(out, (struct spki_part){(const uint8_t *)curve,
						strlen(curve)}, point);
}

static int from_parts(const struct object *o, CK_ULONG type, bool is_private,
		      struct parts *p, struct buf *out)
{
	switch (type) {
	case CKK_RSA:
		return rsa(o, p, out);
	case CKK_DSA:
		return is_private ? -ENOTSUP : dsa(o, p, out);
	case CKK_EC:
		return ec(o, p, out);
	case KEY_EDWARDS:
	case KEY_MONTGOMERY:
		return edwards(o, p, type == KEY_MONTGOMERY, out);
	default:
		return -ENOTSUP;
	}
}

int public_key_spki(const struct object *o, struct buf *out)
{
	CK_ULONG class = CKO_PRIVATE_KEY, type = 0;
	struct parts p;
	int r;

	for (size_t i = 0; i < PARTS; i++)
		buf_init(&p.part[i], LIMIT_TOKEN_ATTRIBUTE);
	r = attribute_bytes(o, PUBLIC_KEY_INFO, &p.part[0]);
	if (r == 0 && p.part[0].len > 0) {
		r = buf_add(out, p.part[0].data, p.part[0].len);
	} else {
		r = attribute_number(o, CKA_KEY_TYPE, &type);
		if (r == 0)
			r = attribute_number(o, CKA_CLASS, &class);
		if (r == 0)
			r = from_parts(o, type, class != CKO_PUBLIC_KEY, &p,
				       out);
	}
	for (size_t i = 0; i < PARTS; i++)
		buf_free(&p.part[i]);
	return r < 0 ? -ENOTSUP : 0;
}

int public_key_of_certificate(const uint8_t *der, size_t len,
			      const uint8_t **ret, size_t *ret_len)
{
	struct der d = {der, len}, tbs = {0}, version = {0}, serial = {0};
	struct der_element e = {0};

	if (der_take(&d, DER_SEQUENCE, &d) < 0 ||
	    der_take(&d, DER_SEQUENCE, &tbs) < 0 ||
	    der_take_optional(&tbs, DER_CONTEXT_CONSTRUCTED(0), &version) < 0 ||
	    der_take(&tbs, DER_INTEGER, &serial) < 0)
		return -EBADMSG;
	/* signature, issuer, validity, subject, subjectPublicKeyInfo */
	for (int i = 0; i < 5; i++) {
		if (der_next(&tbs, &e) < 0 || e.tag != DER_SEQUENCE)
			return -EBADMSG;
	}
	*ret = e.all.data;
	*ret_len = e.all.len;
	return 0;
}
