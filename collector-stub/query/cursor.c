/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/query/cursor.h"

#include <errno.h>
#include <string.h>

#include "lib/encode.h"

static void put(struct buf *b, uint64_t n, int bytes)
{
	while (bytes-- > 0)
		buf_addch(b, (char)(n >> (8 * bytes)));
}

static void put_value(struct buf *b, const struct store_value *v)
{
	put(b, v->type, 1);
	if (v->type == STORE_NUMBER) {
		put(b, (uint64_t)v->number, 8);
		return;
	}
	if (v->len > UINT16_MAX)
		b->failed = true;
	put(b, v->len, 2);
	buf_add(b, v->data, v->len);
}

int cursor_write(struct buf *out, const struct store_value *values, size_t n)
{
	struct buf raw;
	int r = 0;

	buf_reset(out);
	buf_init(&raw, QUERY_CURSOR);
	for (size_t i = 0; i < n; i++)
		put_value(&raw, &values[i]);
	r = raw.failed ? -ENOBUFS : encode_base64url(out, raw.data, raw.len);
	buf_free(&raw);
	return r;
}

struct reader {
	const uint8_t *at, *end;
};

static bool get(struct reader *in, int bytes, uint64_t *ret)
{
	uint64_t n = 0;

	if (in->end - in->at < bytes)
		return false;
	while (bytes-- > 0)
		n = n << 8 | *in->at++;
	*ret = n;
	return true;
}

static bool get_value(struct reader *in, struct store_value *v)
{
	uint64_t n = 0;

	if (!get(in, 1, &n) || n < STORE_NUMBER || n > STORE_BYTES)
		return false;
	v->type = (enum store_type)n;
	if (v->type == STORE_NUMBER) {
		if (!get(in, 8, &n))
			return false;
		v->number = (int64_t)n;
		return true;
	}
	if (!get(in, 2, &n) || (uint64_t)(in->end - in->at) < n)
		return false;
	v->data = in->at;
	v->len = n;
	in->at += n;
	/* a store takes no NUL in a text */
	return v->type == STORE_BYTES ||
		(is_utf8(v->data, v->len) && !memchr(v->data, 0, v->len));
}

int cursor_read(const char *word, struct arena *a, struct store_value *ret,
		size_t n)
{
	struct reader in;
	uint8_t *copy = NULL;
	struct buf raw;
	size_t len = 0;
	int r = 0;

	if (strlen(word) >= QUERY_CURSOR)
		return -EINVAL;
	buf_init(&raw, QUERY_CURSOR);
	r = decode_base64(&raw, word, strlen(word));
	len = raw.len;
	if (r == 0)
		copy = arena_dup(a, raw.data, len);
	buf_free(&raw);
	if (r < 0 || !copy)
		return r == -ENOMEM || r == 0 ? -ENOMEM : -EINVAL;
	in = (struct reader){ copy, copy + len };
	for (size_t i = 0; i < n; i++) {
		ret[i] = (struct store_value){ .type = STORE_NULL };
		if (!get_value(&in, &ret[i]))
			return -EINVAL;
	}
	return in.at == in.end ? 0 : -EINVAL;
}
