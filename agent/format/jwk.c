/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Web Keys (RFC 7517), alone, in sets, or anywhere in a text; also where
 * the JSON is itself a string.  The certificates in x5c are found by the format
 * embedded.
 *
 * No JSON library: a key is one flat object whose values are strings, a JWK Set
 * may be of any size, and half of what is met is not JSON on the outside. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/format/format.h"
#include "agent/format/spki.h"
#include "lib/encode.h"
#include "lib/find.h"
#include "lib/limits.h"

#define STEP KIB(128)	/* bytes of text that are searched at a time */
#define BEFORE KIB(32)	/* bytes of an object before its "kty" */
#define AFTER KIB(64)	/* bytes of an object */
#define WORD "\"kty"
#define KID_MAX 64

enum member { KTY, CRV, N, E, X, Y, D, KID, MEMBERS };

static const char *const member_names[MEMBERS] = {
	"kty", "crv", "n", "e", "x", "y", "d", "kid",
};

/* One object under work. */
struct jwk {
	const uint8_t *text;
	size_t len;
	size_t at;
	size_t level;	/* backslashes before each quote */
	struct spki_part member[MEMBERS];
};

static const uint8_t *skip_space(struct jwk *k)
{
	while (k->at < k->len) {
		const uint8_t *p = k->text + k->at;

		if (*p == ' ' || (*p >= '\t' && *p <= '\r'))
			k->at++;
		else if (k->level > 0 && *p == '\\' && k->at + 1 < k->len &&
			 p[1] != '"' && p[1] != '\\' && strchr("nrt", p[1]))
			k->at += 2;
		else
			return p;
	}
	return NULL;
}

/* Is a quote of this object's level here?  Then it is passed over. */
static bool take_quote(struct jwk *k)
{
	size_t n = 0;

	while (k->at + n < k->len && k->text[k->at + n] == '\\')
		n++;
	if (n != k->level || k->at + n >= k->len || k->text[k->at + n] != '"')
		return false;
	k->at += n + 1;
	return true;
}

/* After an opening quote: what is in the string; passes its closing quote. */
static bool take_string(struct jwk *k, struct spki_part *ret)
{
	size_t from = k->at;

	while (k->at < k->len) {
		size_t n = 0, end = k->at;

		while (end + n < k->len && k->text[end + n] == '\\')
			n++;
		if (end + n >= k->len)
			return false;
		if (k->text[end + n] == '"' && n == k->level) {
			*ret = (struct spki_part){k->text + from, end - from};
			k->at = end + n + 1;
			return true;
		}
		/* a quote with more backslashes belongs to the string */
		k->at = end + n + 1;
	}
	return false;
}

/* Passes over an array, an object, a number or a word. */
static bool skip_value(struct jwk *k)
{
	struct spki_part ignored;
	unsigned int depth = 0;

	while (k->at < k->len) {
		uint8_t c = k->text[k->at];

		if (take_quote(k)) {
			if (!take_string(k, &ignored))
				return false;
			continue;
		}
		if (depth == 0 && (c == ',' || c == '}'))
			return true;
		depth += c == '{' || c == '[';
		if (c == '}' || c == ']') {
			if (depth == 0)
				return false;
			depth--;
		}
		k->at++;
	}
	return false;
}

static bool take_char(struct jwk *k, char c)
{
	const uint8_t *p = skip_space(k);

	if (!p || *p != (uint8_t)c)
		return false;
	k->at++;
	return true;
}

/* After '{': all members up to '}'. */
static bool take_object(struct jwk *k)
{
	do {
		struct spki_part name, value;
		size_t which = MEMBERS;

		if (!skip_space(k) || !take_quote(k) ||
		    !take_string(k, &name) || !take_char(k, ':') ||
		    !skip_space(k))
			return false;
		if (!take_quote(k)) {
			if (!skip_value(k))
				return false;
			continue;
		}
		if (!take_string(k, &value))
			return false;
		for (size_t i = 0; i < MEMBERS; i++) {
			if (name.len == strlen(member_names[i]) &&
			    memcmp(name.data, member_names[i], name.len) == 0)
				which = i;
		}
		if (which < MEMBERS)
			k->member[which] = value;
	} while (take_char(k, ','));
	return take_char(k, '}');
}

