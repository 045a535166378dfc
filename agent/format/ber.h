/* SPDX-License-Identifier: Apache-2.0 */
/* A reader of BER (X.690 section 8), thus also of DER: PKCS#7 and PKCS#12 are
 * written with indefinite lengths and in pieces by some.  It borrows, allocates
 * only where pieces are joined, and is bounded: each byte is looked at no more
 * than BER_DEPTH times. */
#ifndef CW_AGENT_FORMAT_BER_H
#define CW_AGENT_FORMAT_BER_H

#include "lib/buf.h"

/* elements inside elements of indefinite length */
#define BER_DEPTH 32

/* first octet of an element: class, constructed bit, number below 31 */
enum ber_tag {
	BER_INTEGER = 0x02,
	BER_BITS = 0x03,
	BER_OCTETS = 0x04,
	BER_OID = 0x06,
	BER_BMPSTRING = 0x1e,
	BER_OCTETS_CONSTRUCTED = 0x24,
	BER_SEQUENCE = 0x30,
	BER_SET = 0x31,
	BER_CONTEXT = 0x80,	/* [0] primitive */
	BER_CONTEXT_CONSTRUCTED = 0xa0,	/* [0] constructed */
};

/* What is left to read. */
struct ber {
	const uint8_t *p;
	size_t left;
};

struct ber_item {
	uint8_t tag;
	struct ber content;	/* without the end-of-contents octets */
	struct ber whole;	/* with the header and those octets */
};

static inline struct ber ber_of(const uint8_t *p, size_t len)
{
	return (struct ber){ .p = p, .left = len };
}

/* Takes the next element off ${b}: 0; -ENODATA where nothing is left; -EBADMSG
 * where no whole element is there (also for tag numbers above 30, lengths of
 * more than 8 octets, nesting above BER_DEPTH): ${b} is then unchanged. */
int ber_next(struct ber *b, struct ber_item *ret);

/* The same, where the next element has this first octet; -EBADMSG else. */
int ber_take(struct ber *b, uint8_t tag, struct ber_item *ret);

/* Takes an element off and gives its content only. */
int ber_enter(struct ber *b, uint8_t tag, struct ber *ret);

/* True where the next element has this first octet. */
bool ber_has(const struct ber *b, uint8_t tag);

/* The bytes of a string, whose pieces, if it has such, are joined in ${a}. */
int ber_octets(const struct ber_item *item, struct arena *a, struct ber *ret);

/* Takes a non-negative INTEGER off: -EBADMSG where it is none, is negative or
 * does not fit. */
int ber_unsigned(struct ber *b, uint64_t *ret);

/* True where the content equals these bytes, e.g. of an OID. */
bool ber_equal(const struct ber *b, const void *bytes, size_t len);
#define BER_IS(b, text) ber_equal((b), "" text, sizeof(text) - 1)

/* The SubjectPublicKeyInfo of a certificate (RFC 5280 section 4.1), with its
 * header.  -EBADMSG where there is none. */
int ber_certificate_spki(const uint8_t *der, size_t len, struct ber *ret);

#endif
