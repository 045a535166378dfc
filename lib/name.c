/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/name.h"

#include <errno.h>
#include <string.h>

#include "lib/encode.h"

/* Text in the making, counted on where it does not fit. */
struct text {
	char *p;
	size_t len;
	size_t cap;
};

static void put(struct text *t, const char *s, size_t n)
{
	if (n > 0 && n <= t->cap && t->len <= t->cap - n)
		memcpy(t->p + t->len, s, n);
	t->len += n;
}

static void put_char(struct text *t, char c)
{
	if (t->len < t->cap)
		t->p[t->len] = c;
	t->len++;
}

static void put_escaped(struct text *t, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < n; i++) {
		put_char(t, '\\');
		put_char(t, digits[bytes[i] >> 4]);
		put_char(t, digits[bytes[i] & 15]);
	}
}

static void put_utf8(struct text *t, uint32_t c)
{
	if (c < 0x80) {
		put_char(t, (char)c);
		return;
	}
	if (c < 0x800) {
		put_char(t, (char)(0xc0 | c >> 6));
	} else {
		if (c < 0x10000) {
			put_char(t, (char)(0xe0 | c >> 12));
		} else {
			put_char(t, (char)(0xf0 | c >> 18));
			put_char(t, (char)(0x80 | (c >> 12 & 0x3f)));
		}
		put_char(t, (char)(0x80 | (c >> 6 & 0x3f)));
	}
	put_char(t, (char)(0x80 | (c & 0x3f)));
}

static void put_hex(struct text *t, struct der bytes)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < bytes.len; i++) {
		put_char(t, digits[bytes.data[i] >> 4]);
		put_char(t, digits[bytes.data[i] & 15]);
	}
}

#define NOT_A_CHARACTER UINT32_MAX

/* UTF-16, for that is what writers of BMPString put there. */
static size_t next_utf16(struct der s, uint32_t *ret)
{
	uint32_t c, low;

	*ret = NOT_A_CHARACTER;
	if (s.len < 2)
		return s.len;
	c = (uint32_t)s.data[0] << 8 | s.data[1];
	if (c < 0xd800 || c > 0xdfff) {
		*ret = c;
		return 2;
	}
	if (c > 0xdbff || s.len < 4)
		return 2;
	low = (uint32_t)s.data[2] << 8 | s.data[3];
	if (low < 0xdc00 || low > 0xdfff)
		return 2;
	*ret = 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff));
	return 4;
}

static size_t next_utf32(struct der s, uint32_t *ret)
{
	uint32_t c;

	*ret = NOT_A_CHARACTER;
	if (s.len < 4)
		return s.len;
	c = (uint32_t)s.data[0] << 24 | (uint32_t)s.data[1] << 16 |
	    (uint32_t)s.data[2] << 8 | s.data[3];
	if (c < 0xd800 || (c > 0xdfff && c < 0x110000))
		*ret = c;
	return 4;
}

static size_t next_utf8(struct der s, uint32_t *ret)
{
	static const uint8_t first_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	size_t n = utf8_length(s.data, s.len);
	uint32_t c;

	*ret = NOT_A_CHARACTER;
	if (n == 0)
		return 1;
	c = s.data[0] & first_bits[n];
	for (size_t i = 1; i < n; i++)
		c = c << 6 | (s.data[i] & 0x3f);
	*ret = c;
	return n;
}

/* The first character of a string of type ${tag}, which is not empty: bytes
 * used. */
static size_t next_character(uint32_t tag, struct der s, uint32_t *ret)
{
	switch (tag) {
	case DER_T61_STRING:	/* in practice ISO 8859-1 */
		*ret = s.data[0];
		return 1;
	case DER_BMP_STRING:
		return next_utf16(s, ret);
	case DER_UNIVERSAL_STRING:
		return next_utf32(s, ret);
	default:
		return next_utf8(s, ret);
	}
}

static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

static bool is_special(uint32_t c)
{
	return c == '"' || c == '+' || c == ',' || c == ';' || c == '<' ||
	       c == '>' || c == '\\';
}

static void put_value_character(struct text *t, uint32_t c, bool first,
				bool last)
{
	uint8_t control[] = {0xc2, (uint8_t)c};	/* in UTF-8, above 0x7f */

	if (is_control(c)) {
		put_escaped(t, control + (c < 0x80), 1 + (c >= 0x80));
		return;
	}
	if (is_special(c) || (first && (c == ' ' || c == '#')) ||
	    (last && c == ' '))
		put_char(t, '\\');
	put_utf8(t, c);
}

/* Bytes in front that stand for themselves wherever they are: the common
 * case, copied at once. */
static size_t plain_length(uint32_t tag, struct der s)
{
	size_t i = 0;

	if (tag == DER_BMP_STRING || tag == DER_UNIVERSAL_STRING)
		return 0;
	while (i < s.len && s.data[i] > '#' && s.data[i] < 0x7f &&
	       !is_special(s.data[i]))
		i++;
	return i;
}

static void put_value(struct text *t, uint32_t tag, struct der s)
{
	size_t plain = plain_length(tag, s);
	bool first = plain == 0;

	put(t, (const char *)s.data, plain);
	s.data += plain;
	s.len -= plain;
	while (s.len > 0) {
		uint32_t c = NOT_A_CHARACTER;
		size_t n = next_character(tag, s, &c);

		if (c == NOT_A_CHARACTER)
			put_escaped(t, s.data, n);
		else
			put_value_character(t, c, first, n == s.len);
		first = false;
		s.data += n;
		s.len -= n;
	}
}