static int decode(const struct jwk *k, enum member m, struct buf *out,
		  struct spki_part *ret)
{
	size_t from = out->len;
	struct spki_part p = k->member[m];
	int r = decode_base64(out, (const char *)p.data, p.len);

	if (r < 0)
		return -EBADMSG;
	*ret = (struct spki_part){out->data + from, out->len - from};
	return 0;
}

static bool is_kty(const struct jwk *k, const char *name)
{
	return k->member[KTY].len == strlen(name) &&
	       memcmp(k->member[KTY].data, name, strlen(name)) == 0;
}

/* RFC 7518 section 6 and RFC 8037 section 2: the key's SPKI; 0, or -EBADMSG
 * where it is of another kind or not whole. */
static int to_spki(const struct jwk *k, struct buf *spki)
{
	struct spki_part a = {NULL, 0}, b = {NULL, 0};
	bool rsa = is_kty(k, "RSA"), ec = is_kty(k, "EC");
	bool okp = is_kty(k, "OKP");
	struct buf numbers;
	int r;

	if (!rsa && !ec && !okp)
		return -EBADMSG;
	buf_init(&numbers, AFTER);
	/* room for all, so that what was decoded first does not move */
	r = buf_reserve(&numbers, KIB(48));
	if (r == 0)
		r = decode(k, rsa ? N : X, &numbers, &a);
	if (r == 0 && !okp)
		r = decode(k, rsa ? E : Y, &numbers, &b);
	if (r == 0 && rsa)
		r = spki_rsa(spki, a, b);
	else if (r == 0 && ec)
		r = spki_ec_xy(spki, k->member[CRV], a, b);
	else if (r == 0)
		r = spki_okp(spki, k->member[CRV], a);
	buf_free(&numbers);
	return r < 0 ? -EBADMSG : 0;
}

/* The key's name where it is plain text, else its number in the file. */
static void entry_of(const struct jwk *k, unsigned int index,
		     char entry[static KID_MAX + 1])
{
	struct spki_part kid = k->member[KID];

	for (size_t i = 0; i < kid.len && kid.len <= KID_MAX; i++) {
		if (kid.data[i] <= ' ' || kid.data[i] > '~' ||
		    kid.data[i] == '\\')
			kid.len = 0;
	}
	if (kid.len > 0 && kid.len <= KID_MAX)
		snprintf(entry, KID_MAX + 1, "%.*s", (int)kid.len, kid.data);
	else
		snprintf(entry, KID_MAX + 1, "%u", index);
}

struct search {
	struct emit *e;
	const uint8_t *text;
	size_t len;
	uint64_t base;	/* offset of text[0] */
	uint64_t done;
	uint64_t floor;	/* end of the last hit: no object begins before it */
	uint64_t work;	/* bytes that may still be parsed */
	unsigned int index;
	bool emitted;
};

static int emit_jwk(struct search *f, const struct jwk *k)
{
	Cw__Protection protection = CW__PROTECTION__INIT;
	struct emit_extra extra = {.protection = &protection};
	char entry[KID_MAX + 1];
	struct buf spki;
	int r = 0;

	buf_init(&spki, KIB(32));
	if (to_spki(k, &spki) == 0) {
		entry_of(k, ++f->index, entry);
		f->emitted = true;
		if (k->member[D].len > 0)
			r = emit_private_key(f->e, entry, spki.data, spki.len,
					     &extra);
		else
			r = emit_object(f->e, CW__KIND__KIND_PUBLIC_KEY, entry,
					spki.data, spki.len, NULL, NULL);
		if (r == -EBADMSG)
			r = emit_gap(f->e, CW__GAP_KIND__GAP_MALFORMED,
				     "JWK %s: not a public key", entry);
	}
	buf_free(&spki);
	return r;
}

