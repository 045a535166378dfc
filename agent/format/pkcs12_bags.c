/* SPDX-License-Identifier: Apache-2.0 */
/* The bags of a PKCS#12 file, plain and decrypted, as one list. */
#include <errno.h>

#include "agent/format/pkcs12.h"
#include "lib/limits.h"

#define BAGS "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01"
/* 2.16.840.1.113894.746875.1.1, by which Java marks a trusted certificate */
#define ORACLE_TRUSTED "\x60\x86\x48\x01\x86\xf9\x66\xad\xca\x7b\x01\x01"

/* bags inside bags: RFC 7292 section 4.2.6 allows any, hardly any has them */
#define SAFE_DEPTH 4

/* BMPString to UTF-8; surrogate pairs are joined by nobody who writes these. */
static struct ber from_utf16(struct pkcs12 *s, struct ber wide)
{
	uint8_t *text = arena_alloc(&s->store.arena, wide.left / 2 * 3 + 1);
	size_t n = 0;

	for (size_t i = 0; text && i + 1 < wide.left; i += 2) {
		unsigned int c = (unsigned int)wide.p[i] << 8 | wide.p[i + 1];

		if (c < 0x80) {
			text[n++] = (uint8_t)c;
		} else if (c < 0x800) {
			text[n++] = (uint8_t)(0xc0 | c >> 6);
			text[n++] = (uint8_t)(0x80 | (c & 0x3f));
		} else {
			text[n++] = (uint8_t)(0xe0 | c >> 12);
			text[n++] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
			text[n++] = (uint8_t)(0x80 | (c & 0x3f));
		}
	}
	return ber_of(text, n);
}

/* RFC 7292 section 4.2: bagAttributes; what is broken there is left out */
static void read_attributes(struct pkcs12 *s, struct ber set,
			    struct pkcs12_bag *bag)
{
	struct ber attribute = { 0 };
	struct ber oid = { 0 };
	struct ber values = { 0 };
	struct ber value = { 0 };

	while (ber_enter(&set, BER_SEQUENCE, &attribute) == 0) {
		if (ber_enter(&attribute, BER_OID, &oid) < 0 ||
		    ber_enter(&attribute, BER_SET, &values) < 0)
			continue;
		if (BER_IS(&oid, ORACLE_TRUSTED))
			bag->trusted = true;
		else if (BER_IS(&oid, PKCS12_PKCS9 "\x14") &&
			 ber_enter(&values, BER_BMPSTRING, &value) == 0)
			bag->name = from_utf16(s, value);
		else if (BER_IS(&oid, PKCS12_PKCS9 "\x15") &&
			 ber_enter(&values, BER_OCTETS, &value) == 0)
			bag->id = value;
	}
}

/* CertBag and CRLBag: a type and, in [0], the DER as an OCTET STRING */
static int unwrap(struct pkcs12 *s, struct pkcs12_bag *bag, const char *type)
{
	struct ber content = bag->value;
	struct ber oid = { 0 };
	struct ber_item octets = { 0 };

	if (ber_enter(&content, BER_SEQUENCE, &content) < 0 ||
	    ber_enter(&content, BER_OID, &oid) < 0 ||
	    ber_enter(&content, PKCS12_CONTEXT0, &content) < 0 ||
	    ber_next(&content, &octets) < 0)
		return -EBADMSG;
	if (!ber_equal(&oid, type, sizeof(PKCS12_PKCS9) + 1))
		return emit_gap(s->e, CW__GAP_KIND__GAP_UNSUPPORTED,
				"bag %u: neither X.509 certificate nor CRL",
				s->bags);
	return ber_octets(&octets, &s->store.arena, &bag->value);
}

static int read_bag(struct pkcs12 *s, struct ber content, bool encrypted,
		    struct pkcs12_bag *bag)
{
	struct ber oid = { 0 };
	struct ber set = { 0 };

	if (ber_enter(&content, BER_OID, &oid) < 0 ||
	    ber_enter(&content, PKCS12_CONTEXT0, &bag->value) < 0)
		return -EBADMSG;
	if (oid.left == sizeof(BAGS) &&
	    ber_equal(&(struct ber){ oid.p, oid.left - 1 }, BAGS,
		      sizeof(BAGS) - 1))
		bag->kind = oid.p[oid.left - 1];
	if (ber_enter(&content, BER_SET, &set) == 0)
		read_attributes(s, set, bag);
	bag->encrypted = encrypted || bag->kind == PKCS12_SHROUDED;
	if (bag->kind == PKCS12_CERTIFICATE)
		return unwrap(s, bag, PKCS12_PKCS9 "\x16\x01");
	if (bag->kind == PKCS12_CRL)
		return unwrap(s, bag, PKCS12_PKCS9 "\x17\x01");
	return 0;
}

