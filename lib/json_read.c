/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/json_read.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/encode.h"

struct reader {
	const char *p, *end;
	struct json_place place;
	char *keys[JSON_DEPTH];		/* owned; what place.keys shows */
	struct buf text;
	int (*take)(void *arg, const struct json_place *p, const char *value);
	void *arg;
};

static void skip_space(struct reader *r)
{
	while (r->p < r->end && memchr(" \t\r\n", *r->p, 4))
		r->p++;
}

static bool next_is(struct reader *r, char c)
{
	skip_space(r);
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

/* Four hex digits: the number, or -EBADMSG. */
static int read_hex(struct reader *r)
{
	int n = 0;

	if (r->end - r->p < 4)
		return -EBADMSG;
	for (int i = 0; i < 4; i++) {
		const char *digits = "0123456789abcdef0123456789ABCDEF";
		const char *at = *r->p ? strchr(digits, *r->p) : NULL;

		if (!at)
			return -EBADMSG;
		n = n * 16 + (int)((at - digits) % 16);
		r->p++;
	}
	return n;
}

static int add_code_point(struct buf *b, int c)
{
	if (c < 0x80)
		return buf_addch(b, (char)c);
	if (c < 0x800) {
		buf_addch(b, (char)(0xc0 | c >> 6));
	} else if (c < 0x10000) {
		buf_addch(b, (char)(0xe0 | c >> 12));
		buf_addch(b, (char)(0x80 | (c >> 6 & 0x3f)));
	} else {
		buf_addch(b, (char)(0xf0 | c >> 18));
		buf_addch(b, (char)(0x80 | (c >> 12 & 0x3f)));
		buf_addch(b, (char)(0x80 | (c >> 6 & 0x3f)));
	}
	return buf_addch(b, (char)(0x80 | (c & 0x3f)));
}

/* Behind "\u": also the second half of a surrogate pair. */
static int read_code_point(struct reader *r)
{
	int c = read_hex(r), low;

	if (c >= 0xd800 && c < 0xdc00 && r->end - r->p > 2 && r->p[0] == '\\' &&
	    r->p[1] == 'u') {
		r->p += 2;
		low = read_hex(r);
		if (low < 0xdc00 || low > 0xdfff)
			return -EBADMSG;
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	} else if (c >= 0xd800 && c < 0xe000) {
		return -EBADMSG;
	}
	return c > 0 ? add_code_point(&r->text, c) : -EBADMSG;
}

static int read_escape(struct reader *r)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	const char *at;
	char c;

	if (r->p == r->end)
		return -EBADMSG;
	c = *r->p++;
	if (c == 'u')
		return read_code_point(r);
	at = c ? strchr(names, c) : NULL;
	return at ? buf_addch(&r->text, values[at - names]) : -EBADMSG;
}

/* Behind the opening quotation mark; into r->text, NUL-terminated. */
static int read_string(struct reader *r)
{
	int e = 0;

	buf_reset(&r->text);
	while (e == 0 && r->p < r->end && *r->p != '"') {
		unsigned char c = (unsigned char)*r->p++;

		if (c == '\\')
			e = read_escape(r);
		else if (c < 0x20)
			e = -EBADMSG;
		else
			e = buf_addch(&r->text, (char)c);
	}
	if (e == 0 && r->p == r->end)
		e = -EBADMSG;
	r->p += e == 0;
	if (e == 0 && !is_utf8(r->text.data, r->text.len))
		e = -EBADMSG;
	return e == 0 ? buf_addch(&r->text, '\0') : e;
}

static int read_word(struct reader *r)
{
	static const char allowed[] = "+-.0123456789E"
				      "abcdefghijklmnopqrstuvwxyz";

	buf_reset(&r->text);
	while (r->p < r->end && *r->p && strchr(allowed, *r->p))
		buf_addch(&r->text, *r->p++);
	if (r->text.len == 0)
		return -EBADMSG;
	return buf_addch(&r->text, '\0');
}

static int read_value(struct reader *r);

static int read_key(struct reader *r, size_t level)
{
	int e = next_is(r, '"') ? read_string(r) : -EBADMSG;

	if (e < 0)
		return e;
	if (!next_is(r, ':'))
		return -EBADMSG;
	free(r->keys[level]);
	r->keys[level] = strdup((char *)r->text.data);
	r->place.keys[level] = r->keys[level];
	return r->keys[level] ? 0 : -ENOMEM;
}

/* Behind the opening bracket. */
static int read_members(struct reader *r, bool object)
{
	size_t level = r->place.depth;
	char close = object ? '}' : ']';
	int e = 0;

	if (level == JSON_DEPTH)
		return -EBADMSG;
	r->place.keys[level] = NULL;
	r->place.index[level] = 0;
	if (next_is(r, close))
		return 0;
	r->place.depth++;
	do {
		if (object)
			e = read_key(r, level);
		if (e == 0)
			e = read_value(r);
		r->place.index[level]++;
	} while (e == 0 && next_is(r, ','));
	r->place.depth--;
	if (e == 0 && !next_is(r, close))
		e = -EBADMSG;
	return e;
}

/* As deep as JSON_DEPTH at most. */
static int read_value(struct reader *r)
{
	int e;

	if (next_is(r, '{'))
		return read_members(r, true);
	if (next_is(r, '['))
		return read_members(r, false);
	r->place.is_string = next_is(r, '"');
	e = r->place.is_string ? read_string(r) : read_word(r);
	return e < 0 ? e : r->take(r->arg, &r->place, (char *)r->text.data);
}

int json_read(const char *text, size_t len,
	      int (*take)(void *arg, const struct json_place *p,
			  const char *value),
	      void *arg)
{
	struct reader r = {.p = text, .end = text + len, .take = take,
			   .arg = arg};
	int e;

	buf_init(&r.text, len + 1);
	e = read_value(&r);
	if (e == 0) {
		skip_space(&r);
		e = r.p == r.end ? 0 : -EBADMSG;
	}
	for (size_t i = 0; i < JSON_DEPTH; i++)
		free(r.keys[i]);
	buf_free(&r.text);
	return e;
}
