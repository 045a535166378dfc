/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/format/base64_run.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "lib/encode.h"

bool is_base64(uint8_t c)
{
	return base64_value(c) < BASE64_PAD;
}

static const struct escape {
	const char *text;
	uint8_t value;
} escapes[] = {
	{"\\/", 63},
	{"\\n", BASE64_SPACE},
	{"\\r", BASE64_SPACE},
	{"\\t", BASE64_SPACE},
	{"\\\n", BASE64_SPACE},
	{"\\\r\n", BASE64_SPACE},
	{"\\u003d", BASE64_PAD},
	{"\\u002b", 62},
	{"\\u002f", 63},
	{"\\u000a", BASE64_SPACE},
	{"\\u000d", BASE64_SPACE},
	{"&#13;", BASE64_SPACE},
	{"&#10;", BASE64_SPACE},
	{"&#xd;", BASE64_SPACE},
	{"&#xa;", BASE64_SPACE},
	{"%2b", 62},
	{"%2f", 63},
	{"%3d", BASE64_PAD},
	{"%0a", BASE64_SPACE},
	{"%0d", BASE64_SPACE},
};

/* Value of an escape at ${p}, and how many bytes it has. */
static uint8_t escape_at(const uint8_t *p, size_t len, size_t *ret_len)
{
	size_t slashes = 0;

	/* JSON within JSON doubles the backslash, once or twice */
	while (slashes < 4 && slashes + 1 < len && p[slashes] == '\\' &&
	       p[slashes + 1] == '\\')
		slashes++;
	p += slashes;
	len -= slashes;
	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		size_t n = strlen(escapes[i].text);

		if (n <= len && *p == (uint8_t)escapes[i].text[0] &&
		    strncasecmp((const char *)p, escapes[i].text, n) == 0) {
			*ret_len = slashes + n;
			return escapes[i].value;
		}
	}
	*ret_len = 1;
	return BASE64_OTHER;
}

static uint8_t symbol_at(const uint8_t *p, size_t len, size_t *ret_len)
{
	*ret_len = 1;
	if (len == 0)
		return BASE64_OTHER;
	if (*p == '\\' || *p == '&' || *p == '%')
		return escape_at(p, len, ret_len);
	return base64_value(*p);
}

void base64_run_open(struct base64_run *r, const struct source *s,
		     uint64_t offset)
{
	r->s = s;
	r->next = offset;
	r->at = r->len = 0;
	r->ended = false;
	r->step = 2 * BASE64_RUN_AHEAD;
	r->group = 0;
	r->sextets = 0;
}

/* Makes sure that what a decision needs is in the buffer, or the file ends. */
static int fill(struct base64_run *r)
{
	size_t want;
	ssize_t n;

	if (r->ended || r->len - r->at >= BASE64_RUN_AHEAD)
		return 0;
	memmove(r->text, r->text + r->at, r->len - r->at);
	r->len -= r->at;
	r->at = 0;
	want = sizeof(r->text) - r->len;
	if (want > r->step)
		want = r->step;
	/* most runs are short, or none after all */
	if (r->step < sizeof(r->text))
		r->step *= 4;
	n = source_read(r->s, r->next, r->text + r->len, want);
	if (n < 0)
		return (int)n;
	r->ended = (size_t)n < want;
	r->len += (size_t)n;
	r->next += (size_t)n;
	return 0;
}

/* The boundary of a part of mail, or the next member of a list in YAML. */
static bool is_divider(const uint8_t *p, size_t len)
{
	return len >= 2 && p[0] == '-' && (p[1] == '-' || p[1] == ' ');
}

/* Is the word at ${p} part of the run, and not the name of the next key?  It is
 * where it is long, or where nothing follows it that makes it a name. */
static bool goes_on(const uint8_t *p, size_t len)
{
	size_t n = 0;

	if (is_divider(p, len))
		return false;
	while (n < len && n < 96 && is_base64(p[n]))
		n++;
	if (n >= 60 || n == len)
		return true;
	if (n == 0)
		return base64_value(p[0]) == BASE64_PAD || p[0] == '\\' ||
		       p[0] == '%';
	if (p[n] == '=')
		return n + 1 == len || !is_base64(p[n + 1]);
	return base64_value(p[n]) == BASE64_SPACE ||
	       strchr("\"'<\\&%)`,]};", p[n]);
}

/* Passes over white space of less than AHEAD bytes: whether the run goes on. */
static bool pass_space(struct base64_run *r)
{
	size_t at = r->at, n = 0, passed = 0;

	while (at < r->len && passed < BASE64_RUN_AHEAD / 2 &&
	       symbol_at(r->text + at, r->len - at, &n) == BASE64_SPACE) {
		at += n;
		passed += n;
	}
	if (at >= r->len || passed >= BASE64_RUN_AHEAD / 2 ||
	    !goes_on(r->text + at, r->len - at))
		return false;
	r->at = at;
	return true;
}

/* The last group, where it is not whole. */
static int finish(struct base64_run *r, struct buf *out)
{
	uint8_t tail[2] = {(uint8_t)(r->group >> 4), 0};
	size_t n = r->sextets % 4 == 2 ? 1 : 0;

	if (r->sextets % 4 == 3) {
		tail[0] = (uint8_t)(r->group >> 10);
		tail[1] = (uint8_t)(r->group >> 2);
		n = 2;
	}
	r->sextets = 0;
	return n > 0 ? buf_add(out, tail, n) : 0;
}

static void take_group(struct base64_run *r, struct buf *out)
{
	uint8_t bytes[3] = {(uint8_t)(r->group >> 16), (uint8_t)(r->group >> 8),
			    (uint8_t)r->group};

	buf_add(out, bytes, 3);
	r->group = 0;
}

int base64_run_read(struct base64_run *r, struct buf *out, size_t want)
{
	while (out->len < want) {
		uint8_t v;
		size_t n = 0;
		int e = fill(r);

		if (e < 0)
			return e;
		v = symbol_at(r->text + r->at, r->len - r->at, &n);
		if (v == BASE64_SPACE && pass_space(r))
			continue;
		if (v >= BASE64_PAD) {
			e = finish(r, out);
			return e < 0 ? e : out->len < want ? -ENODATA : 0;
		}
		r->at += n;
		r->group = r->group << 6 | v;
		if (++r->sextets % 4 == 0)
			take_group(r, out);
		if (out->failed)
			return -ENOBUFS;
	}
	return 0;
}

uint64_t base64_run_offset(const struct base64_run *r)
{
	return r->next - (r->len - r->at);
}

bool base64_run_ends_in_pem(const struct base64_run *r)
{
	size_t at = r->at, n = 0, dashes;

	while (at < r->len) {
		uint8_t v = symbol_at(r->text + at, r->len - at, &n);

		if (v != BASE64_PAD && v != BASE64_SPACE)
			break;
		at += n;
	}
	dashes = at;
	while (at < r->len && (r->text[at] == '-' || r->text[at] == ' '))
		at++;
	return at - dashes >= 2 && r->len - at >= 3 &&
	       strncasecmp((const char *)r->text + at, "END", 3) == 0;
}