/* RFC 4514 section 3, and the one that everybody adds. */
static const char *short_name(struct der oid)
{
	static const struct { const char *oid; uint8_t len; char name[14]; }
	types[] = {
		{"\x55\x04\x03", 3, "CN"}, {"\x55\x04\x0a", 3, "O"},
		{"\x55\x04\x06", 3, "C"}, {"\x55\x04\x0b", 3, "OU"},
		{"\x55\x04\x07", 3, "L"}, {"\x55\x04\x08", 3, "ST"},
		{"\x55\x04\x09", 3, "STREET"},
		{"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", 10, "DC"},
		{"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01", 10, "UID"},
		{"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", 9, "emailAddress"},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i].len == oid.len &&
		    memcmp(types[i].oid, oid.data, oid.len) == 0)
			return types[i].name;
	}
	return NULL;
}

static bool is_text(uint32_t tag)
{
	switch (tag) {
	case DER_UTF8_STRING:
	case DER_NUMERIC_STRING:
	case DER_PRINTABLE_STRING:
	case DER_T61_STRING:
	case DER_IA5_STRING:
	case DER_VISIBLE_STRING:
	case DER_GENERAL_STRING:
	case DER_UNIVERSAL_STRING:
	case DER_BMP_STRING:
		return true;
	default:
		return false;
	}
}

/* AttributeTypeAndValue ::= SEQUENCE { type OID, value ANY } */
static int put_attribute(struct text *t, struct der attribute)
{
	struct der_element value;
	struct der oid;
	const char *name;

	if (der_take(&attribute, DER_OID, &oid) < 0 ||
	    der_next(&attribute, &value) < 0 || attribute.len > 0)
		return -EBADMSG;
	name = short_name(oid);
	if (name) {
		put(t, name, strlen(name));
	} else {
		char dotted[DER_OID_TEXT];
		int n = der_oid_text(oid, dotted);

		if (n < 0)
			return n;
		put(t, dotted, (size_t)n);
	}
	put_char(t, '=');
	if (name && is_text(value.tag)) {
		put_value(t, value.tag, value.body);
		return 0;
	}
	put_char(t, '#');
	put_hex(t, value.all);
	return 0;
}

/* RelativeDistinguishedName ::= SET OF AttributeTypeAndValue */
static int put_rdn(struct text *t, struct der rdn)
{
	for (bool more = false; rdn.len > 0; more = true) {
		struct der attribute;
		int r;

		if (more)
			put_char(t, '+');
		if (der_take(&rdn, DER_SEQUENCE, &attribute) < 0)
			return -EBADMSG;
		r = put_attribute(t, attribute);
		if (r < 0)
			return r;
	}
	return 0;
}

static int count_rdns(struct der name, size_t *ret)
{
	size_t n = 0;

	for (; name.len > 0; n++) {
		struct der rdn;

		if (der_take(&name, DER_SET, &rdn) < 0)
			return -EBADMSG;
	}
	*ret = n;
	return 0;
}

static int put_rdns(struct text *t, const struct der *rdns, size_t n)
{
	for (size_t i = n; i-- > 0;) {
		int r = put_rdn(t, rdns[i]);

		if (r < 0)
			return r;
		if (i > 0)
			put_char(t, ',');
	}
	return 0;
}

int name_text(struct der name, struct arena *a, char **ret)
{
	char small[512];
	struct der few[16], *rdns = few;
	struct text t = {.p = small, .cap = sizeof(small)};
	size_t n = 0;
	int r = count_rdns(name, &n);

	if (r < 0)
		return r;
	if (n > sizeof(few) / sizeof(few[0]))
		rdns = arena_alloc(a, n * sizeof(*rdns));
	if (!rdns)
		return -ENOBUFS;
	for (size_t i = 0; i < n; i++)
		der_take(&name, DER_SET, &rdns[i]);
	r = put_rdns(&t, rdns, n);
	if (r < 0)
		return r;
	if (t.len <= t.cap) {
		t.p = arena_str(a, small, t.len);
	} else {
		t = (struct text){.p = arena_alloc(a, t.len + 1), .cap = t.len};
		if (t.p)
			put_rdns(&t, rdns, n);
	}
	if (!t.p)
		return -ENOBUFS;
	*ret = t.p;
	return 0;
}

static void put_plain(struct text *t, struct der s)
{
	while (s.len > 0) {
		uint32_t c = NOT_A_CHARACTER;
		size_t n = next_utf8(s, &c);

		if (c == NOT_A_CHARACTER || is_control(c) || c == '\\')
			put_escaped(t, s.data, n);
		else
			put(t, (const char *)s.data, n);
		s.data += n;
		s.len -= n;
	}
}

char *name_plain_text(struct der bytes, struct arena *a)
{
	struct text t = {0};
	size_t i = 0;

	while (i < bytes.len && bytes.data[i] >= 0x20 && bytes.data[i] < 0x7f &&
	       bytes.data[i] != '\\')
		i++;
	if (i == bytes.len)
		return arena_str(a, bytes.data, bytes.len);
	put_plain(&t, bytes);
	t = (struct text){.p = arena_alloc(a, t.len + 1), .cap = t.len};
	if (t.p)
		put_plain(&t, bytes);
	return t.p;
}

char *name_hex(struct der bytes, struct arena *a)
{
	char *text = arena_alloc(a, 2 * bytes.len + 1);

	if (text)
		encode_hex(bytes.data, bytes.len, text);
	return text;
}
