/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/auth/jwt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector-stub/auth/parsed.h"
#include "lib/encode.h"

#define DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
	"0123456789-_"

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

static int take_header(const json_t *header, struct jwt *t)
{
	const char *name = json_string_value(json_object_get(header, "alg"));
	const json_t *kid = json_object_get(header, "kid");
	int a = name ? jwt_algorithm_find(name) : -EBADMSG;

	/* what is critical has to be understood (RFC 7515 section 4.1.11) */
	if (json_object_get(header, "crit"))
		return -ENOTSUP;
	if (a < 0)
		return a;
	if (kid && (!json_is_string(kid) ||
		    json_string_length(kid) >= JWT_KID))
		return -EBADMSG;
	t->algorithm = (enum jwt_algorithm)a;
	snprintf(t->kid, JWT_KID, "%s", kid ? json_string_value(kid) : "");
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
	json_t *header = NULL;
	struct buf b;
	int r = 0;

	buf_init(&b, LIMIT_JWT);
	r = decode_part(part, len, &b);
	if (r == 0)
		r = parsed_object(b.data, b.len, &header);
	if (r == 0)
		r = take_header(header, t);
	json_decref(header);
	buf_free(&b);
	return r == -EEXIST ? -EBADMSG : r;
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
