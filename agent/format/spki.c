/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/format/spki.h"

#include <errno.h>
#include <string.h>

#define NUMBER_MAX 8192	/* bytes: no key in use comes near */

enum { INTEGER = 0x02, BITS = 0x03, OID = 0x06, SEQUENCE = 0x30 };

static const struct curve {
	const char *ssh;	/* "" where SSH has none */
	const char *jwk;
	size_t bytes;		/* of a coordinate, or of the whole key */
	bool pair;		/* a point of two coordinates */
	uint8_t oid[10];
	uint8_t oid_len;
} curves[] = {
	{"nistp256", "P-256", 32, true,
	 {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07}, 8},
	{"nistp384", "P-384", 48, true, {0x2b, 0x81, 0x04, 0x00, 0x22}, 5},
	{"nistp521", "P-521", 66, true, {0x2b, 0x81, 0x04, 0x00, 0x23}, 5},
	{"", "secp256k1", 32, true, {0x2b, 0x81, 0x04, 0x00, 0x0a}, 5},
	{"", "X25519", 32, false, {0x2b, 0x65, 0x6e}, 3},
	{"", "X448", 56, false, {0x2b, 0x65, 0x6f}, 3},
	{"ssh-ed25519", "Ed25519", 32, false, {0x2b, 0x65, 0x70}, 3},
	{"ssh-ed448", "Ed448", 57, false, {0x2b, 0x65, 0x71}, 3},
};

static bool is_named(struct spki_part p, const char *name)
{
	return *name && p.len == strlen(name) &&
	       memcmp(p.data, name, p.len) == 0;
}

static const struct curve *find_curve(struct spki_part name, bool pair)
{
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
		const struct curve *c = &curves[i];

		if (c->pair == pair &&
		    (is_named(name, c->ssh) || is_named(name, c->jwk)))
			return c;
	}
	return NULL;
}

/* Puts a header before all that was appended since ${from}. */
static void wrap(struct buf *b, size_t from, uint8_t tag)
{
	size_t len = b->len - from, n = 2;
	uint8_t header[5] = {tag, (uint8_t)len};

	if (len >= 0x10000) {
		b->failed = true;
		return;
	}
	if (len >= 0x100) {
		header[1] = 0x82;
		header[2] = (uint8_t)(len >> 8);
		header[3] = (uint8_t)len;
		n = 4;
	} else if (len >= 0x80) {
		header[1] = 0x81;
		header[2] = (uint8_t)len;
		n = 3;
	}
	if (buf_add(b, header, n) < 0)
		return;
	memmove(b->data + from + n, b->data + from, len);
	memcpy(b->data + from, header, n);
}

static void add_number(struct buf *b, struct spki_part p)
{
	size_t from = b->len;

	while (p.len > 1 && p.data[0] == 0) {
		p.data++;
		p.len--;
	}
	if (p.data[0] & 0x80)
		buf_addch(b, 0);
	buf_add(b, p.data, p.len);
	wrap(b, from, INTEGER);
}

static void add_oid(struct buf *b, const uint8_t *oid, size_t len)
{
	size_t from = b->len;

	buf_add(b, oid, len);
	wrap(b, from, OID);
}

static bool valid_number(struct spki_part p)
{
	while (p.len > 0 && p.data[0] == 0) {
		p.data++;
		p.len--;
	}
	return p.len > 0 && p.len <= NUMBER_MAX;
}

static int finish(struct buf *out, size_t from, size_t bits)
{
	if (!out->failed)
		wrap(out, bits, BITS);
	if (!out->failed)
		wrap(out, from, SEQUENCE);
	return out->failed ? -ENOBUFS : 0;
}

int spki_rsa(struct buf *out, struct spki_part modulus,
	     struct spki_part exponent)
{
	static const uint8_t algorithm[] = {0x30, 0x0d, 0x06, 0x09, 0x2a,
					    0x86, 0x48, 0x86, 0xf7, 0x0d,
					    0x01, 0x01, 0x01, 0x05, 0x00};
	size_t from = out->len, bits = from + sizeof(algorithm);

	if (!valid_number(modulus) || !valid_number(exponent))
		return -EBADMSG;
	buf_add(out, algorithm, sizeof(algorithm));
	buf_addch(out, 0);
	add_number(out, modulus);
	add_number(out, exponent);
	if (!out->failed)
		wrap(out, bits + 1, SEQUENCE);
	return finish(out, from, bits);
}

int spki_dsa(struct buf *out, const struct spki_part number[static 4])
{
	static const uint8_t oid[] = {0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01};
	size_t from = out->len, at = 0;

	for (size_t i = 0; i < 4; i++) {
		if (!valid_number(number[i]))
			return -EBADMSG;
	}
	add_oid(out, oid, sizeof(oid));
	at = out->len;
	for (size_t i = 0; i < 3; i++)
		add_number(out, number[i]);
	wrap(out, at, SEQUENCE);
	if (!out->failed)
		wrap(out, from, SEQUENCE);
	at = out->len;
	buf_addch(out, 0);
	add_number(out, number[3]);
	return finish(out, from, at);
}

static int ec_point(struct buf *out, const struct curve *c, struct spki_part x,
		    struct spki_part y)
{
	static const uint8_t oid[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
	size_t from = out->len, bits;

	add_oid(out, oid, sizeof(oid));
	add_oid(out, c->oid, c->oid_len);
	wrap(out, from, SEQUENCE);
	bits = out->len;
	buf_add(out, (const uint8_t[]){0, 4}, 2);
	buf_add(out, x.data, x.len);
	buf_add(out, y.data, y.len);
	return finish(out, from, bits);
}

int spki_ec(struct buf *out, struct spki_part curve, struct spki_part point)
{
	const struct curve *c = find_curve(curve, true);

	if (!c || point.len != 1 + 2 * c->bytes || point.data[0] != 4)
		return -EBADMSG;
	return ec_point(out, c, (struct spki_part){point.data + 1, c->bytes},
			(struct spki_part){point.data + 1 + c->bytes,
					   c->bytes});
}

int spki_ec_xy(struct buf *out, struct spki_part curve, struct spki_part x,
	       struct spki_part y)
{
	const struct curve *c = find_curve(curve, true);

	if (!c || x.len != c->bytes || y.len != c->bytes)
		return -EBADMSG;
	return ec_point(out, c, x, y);
}

int spki_okp(struct buf *out, struct spki_part curve, struct spki_part key)
{
	const struct curve *c = find_curve(curve, false);
	size_t from = out->len, bits;

	if (!c || key.len != c->bytes)
		return -EBADMSG;
	add_oid(out, c->oid, c->oid_len);
	wrap(out, from, SEQUENCE);
	bits = out->len;
	buf_addch(out, 0);
	buf_add(out, key.data, key.len);
	return finish(out, from, bits);
}
