/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "agent/format/ber.h"
#include "agent/format/format.h"
#include "agent/format/keystore.h"
#include "lib/limits.h"

/* 1.2.840.113549.1.7 and 1.2.840.113549.1.9.16.1 */
#define PKCS7 "\x2a\x86\x48\x86\xf7\x0d\x01\x07"
#define SMIME_CT "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01"

#define CLASS_CONTEXT(n) (0xa0 + (n))

struct content_type {
	const char *oid;
	size_t len;
	const char *name;
	unsigned int before;	/* elements between version and the sets */
	bool has_certificates;
	bool encrypted;
};

/* RFC 5652, RFC 2315 and RFC 5083 */
#define TYPE(o, ...) { .oid = (o), .len = sizeof(o) - 1, __VA_ARGS__ }
static const struct content_type content_types[] = {
	TYPE(PKCS7 "\x02", .name = "SignedData", .before = 2,
	     .has_certificates = true),
	TYPE(PKCS7 "\x03", .name = "EnvelopedData", .encrypted = true),
	TYPE(PKCS7 "\x04", .name = "SignedAndEnvelopedData", .before = 3,
	     .has_certificates = true, .encrypted = true),
	TYPE(PKCS7 "\x05", .name = "DigestedData"),
	TYPE(PKCS7 "\x06", .name = "EncryptedData", .encrypted = true),
	TYPE(SMIME_CT "\x02", .name = "AuthenticatedData", .encrypted = true),
	TYPE(SMIME_CT "\x09", .name = "CompressedData"),
	TYPE(SMIME_CT "\x17", .name = "AuthEnvelopedData", .encrypted = true),
};

static const struct content_type *find_type(const struct ber *oid)
{
	size_t n = sizeof(content_types) / sizeof(content_types[0]);

	for (size_t i = 0; i < n; i++)
		if (ber_equal(oid, content_types[i].oid, content_types[i].len))
			return &content_types[i];
	return NULL;
}

static enum format_verdict sniff(const uint8_t *head, size_t len, uint64_t size,
				 const char *name)
{
	size_t header = 2;
	struct ber b = { 0 };
	struct ber oid = { 0 };

	(void)size;
	(void)name;
	if (len < 4 || head[0] != BER_SEQUENCE)
		return FORMAT_NO;
	/* the length may exceed the first block: only its octets are skipped */
	if (head[1] > 0x80)
		header += head[1] & 0x7f;
	if (header >= len)
		return FORMAT_NO;
	b = ber_of(head + header, len - header);
	if (ber_enter(&b, BER_OID, &oid) < 0 || !find_type(&oid))
		return FORMAT_NO;
	return FORMAT_YES;
}

static int emit_crl(struct emit *e, const char *entry, const struct ber *der)
{
	const char *why = "";
	int r = emit_object(e, CW__KIND__KIND_CRL, entry, der->p, der->left,
			    NULL, &why);

	if (r == -EBADMSG)
		return emit_gap(e, CW__GAP_KIND__GAP_MALFORMED, "CRL %s: %s",
				entry, why);
	return r;
}

/* RFC 5652 sections 10.2.1 and 10.2.2: one member of either set */
static int emit_choice(struct emit *e, Cw__Kind kind,
		       const struct ber_item *item, const char *entry)
{
	if (item->tag != BER_SEQUENCE)
		return emit_gap(e, CW__GAP_KIND__GAP_UNSUPPORTED,
				"%s: neither X.509 certificate nor CRL (RFC "
				"5652 section 10.2: choice [%d])", entry,
				item->tag & 0x1f);
	if (kind == CW__KIND__KIND_CRL)
		return emit_crl(e, entry, &item->whole);
	return keystore_certificate(e, entry, item->whole.p, item->whole.left,
				    NULL);
}

