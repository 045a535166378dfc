/* SPDX-License-Identifier: Apache-2.0 */
/* Java's .properties (java.util.Properties.load), and "name=value" lines of
 * .ini files, which differ in that nothing is escaped: a value that has a
 * backslash is handed on in both readings. */
#include <stdio.h>
#include <string.h>

#include "agent/appconf/appconf.h"
#include "lib/buf.h"
#include "lib/limits.h"

struct reading {
	const struct appconf *conf;
	const struct appconf_sink *sink;
	struct buf plain;	/* a value without its escapes */
	bool is_named;		/* the keystore is, by a name that begins so: */
	char prefix[256];
};

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

/* Bytes of the name, and through ${ret_value} where its value begins; 0 where
 * the line has none. */
static size_t split(const struct buf *line, size_t *ret_value)
{
	const char *p = (const char *)line->data;
	size_t n = 0;

	if (line->len == 0 || line->failed || is_comment(*line->data))
		return 0;
	while (n < line->len && p[n] != '=' && p[n] != ':' &&
	       !is_blank(line->data[n]))
		n++;
	*ret_value = value_at(line, n);
	return *ret_value < line->len ? n : 0;
}

/* The part of a name that a password and its keystore share: up to the last
 * dot. */
static size_t prefix_length(const char *name, size_t len)
{
	const char *dot = memrchr(name, '.', len);

	return dot ? (size_t)(dot - name) : 0;
}

static void remember_prefix(struct reading *r, const struct buf *line)
{
	const char *p = (const char *)line->data;
	size_t at = 0, name = split(line, &at);

	if (name == 0 || !appconf_names_store(r->sink, p + at, line->len - at))
		return;
	r->is_named = true;
	snprintf(r->prefix, sizeof(r->prefix), "%.*s",
		 (int)prefix_length(p, name), p);
}

static enum appconf_rank rank(const struct reading *r, const char *name,
			      size_t len)
{
	len = prefix_length(name, len);
	if (r->is_named && strlen(r->prefix) == len &&
	    memcmp(r->prefix, name, len) == 0)
		return APPCONF_BESIDE;
	return r->is_named ? APPCONF_NEAR : APPCONF_ELSEWHERE;
}

static void take_line(struct reading *r, const struct buf *line)
{
	const char *p = (const char *)line->data;
	size_t at = 0, len = line->len, name = split(line, &at);
	enum appconf_rank k = APPCONF_ELSEWHERE;

	if (name == 0 || !appconf_is_key(r->conf, p, name))
		return;
	k = rank(r, p, name);
	unescape(line->data + at, len - at, &r->plain);
	if (!r->plain.failed)
		appconf_value(r->sink, (const char *)r->plain.data,
			      r->plain.len, k);
	if (memchr(p + at, '\\', len - at))
		appconf_value(r->sink, p + at, len - at, k);
}

/* Twice: the keystore may be named after its password. */
int appconf_properties(const struct appconf *c, const uint8_t *data, size_t len,
		       const struct appconf_sink *sink)
{
	struct reading r = { .conf = c, .sink = sink };
	struct buf line;
	int res = 0;

	buf_init(&line, KIB(64));
	buf_init(&r.plain, KIB(64));
	/* what grows would leave copies behind */
	res = buf_reserve(&line, KIB(64));
	if (res == 0)
		res = buf_reserve(&r.plain, KIB(64));
	for (size_t at = 0; res == 0 && at < len;) {
		at = gather(data, len, at, &line);
		remember_prefix(&r, &line);
	}
	for (size_t at = 0; res == 0 && at < len;) {
		at = gather(data, len, at, &line);
		take_line(&r, &line);
	}
	buf_free_secret(&line);
	buf_free_secret(&r.plain);
	return res;
}
