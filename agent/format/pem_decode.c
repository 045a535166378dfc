/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "agent/format/pem.h"
#include "lib/encode.h"
#include "lib/limits.h"

/* Undoes escapes and quotes, so that lines are lines again; true where there
 * was nothing to undo and ${out} was left alone. */
static bool is_plain(const uint8_t *text, size_t len)
{
	return !memchr(text, '\\', len) && !memchr(text, '"', len) &&
	       !memchr(text, '\'', len);
}

static int unescape(const uint8_t *text, size_t len, struct buf *out)
{
	int r = buf_reserve(out, len);

	if (r < 0)
		return r;
	for (size_t i = 0; i < len; i++) {
		uint8_t c = text[i];

		if (c == '"' || c == '\'')
			continue;
		if (c == '\\') {
			uint8_t next = i + 1 < len ? text[i + 1] : '\n';

			if (next == 'n' || next == 'r' || next == 't') {
				c = '\n';
				i++;
			} else {
				continue;
			}
		}
		out->data[out->len++] = c;
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

static void read_header(const uint8_t *p, const uint8_t *end,
			bool *ret_encrypted, char scheme[static 64])
{
	static const char type[] = "Proc-Type:", info[] = "DEK-Info:";
	size_t n = 0;

	if ((size_t)(end - p) > sizeof(type) &&
	    memcmp(p, type, sizeof(type) - 1) == 0 &&
	    memmem(p, (size_t)(end - p), "ENCRYPTED", 9))
		*ret_encrypted = true;
	if ((size_t)(end - p) < sizeof(info) ||
	    memcmp(p, info, sizeof(info) - 1) != 0)
		return;
	p = skip_space(p + sizeof(info) - 1, end);
	for (; p < end && *p > ' ' && *p < 0x7f && *p != ',' && n < 63; p++)
		scheme[n++] = (char)*p;
	scheme[n] = '\0';
}

/* RFC 1421 headers have a colon, base64 has none.  A header may go on in the
 * next lines, so after one the body begins behind the next empty line. */
static const uint8_t *skip_headers(const uint8_t *p, const uint8_t *end,
				   bool *ret_encrypted,
				   char scheme[static 64])
{
	const uint8_t *start = skip_space(p, end);
	const uint8_t *q = start, *stop = line_end(q, end);

	if (!memchr(q, ':', (size_t)(stop - q)))
		return start;
	while (q < end) {
		const uint8_t *next;

		stop = line_end(q, end);
		read_header(q, stop, ret_encrypted, scheme);
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
	       bool *ret_encrypted, char scheme[static 64])
{
	const uint8_t *p;
	struct buf plain;
	int r = 0;

	*ret_encrypted = false;
	scheme[0] = '\0';
	buf_init(&plain, len);
	if (!is_plain(text, len)) {
		r = unescape(text, len, &plain);
		text = plain.data;
		len = plain.len;
	}
	if (r == 0) {
		p = skip_headers(text, text + len, ret_encrypted, scheme);
		r = decode_base64(out, (const char *)p,
				  (size_t)(text + len - p));
		if (r == 0 && out->len == 0)
			r = -EBADMSG;
	}
	buf_free_secret(&plain);
	return r < 0 ? -EBADMSG : 0;
}