/* RFC 7292 section 4.2: SafeContents, header included */
static int read_contents(struct pkcs12 *s, struct ber contents, bool encrypted,
			 unsigned int depth)
{
	struct ber content = { 0 };
	int r = 0;

	if (depth > SAFE_DEPTH)
		return emit_gap(s->e, CW__GAP_KIND__GAP_TOO_LARGE,
				"bags nested deeper than %d levels",
				SAFE_DEPTH);
	if (ber_enter(&contents, BER_SEQUENCE, &contents) < 0)
		return -EBADMSG;
	while (r == 0 && contents.left > 0) {
		struct pkcs12_bag *bag = NULL;

		if (ber_enter(&contents, BER_SEQUENCE, &content) < 0)
			return -EBADMSG;
		bag = arena_alloc(&s->store.arena, sizeof(*bag));
		if (!bag)
			return -ENOMEM;
		s->bags++;
		r = read_bag(s, content, encrypted, bag);
		if (r == 0 && bag->kind == PKCS12_SAFE) {
			r = read_contents(s, bag->value, encrypted, depth + 1);
		} else if (r == 0) {
			*s->last = bag;
			s->last = &bag->next;
		}
	}
	return r;
}

/* RFC 5652 section 8: EncryptedData, as in [0] of its ContentInfo */
static int read_encrypted(struct pkcs12 *s, struct ber content)
{
	struct ber_item algorithm = { 0 };
	struct ber_item octets = { 0 };
	struct ber type = { 0 };
	struct ber in = { 0 };
	struct ber out = { 0 };
	uint64_t version = 0;
	int r = 0;

	if (ber_enter(&content, BER_SEQUENCE, &content) < 0 ||
	    ber_unsigned(&content, &version) < 0 ||
	    ber_enter(&content, BER_SEQUENCE, &content) < 0 ||
	    ber_enter(&content, BER_OID, &type) < 0 ||
	    ber_take(&content, BER_SEQUENCE, &algorithm) < 0 ||
	    ber_next(&content, &octets) < 0 ||
	    (octets.tag & 0xdf) != BER_CONTEXT)
		return -EBADMSG;
	r = ber_octets(&octets, &s->store.arena, &in);
	if (r < 0)
		return r;
	r = pkcs12_decrypt(s, &algorithm.whole, &in, &out);
	if (r < 0)
		return pkcs12_locked(s, "encrypted part", r);
	return read_contents(s, out, true, 0);
}

static int read_plain(struct pkcs12 *s, struct ber content)
{
	struct ber_item octets = { 0 };
	struct ber in = { 0 };
	int r = 0;

	if (ber_next(&content, &octets) < 0)
		return -EBADMSG;
	r = ber_octets(&octets, &s->store.arena, &in);
	return r < 0 ? r : read_contents(s, in, false, 0);
}

int pkcs12_read_safes(struct pkcs12 *s, struct ber safes)
{
	struct ber info = { 0 };
	struct ber oid = { 0 };
	struct ber content = { 0 };
	int r = 0;

	if (ber_enter(&safes, BER_SEQUENCE, &safes) < 0)
		return -EBADMSG;
	while (r == 0 && safes.left > 0) {
		if (ber_enter(&safes, BER_SEQUENCE, &info) < 0 ||
		    ber_enter(&info, BER_OID, &oid) < 0 ||
		    ber_enter(&info, PKCS12_CONTEXT0, &content) < 0)
			return -EBADMSG;
		if (BER_IS(&oid, PKCS12_PKCS7 "\x01"))
			r = read_plain(s, content);
		else if (BER_IS(&oid, PKCS12_PKCS7 "\x06"))
			r = read_encrypted(s, content);
		else
			r = emit_gap(s->e, CW__GAP_KIND__GAP_LOCKED,
				     "a part is encrypted to a public key or "
				     "of unknown type (RFC 7292 section 4.1)");
	}
	return r;
}
