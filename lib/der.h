/* SPDX-License-Identifier: Apache-2.0 */
/* A reader of DER (X.690): a cursor over bytes, no allocation, no recursion.
 *
 * Read as OpenSSL reads: lengths need not be minimal.  Refused: indefinite
 * lengths, constructed strings, anything that reaches beyond its container.
 * Each function that reads an element returns 0 and moves ${d} behind it, or
 * -EBADMSG and leaves ${d} where it was. */
#ifndef CW_LIB_DER_H
#define CW_LIB_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	DER_BOOLEAN = 0x01, DER_INTEGER = 0x02, DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04, DER_NULL = 0x05, DER_OID = 0x06,
	DER_ENUMERATED = 0x0a, DER_UTF8_STRING = 0x0c,
	DER_NUMERIC_STRING = 0x12, DER_PRINTABLE_STRING = 0x13,
	DER_T61_STRING = 0x14, DER_IA5_STRING = 0x16, DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18, DER_VISIBLE_STRING = 0x1a,
	DER_GENERAL_STRING = 0x1b, DER_UNIVERSAL_STRING = 0x1c,
	DER_BMP_STRING = 0x1e, DER_SEQUENCE = 0x30, DER_SET = 0x31,
};

/* Context-specific tags: primitive (implicit) and constructed. */
#define DER_CONTEXT(n) (0x80u | (n))
#define DER_CONTEXT_CONSTRUCTED(n) (0xa0u | (n))

/* Bytes that are still to be read, or the content of an element. */
struct der {
	const uint8_t *data;
	size_t len;
};

/* ${tag} is the identifier octet; where its number is above 30, the number
 * stands in the bits above.  ${all} is the element with its header. */
struct der_element {
	uint32_t tag;
	struct der body;
	struct der all;
};

/* Length of the element that begins at ${data}, header included; 0 where the
 * header is not whole or not valid.  May be more than ${len}. */
size_t der_length(const uint8_t *data, size_t len);

int der_next(struct der *d, struct der_element *ret);
/* The next element, which must have ${tag}; its content. */
int der_take(struct der *d, uint32_t tag, struct der *ret);
/* 1 and as der_take() where the next element has ${tag}; 0 where it has
 * another or nothing is left. */
int der_take_optional(struct der *d, uint32_t tag, struct der *ret);
/* Is an element with the one-octet ${tag} next? */
bool der_is_next(const struct der *d, uint8_t tag);
bool der_equal(struct der a, struct der b);

/* The next element, an INTEGER that is valid: not empty, no padding but for
 * the sign.  Its content octets. */
int der_take_integer(struct der *d, struct der *ret);
/* Content of an INTEGER without the zero octets in front. */
struct der der_magnitude(struct der integer);
/* Bits of a magnitude. */
size_t der_bits(struct der magnitude);
/* Content of an INTEGER that is in 0..UINT32_MAX: 0 or -ERANGE. */
int der_uint32(struct der integer, uint32_t *ret);

/* The next element, a BIT STRING: its octets without the count of unused bits,
 * which is in 0..7 (0 where there are no octets). */
int der_take_bit_string(struct der *d, struct der *ret,
			unsigned int *ret_unused);
/* The next element, a BOOLEAN (0xff or any other value but 0 is true). */
int der_take_boolean(struct der *d, bool *ret);

/* Dotted text of an OID's content: bytes of the text without its NUL, or
 * -EBADMSG where it is not an OID, or has more than 255 octets or an arc above
 * 128 bits (a UUID under 2.25 has 128). */
#define DER_OID_TEXT 1028
int der_oid_text(struct der oid, char text[static DER_OID_TEXT]);

/* Content of a UTCTime or GeneralizedTime to seconds since 1970: 0 or -EBADMSG.
 * As OpenSSL, besides what RFC 5280 section 4.1.2.5 allows: seconds left out,
 * fractions of a second (dropped), and offsets from UTC. */
int der_time(uint32_t tag, struct der body, int64_t *ret);

#endif