static int emit_set(struct emit *e, struct ber *set, Cw__Kind kind)
{
	struct ber_item item = { 0 };
	struct arena a;
	unsigned int n = 0;
	int r = 0;

	arena_init(&a, KIB(4));
	while (r == 0 && set->left > 0) {
		const char *entry = keystore_entry(&a, "", 0, ++n);

		if (!entry)
			r = -ENOMEM;
		else if (ber_next(set, &item) < 0)
			break;
		else
			r = emit_choice(e, kind, &item, entry);
		arena_reset(&a);
	}
	if (r == 0 && set->left > 0)
		r = emit_gap(e, CW__GAP_KIND__GAP_MALFORMED,
			     "RFC 5652 section 10.2: member %u is cut off or "
			     "no DER", n);
	arena_free(&a);
	return r;
}

/* RFC 5652 section 5.1; the sets precede the signers, which do not matter */
static int parse_sets(struct emit *e, const struct content_type *type,
		      struct ber content)
{
	struct ber body = { 0 };
	struct ber set = { 0 };
	struct ber_item skipped = { 0 };
	uint64_t version = 0;
	int r = 0;

	if (ber_enter(&content, BER_SEQUENCE, &body) < 0 ||
	    ber_unsigned(&body, &version) < 0)
		return -EBADMSG;
	for (unsigned int i = 0; i < type->before; i++)
		if (ber_next(&body, &skipped) < 0)
			return -EBADMSG;
	if (ber_has(&body, CLASS_CONTEXT(0))) {
		if (ber_enter(&body, CLASS_CONTEXT(0), &set) < 0)
			return -EBADMSG;
		r = emit_set(e, &set, CW__KIND__KIND_CERTIFICATE);
	}
	if (r == 0 && ber_has(&body, CLASS_CONTEXT(1))) {
		if (ber_enter(&body, CLASS_CONTEXT(1), &set) < 0)
			return -EBADMSG;
		r = emit_set(e, &set, CW__KIND__KIND_CRL);
	}
	return r;
}

static int parse_content(struct emit *e, const struct content_type *type,
			 struct ber content)
{
	int r = 0;

	if (type->has_certificates)
		r = parse_sets(e, type, content);
	if (r == -EBADMSG)
		return emit_gap(e, CW__GAP_KIND__GAP_MALFORMED,
				"RFC 5652 section 5.1: %s is cut off or no "
				"DER", type->name);
	if (r == 0 && type->encrypted)
		r = emit_gap(e, CW__GAP_KIND__GAP_LOCKED,
			     "%s: its content is encrypted", type->name);
	else if (r == 0 && !type->has_certificates)
		r = emit_gap(e, CW__GAP_KIND__GAP_UNSUPPORTED,
			     "%s: not looked into", type->name);
	return r;
}

static int parse_bytes(struct emit *e, const uint8_t *data, size_t len)
{
	const struct content_type *type = NULL;
	struct ber left = ber_of(data, len);
	struct ber info = { 0 };
	struct ber oid = { 0 };
	struct ber content = { 0 };
	int r = 0;

	if (ber_enter(&left, BER_SEQUENCE, &info) < 0 ||
	    ber_enter(&info, BER_OID, &oid) < 0)
		return emit_gap(e, CW__GAP_KIND__GAP_MALFORMED,
				"RFC 5652 section 3: ContentInfo is cut off "
				"or no DER");
	type = find_type(&oid);
	if (!type)
		return -EBADMSG;
	if (ber_enter(&info, CLASS_CONTEXT(0), &content) < 0)
		return emit_gap(e, CW__GAP_KIND__GAP_MALFORMED,
				"RFC 5652 section 3: no content");
	r = parse_content(e, type, content);
	if (r == 0 && left.left > 0)
		r = emit_gap(e, CW__GAP_KIND__GAP_MALFORMED,
			     "%zu bytes after the end were not looked at",
			     left.left);
	return r;
}

static int parse(const struct source *s, struct emit *e)
{
	return keystore_read(s, e, parse_bytes);
}

const struct format format_pkcs7 = {
	.name = "pkcs7",
	.description = "PKCS#7 and CMS: certificates and CRLs of signed data",
	.sniff = sniff,
	.parse = parse,
};
