/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "agent/format/pem.h"
#include "lib/encode.h"
#include "lib/limits.h"

static bool is_quote(uint8_t c)
{
	return c == '"' || c == '\'' || c == '`';
}

static bool is_plain(const uint8_t *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\\' || text[i] == '&' || text[i] == '%' ||
		    is_quote(text[i]))
			return false;
	}
	return true;
}

/* In upper and lower case; longer ones first where one begins another. */
static const struct escape {
	const char *text;
	char meaning;
} escapes[] = {
	{"\\u000a", '\n'}, {"\\u000d", '\n'}, {"\\u002b", '+'},
	{"\\u002f", '/'},  {"\\u003d", '='},  {"\\n", '\n'},
	{"\\r", '\n'},    {"\\t", '\n'},    {"&#10;", '\n'},
	{"&#13;", '\n'},   {"&#xa;", '\n'},   {"&#xd;", '\n'},
	{"%0a", '\n'},     {"%0d", '\n'},     {"%20", ' '},
	{"%2b", '+'},      {"%2f", '/'},      {"%3a", ':'},
	{"%3d", '='},
};

static const struct escape *escape_at(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		size_t n = strlen(escapes[i].text);

		if (n <= len && *p == (uint8_t)escapes[i].text[0] &&
		    strncasecmp((const char *)p, escapes[i].text, n) == 0)
			return &escapes[i];
	}
	return NULL;
}

/* Behind a quote: bytes of what joins it to the next string of a program ("a" +
 * "b", 'a'.'b', "a" & _ "b", b'a' b'b', a list), that string's quote included;
 * or 0. */
static size_t joint(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (is_quote(p[i]))
			return i + 1;
		if (i + 1 < len && p[i] == 'b' && is_quote(p[i + 1]))
			return i + 2;
		if (!p[i] || !strchr(" \t\r\n+.,&_\\", p[i]))
			return 0;
	}
	return 0;
}

static const uint8_t *line_end(const uint8_t *p, const uint8_t *end)
{
	while (p < end && *p != '\n' && *p != '\r')
		p++;
	return p;
}

static const uint8_t *skip_space(const uint8_t *p, const uint8_t *end)
{
	while (p < end && (*p == ' ' || (*p >= '\t' && *p <= '\r')))
		p++;
	return p;
}

int pem_strip(const uint8_t *text, size_t len, const uint8_t *prefix, size_t n,
	      struct buf *out)
{
	const uint8_t *end = text + len, *p = line_end(text, end);

	if (skip_space(prefix, prefix + n) == prefix + n || p == end ||
	    !is_plain(prefix, n))
		return -EBADMSG;
	while (p < end) {
		const uint8_t *line = p + 1;

		if (*p == '\r' && line < end && *line == '\n')
			line++;
		if ((size_t)(end - line) < n || memcmp(line, prefix, n) != 0)
			return -EBADMSG;
		p = line_end(line, end);
		buf_addch(out, '\n');
		buf_add(out, line + n, (size_t)(p - line) - n);
	}
	return out->failed ? -EBADMSG : 0;
}

/* Undoes escapes and quotes, so that lines are lines again. */
static int unescape(const uint8_t *text, size_t len, struct buf *out)
{
	int r = buf_reserve(out, len);

	if (r < 0)
		return r;
	for (size_t i = 0; i < len; i++) {
		const struct escape *e = NULL;

		if (is_quote(text[i])) {
			i += joint(text + i + 1, len - i - 1);
			continue;
		}
		if (text[i] == '\\' || text[i] == '&' || text[i] == '%')
			e = escape_at(text + i, len - i);
		if (e) {
			out->data[out->len++] = (uint8_t)e->meaning;
			i += strlen(e->text) - 1;
		} else if (text[i] != '\\') {
			out->data[out->len++] = text[i];
		}
	}
	return 0;
}

static void read_header(const uint8_t *p, const uint8_t *end,
			bool *ret_encrypted, char info[static PBE_INFO_MAX])
{
	static const char type[] = "Proc-Type:", key[] = "DEK-Info:";
	size_t n = 0;

	if ((size_t)(end - p) > sizeof(type) &&
	    memcmp(p, type, sizeof(type) - 1) == 0 &&
	    memmem(p, (size_t)(end - p), "ENCRYPTED", 9))
		*ret_encrypted = true;
	if ((size_t)(end - p) < sizeof(key) ||
	    memcmp(p, key, sizeof(key) - 1) != 0)
		return;
	p = skip_space(p + sizeof(key) - 1, end);
	for (; p < end && *p > ' ' && *p < 0x7f && n < PBE_INFO_MAX - 1; p++)
		info[n++] = (char)*p;
	info[p < end && *p > ' ' ? 0 : n] = '\0';
}

/* RFC 1421 headers have a colon, base64 has none.  A header may go on in the
 * next lines, so after one the body begins behind the next empty line. */
static const uint8_t *skip_headers(const uint8_t *p, const uint8_t *end,
				   bool *ret_encrypted,
				   char info[static PBE_INFO_MAX])
{
	const uint8_t *start = skip_space(p, end);
	const uint8_t *q = start, *stop = line_end(q, end);

	if (!memchr(q, ':', (size_t)(stop - q)))
		return start;
	while (q < end) {
		const uint8_t *next;

		stop = line_end(q, end);
		read_header(q, stop, ret_encrypted, info);
		next = stop + (stop < end && *stop == '\r' && stop + 1 < end &&
			       stop[1] == '\n');
		next += next < end;
		q = next;
		while (q < end && (*q == ' ' || *q == '\t'))
			q++;
		if (q < end && (*q == '\n' || *q == '\r'))
			return q;
	}
	return end;
}

int pem_decode(const uint8_t *text, size_t len, struct buf *out,
	       bool *ret_encrypted, char info[static PBE_INFO_MAX])
{
	const uint8_t *p;
	struct buf plain;
	int r = 0;

	*ret_encrypted = false;
	info[0] = '\0';
	buf_init(&plain, len);
	if (!is_plain(text, len)) {
		r = unescape(text, len, &plain);
		text = plain.data;
		len = plain.len;
	}
	if (r == 0) {
		p = skip_headers(text, text + len, ret_encrypted, info);
		r = decode_base64(out, (const char *)p,
				  (size_t)(text + len - p));
		if (r == 0 && out->len == 0)
			r = -EBADMSG;
	}
	buf_free_secret(&plain);
	return r < 0 ? -EBADMSG : 0;
}