/* Where the object begins that has a member at text[at]; or SIZE_MAX. */
static size_t object_start(const struct search *f, size_t floor, size_t at)
{
	unsigned int depth = 0;

	while (at > floor) {
		uint8_t c = f->text[--at];

		if (c == '}' || c == ']')
			depth++;
		else if ((c == '{' || c == '[') && depth > 0)
			depth--;
		else if (c == '{')
			return at;
		else if (c == '[')
			break;
	}
	return SIZE_MAX;
}

/* At ${at}, the quote before kty. */
static int take_hit(struct search *f, size_t at)
{
	size_t floor = f->floor > f->base ? (size_t)(f->floor - f->base) : 0;
	size_t start, level = 0;
	struct jwk k = {.text = f->text};

	if (at > BEFORE && floor < at - BEFORE)
		floor = at - BEFORE;
	start = object_start(f, floor, at);
	f->done = f->base + at + sizeof(WORD) - 1;
	f->floor = f->done;
	while (level < at && f->text[at - 1 - level] == '\\')
		level++;
	if (start == SIZE_MAX)
		return 0;
	k.at = start + 1;
	k.len = f->len - start > AFTER ? start + AFTER : f->len;
	k.level = level;
	if (!take_object(&k) || k.member[KTY].len == 0) {
		uint64_t used = k.at - start;

		f->work = f->work > used ? f->work - used : 0;
		return 0;
	}
	f->done = f->floor = f->base + k.at;
	return emit_jwk(f, &k);
}

/* All objects whose "kty" begins before ${end}. */
static int search_window(struct search *f, uint64_t end)
{
	int r = 0;

	while (r == 0 && f->done < end) {
		size_t at = (size_t)(f->done - f->base);
		const uint8_t *p = find_text(f->text + at, f->len - at, WORD,
					     sizeof(WORD) - 1);

		if (!p || f->base + (size_t)(p - f->text) >= end)
			break;
		if (f->work == 0)
			return emit_gap(f->e, CW__GAP_KIND__GAP_TOO_LARGE,
					"too much that looks like JWK: not "
					"searched from offset %" PRIu64 " on",
					f->done);
		r = take_hit(f, (size_t)(p - f->text));
	}
	if (f->done < end)
		f->done = end;
	return r;
}

static int search_file(struct search *f, const struct source *s)
{
	struct buf window;
	int r;

	r = source_window(s, BEFORE + STEP + AFTER, &window);
	while (r == 0 && f->done < s->size && f->work > 0) {
		uint64_t start = 0, end = 0;
		ssize_t n;

		r = source_next_data(s, f->done, &start, &end);
		if (r < 0)
			break;
		if (f->done < start)
			f->done = start;
		f->base = f->done > BEFORE ? f->done - BEFORE : 0;
		n = source_read(s, f->base, window.data, window.max);
		if (n < 0)
			r = (int)n;
		if (n < 0 || f->base + (size_t)n <= f->done)
			break;
		f->text = window.data;
		f->len = (size_t)n;
		end = f->base + f->len < end ? f->base + f->len : end;
		if (end > f->done + STEP)
			end = f->done + STEP;
		r = search_window(f, end);
	}
	/* a private key may have been in it */
	buf_free_secret(&window);
	return r == -ENXIO ? 0 : r;
}

static int jwk_parse(const struct source *s, struct emit *e)
{
	struct search f = {.e = e, .work = 8 * (s->size + KIB(64))};
	int r;

	if (s->fd < 0) {
		f.text = s->mem;
		f.len = (size_t)s->size;
		r = search_window(&f, s->size);
	} else {
		r = search_file(&f, s);
	}
	return r == 0 && !f.emitted ? -EBADMSG : r;
}

static enum format_verdict jwk_sniff(const uint8_t *head, size_t len,
				     uint64_t size, const char *name)
{
	(void)name;
	return size < 32 || memchr(head, 0, len) ? FORMAT_NO : FORMAT_TEXT;
}

static const char *const jwk_needles[] = {WORD, NULL};

const struct format format_jwk = {
	.name = "jwk",
	.description = "JSON Web Keys and sets of them",
	.sniff = jwk_sniff,
	.needles = jwk_needles,
	.parse = jwk_parse,
};
