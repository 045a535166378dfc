/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/format/ber.h"

#include <errno.h>
#include <string.h>

#define CONSTRUCTED 0x20

struct header {
	uint8_t tag;
	bool indefinite;
	size_t header;
	size_t length;	/* of the content, where definite */
};

static int read_header(const struct ber *b, struct header *ret)
{
	struct header h = { 0 };
	size_t octets = 0;

	if (b->left < 2 || (b->p[0] & 0x1f) == 0x1f)
		return -EBADMSG;
	h.tag = b->p[0];
	h.header = 2;
	if (b->p[1] < 0x80) {
		h.length = b->p[1];
	} else if (b->p[1] == 0x80) {
		if (!(h.tag & CONSTRUCTED))
			return -EBADMSG;
		h.indefinite = true;
	} else {
		octets = b->p[1] & 0x7f;
		if (octets > sizeof(size_t) || b->left - 2 < octets)
			return -EBADMSG;
		for (size_t i = 0; i < octets; i++)
			h.length = h.length << 8 | b->p[2 + i];
		h.header += octets;
	}
	if (h.length > b->left - h.header)
		return -EBADMSG;
	*ret = h;
	return 0;
}

/* Length of the content at ${b} up to its end-of-contents octets. */
static int find_end(struct ber b, size_t *ret)
{
	const uint8_t *start = b.p;
	unsigned int open = 1;

	while (b.left >= 2) {
		struct header h = { 0 };

		if (b.p[0] == 0 && b.p[1] == 0) {
			if (--open == 0) {
				*ret = (size_t)(b.p - start);
				return 0;
			}
			b.p += 2;
			b.left -= 2;
			continue;
		}
		if (read_header(&b, &h) < 0)
			return -EBADMSG;
		if (h.indefinite && ++open > BER_DEPTH)
			return -EBADMSG;
		b.p += h.header + h.length;
		b.left -= h.header + h.length;
	}
	return -EBADMSG;
}

int ber_next(struct ber *b, struct ber_item *ret)
{
	struct header h = { 0 };
	size_t whole = 0;
	struct ber rest;

	if (b->left == 0)
		return -ENODATA;
	if (read_header(b, &h) < 0)
		return -EBADMSG;
	rest = ber_of(b->p + h.header, b->left - h.header);
	if (h.indefinite && find_end(rest, &h.length) < 0)
		return -EBADMSG;
	whole = h.header + h.length + (h.indefinite ? 2 : 0);
	ret->tag = h.tag;
	ret->content = ber_of(rest.p, h.length);
	ret->whole = ber_of(b->p, whole);
	b->p += whole;
	b->left -= whole;
	return 0;
}

int ber_take(struct ber *b, uint8_t tag, struct ber_item *ret)
{
	if (!ber_has(b, tag))
		return -EBADMSG;
	return ber_next(b, ret);
}

int ber_enter(struct ber *b, uint8_t tag, struct ber *ret)
{
	struct ber_item item = { 0 };

	if (ber_take(b, tag, &item) < 0)
		return -EBADMSG;
	*ret = item.content;
	return 0;
}

bool ber_has(const struct ber *b, uint8_t tag)
{
	return b->left > 0 && b->p[0] == tag;
}

int ber_octets(const struct ber_item *item, struct arena *a, struct ber *ret)
{
	struct ber pieces = item->content;
	struct ber_item piece = { 0 };
	uint8_t *joined = NULL;
	size_t n = 0;

	if (!(item->tag & CONSTRUCTED)) {
		*ret = item->content;
		return 0;
	}
	joined = arena_alloc(a, pieces.left ? pieces.left : 1);
	if (!joined)
		return -ENOBUFS;
	while (pieces.left > 0) {
		/* X.690 section 8.7.3.2 lets pieces have pieces; nobody does */
		if (ber_take(&pieces, BER_OCTETS, &piece) < 0)
			return -EBADMSG;
		memcpy(joined + n, piece.content.p, piece.content.left);
		n += piece.content.left;
	}
	*ret = ber_of(joined, n);
	return 0;
}

int ber_unsigned(struct ber *b, uint64_t *ret)
{
	struct ber after = *b;
	struct ber n = { 0 };
	uint64_t value = 0;

	if (ber_enter(&after, BER_INTEGER, &n) < 0 || n.left == 0 ||
	    n.left > 9 || n.p[0] & 0x80 || (n.left == 9 && n.p[0] != 0))
		return -EBADMSG;
	for (size_t i = 0; i < n.left; i++)
		value = value << 8 | n.p[i];
	*b = after;
	*ret = value;
	return 0;
}

bool ber_equal(const struct ber *b, const void *bytes, size_t len)
{
	return b->left == len && (len == 0 || memcmp(b->p, bytes, len) == 0);
}

int ber_certificate_spki(const uint8_t *der, size_t len, struct ber *ret)
{
	struct ber certificate = ber_of(der, len);
	struct ber tbs = { 0 };
	struct ber_item item = { 0 };

	if (ber_enter(&certificate, BER_SEQUENCE, &certificate) < 0 ||
	    ber_enter(&certificate, BER_SEQUENCE, &tbs) < 0)
		return -EBADMSG;
	if (ber_has(&tbs, BER_CONTEXT_CONSTRUCTED) && ber_next(&tbs, &item) < 0)
		return -EBADMSG;
	/* serialNumber, signature, issuer, validity, subject */
	for (int i = 0; i < 5; i++)
		if (ber_next(&tbs, &item) < 0)
			return -EBADMSG;
	if (ber_take(&tbs, BER_SEQUENCE, &item) < 0)
		return -EBADMSG;
	*ret = item.whole;
	return 0;
}
