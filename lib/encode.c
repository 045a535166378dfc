/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/encode.h"

#include <errno.h>
#include <string.h>

static const char std64[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url64[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void encode_hex(const uint8_t *in, size_t len, char *text)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*text++ = digits[in[i] >> 4];
		*text++ = digits[in[i] & 15];
	}
	*text = '\0';
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int decode_hex(const char *text, uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int hi = hex_value(text[2 * i]);
		int lo = hi < 0 ? -1 : hex_value(text[2 * i + 1]);

		if (lo < 0)
			return -EINVAL;
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return text[2 * len] ? -EINVAL : 0;
}

static int encode64(struct buf *out, const uint8_t *in, size_t len,
		    const char *alphabet, bool pad)
{
	int r = buf_reserve(out, (len / 3 + 1) * 4);
	uint8_t *o = out->data + out->len;

	if (r < 0)
		return r;
	for (; len >= 3; in += 3, len -= 3) {
		*o++ = (uint8_t)alphabet[in[0] >> 2];
		*o++ = (uint8_t)alphabet[(in[0] & 3) << 4 | in[1] >> 4];
		*o++ = (uint8_t)alphabet[(in[1] & 15) << 2 | in[2] >> 6];
		*o++ = (uint8_t)alphabet[in[2] & 63];
	}
	if (len > 0) {
		uint8_t second = len > 1 ? in[1] : 0;

		*o++ = (uint8_t)alphabet[in[0] >> 2];
		*o++ = (uint8_t)alphabet[(in[0] & 3) << 4 | second >> 4];
		if (len > 1)
			*o++ = (uint8_t)alphabet[(second & 15) << 2];
		for (size_t i = len; pad && i < 3; i++)
			*o++ = '=';
	}
	out->len = (size_t)(o - out->data);
	return 0;
}

int encode_base64(struct buf *out, const void *in, size_t len)
{
	return encode64(out, in, len, std64, true);
}

int encode_base64url(struct buf *out, const void *in, size_t len)
{
	return encode64(out, in, len, url64, false);
}

uint8_t base64_value(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return (uint8_t)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (uint8_t)(c - 'a' + 26);
	if (c >= '0' && c <= '9')
		return (uint8_t)(c - '0' + 52);
	if (c == '+' || c == '-')
		return 62;
	if (c == '/' || c == '_')
		return 63;
	if (c == '=')
		return BASE64_PAD;
	return c == ' ' || (c >= '\t' && c <= '\r') ? BASE64_SPACE
					   : BASE64_OTHER;
}

int decode_base64(struct buf *out, const char *in, size_t len)
{
	int r = buf_reserve(out, len / 4 * 3 + 3);
	uint32_t group = 0;
	unsigned int sextets = 0, pads = 0;

	if (r < 0)
		return r;
	for (size_t i = 0; i < len; i++) {
		uint8_t v = base64_value((uint8_t)in[i]);

		if (v == BASE64_SPACE)
			continue;
		if (v == BASE64_OTHER || (v < BASE64_PAD && pads > 0))
			return -EINVAL;
		if (v == BASE64_PAD) {
			if (++pads > 2 || sextets % 4 < 2)
				return -EINVAL;
			continue;
		}
		group = group << 6 | v;
		if (++sextets % 4 == 0) {
			out->data[out->len++] = (uint8_t)(group >> 16);
			out->data[out->len++] = (uint8_t)(group >> 8);
			out->data[out->len++] = (uint8_t)group;
			group = 0;
		}
	}
	switch (sextets % 4) {
	case 1:
		return -EINVAL;
	case 2:
		out->data[out->len++] = (uint8_t)(group >> 4);
		break;
	case 3:
		out->data[out->len++] = (uint8_t)(group >> 10);
		out->data[out->len++] = (uint8_t)(group >> 2);
		break;
	}
	return pads > 0 && (sextets + pads) % 4 != 0 ? -EINVAL : 0;
}

/* Length that the first byte announces, or 0. */
static size_t utf8_announced(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if ((first & 0xf0) == 0xe0)
		return 3;
	return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

size_t utf8_length(const uint8_t *s, size_t left)
{
	/* below, a shorter sequence would do */
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = left > 0 ? utf8_announced(s[0]) : 0;
	uint32_t cp = 0;

	if (n <= 1 || n > left)
		return n > left ? 0 : n;
	cp = s[0] & (0xff >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (s[i] & 0x3f);
	}
	if (cp < least[n] || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	return n;
}

bool is_utf8(const uint8_t *s, size_t len)
{
	while (len > 0) {
		size_t n = utf8_length(s, len);

		if (n == 0)
			return false;
		s += n;
		len -= n;
	}
	return true;
}

size_t utf8_cut(const uint8_t *s, size_t len, size_t max)
{
	size_t n = max;

	if (len <= max)
		return len;
	while (n > 0 && max - n < 3 && (s[n] & 0xc0) == 0x80)
		n--;
	return n;
}
