/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/auth/jwt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/encode.h"
#include "lib/json_read.h"

#define DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
	"0123456789-_"

struct header {
	struct jwt *token;
	bool has_alg, has_kid;
};

int jwt_algorithm_find(const char *name)
{
	static const char *const names[] = {
		[JWT_RS256] = "RS256", [JWT_PS256] = "PS256",
		[JWT_ES256] = "ES256", [JWT_EDDSA] = "EdDSA",
	};

	for (int i = 0; i <= JWT_EDDSA; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -ENOTSUP;
}

static int take_alg(struct header *h, const char *value)
{
	int a = jwt_algorithm_find(value);

	if (h->has_alg || a < 0)
		return h->has_alg ? -EBADMSG : a;
	h->has_alg = true;
	h->token->algorithm = (enum jwt_algorithm)a;
	return 0;
}

static int take_kid(struct header *h, const char *value)
{
	if (h->has_kid || strlen(value) >= JWT_KID)
		return -EBADMSG;
	h->has_kid = true;
	snprintf(h->token->kid, JWT_KID, "%s", value);
	return 0;
}

static int take_header(void *arg, const struct json_place *p,
		       const char *value)
{
	struct header *h = arg;

	if (p->depth == 0 || !p->keys[0])
		return -EBADMSG;
	/* what is critical has to be understood (RFC 7515 section 4.1.11) */
	if (strcmp(p->keys[0], "crit") == 0)
		return -ENOTSUP;
	if (p->depth == 1 && strcmp(p->keys[0], "alg") == 0)
		return take_alg(h, value);
	if (p->depth == 1 && strcmp(p->keys[0], "kid") == 0)
		return take_kid(h, value);
	return 0;
}

/* One part: base64url without padding, and nothing else. */
static int decode_part(const char *part, size_t len, struct buf *out)
{
	if (len == 0 || len % 4 == 1)
		return -EBADMSG;
	for (size_t i = 0; i < len; i++)
		if (!part[i] || !strchr(DIGITS, part[i]))
			return -EBADMSG;
	return decode_base64(out, part, len) < 0 ?
		(out->failed ? -ENOMEM : -EBADMSG) : 0;
}

static int read_header(const char *part, size_t len, struct jwt *t)
{
	struct header h = { .token = t };
	struct buf b;
	int r = 0;

	buf_init(&b, LIMIT_JWT);
	r = decode_part(part, len, &b);
	if (r == 0)
		r = json_read((const char *)b.data, b.len, take_header, &h);
	if (r == 0 && !h.has_alg)
		r = -EBADMSG;
	buf_free(&b);
	return r;
}

static int read_signature(const char *part, size_t len, struct jwt *t)
{
	struct buf b;
	int r = 0;

	buf_init(&b, LIMIT_JWT);
	r = decode_part(part, len, &b);
	if (r == 0 && b.len > JWT_SIGNATURE)
		r = -EBADMSG;
	if (r == 0) {
		memcpy(t->signature, b.data, b.len);
		t->signature_len = b.len;
	}
	buf_free(&b);
	return r;
}

int jwt_parse(const char *text, size_t len, struct jwt *ret)
{
	struct jwt t = { .text = text };
	const char *first = NULL, *second = NULL;
	size_t left = 0;
	int r = -EBADMSG;

	if (len == 0 || len > LIMIT_JWT)
		return -EBADMSG;
	first = memchr(text, '.', len);
	if (first)
		second = memchr(first + 1, '.',
				len - (size_t)(first + 1 - text));
	if (!second)
		return -EBADMSG;
	t.signed_len = (size_t)(second - text);
	left = len - t.signed_len - 1;
	buf_init(&t.payload, LIMIT_JWT);
	r = read_header(text, (size_t)(first - text), &t);
	if (r == 0)
		r = decode_part(first + 1, (size_t)(second - first - 1),
				&t.payload);
	if (r == 0)
		r = read_signature(second + 1, left, &t);
	if (r < 0)
		jwt_free(&t);
	else
		*ret = t;
	return r;
}

void jwt_free(struct jwt *t)
{
	buf_free_secret(&t->payload);
}
