/* SPDX-License-Identifier: Apache-2.0 */
/* Java's .properties (java.util.Properties.load), and "name=value" lines of
 * .ini files, which differ in that nothing is escaped: a value that has a
 * backslash is handed on in both readings. */
#include <errno.h>
#include <string.h>

#include "agent/appconf/appconf.h"
#include "lib/buf.h"
#include "lib/limits.h"

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\f' || c == '\r';
}

static bool is_end(uint8_t c)
{
	return c == '\n' || c == '\r';
}

static bool is_comment(uint8_t first)
{
	return first == '#' || first == '!';
}

/* The physical line at ${p}, without its end. */
static size_t line_length(const uint8_t *p, size_t left)
{
	size_t n = 0;

	while (n < left && !is_end(p[n]))
		n++;
	return n;
}

static bool goes_on(const uint8_t *p, size_t len)
{
	size_t slashes = 0;

	while (slashes < len && p[len - 1 - slashes] == '\\')
		slashes++;
	return slashes % 2 == 1;
}

/* Gathers a logical line from ${at}: the place behind it. */
static size_t gather(const uint8_t *data, size_t len, size_t at,
		     struct buf *line)
{
	bool more = true;

	buf_reset(line);
	while (more && at < len) {
		size_t n = 0;

		while (at < len && is_blank(data[at]))
			at++;
		n = line_length(data + at, len - at);
		more = goes_on(data + at, n) &&
		       !(line->len == 0 && is_comment(data[at]));
		buf_add(line, data + at, more ? n - 1 : n);
		at += n;
		if (at + 1 < len && data[at] == '\r' && data[at + 1] == '\n')
			at++;
		at++;
	}
	return at;
}

static void add_utf8(struct buf *b, unsigned int c)
{
	if (c < 0x80) {
		buf_addch(b, (char)c);
	} else if (c < 0x800) {
		buf_addch(b, (char)(0xc0 | c >> 6));
		buf_addch(b, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_addch(b, (char)(0xe0 | c >> 12));
		buf_addch(b, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_addch(b, (char)(0x80 | (c & 0x3f)));
	}
}

/* The four digits behind "\u": false where they are none. */
static bool hex4(const uint8_t *p, size_t left, unsigned int *ret)
{
	unsigned int n = 0;

	if (left < 4)
		return false;
	for (size_t i = 0; i < 4; i++) {
		uint8_t c = p[i] | 0x20;

		if (p[i] >= '0' && p[i] <= '9')
			n = n << 4 | (unsigned int)(p[i] - '0');
		else if (c >= 'a' && c <= 'f')
			n = n << 4 | (unsigned int)(c - 'a' + 10);
		else
			return false;
	}
	*ret = n;
	return true;
}

static void unescape(const uint8_t *p, size_t len, struct buf *out)
{
	static const char from[] = "tnrf", to[] = "\t\n\r\f";

	buf_reset(out);
	for (size_t i = 0; i < len; i++) {
		unsigned int c = 0;
		const char *known = NULL;

		if (p[i] != '\\' || i + 1 == len) {
			buf_addch(out, (char)p[i]);
			continue;
		}
		i++;
		known = p[i] ? strchr(from, p[i]) : NULL;
		if (p[i] == 'u' && hex4(p + i + 1, len - i - 1, &c)) {
			add_utf8(out, c);
			i += 4;
		} else {
			buf_addch(out, known ? to[known - from] : (char)p[i]);
		}
	}
}

static size_t skip_blanks(const struct buf *line, size_t at)
{
	while (at < line->len && is_blank(line->data[at]))
		at++;
	return at;
}

/* Where the value begins, behind a name of ${name} bytes. */
static size_t value_at(const struct buf *line, size_t name)
{
	size_t at = skip_blanks(line, name);

	if (at < line->len && (line->data[at] == '=' || line->data[at] == ':'))
		at++;
	return skip_blanks(line, at);
}

static void take_line(const struct appconf *c, const struct buf *line,
		      struct buf *plain, const struct appconf_sink *sink)
{
	const char *p = (const char *)line->data;
	size_t name = 0, at = 0, len = line->len;

	if (len == 0 || line->failed || is_comment(*line->data))
		return;
	while (name < len && p[name] != '=' && p[name] != ':' &&
	       !is_blank(line->data[name]))
		name++;
	at = value_at(line, name);
	if (at == len || !appconf_is_key(c, p, name))
		return;
	unescape(line->data + at, len - at, plain);
	if (!plain->failed)
		appconf_value(sink, (const char *)plain->data, plain->len);
	if (memchr(p + at, '\\', len - at))
		appconf_value(sink, p + at, len - at);
}

int appconf_properties(const struct appconf *c, const uint8_t *data, size_t len,
		       const struct appconf_sink *sink)
{
	struct buf line, plain;
	int r = 0;

	buf_init(&line, KIB(64));
	buf_init(&plain, KIB(64));
	/* what grows would leave copies behind */
	r = buf_reserve(&line, KIB(64));
	if (r == 0)
		r = buf_reserve(&plain, KIB(64));
	for (size_t at = 0; r == 0 && at < len;) {
		at = gather(data, len, at, &line);
		take_line(c, &line, &plain, sink);
	}
	buf_free_secret(&line);
	buf_free_secret(&plain);
	return r;
}
