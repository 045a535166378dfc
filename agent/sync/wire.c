/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sync/wire.h"

#include <errno.h>

#define FIELD_MAX ((1u << 29) - 1)

static int get_varint(const uint8_t **at, const uint8_t *end, uint64_t *ret)
{
	const uint8_t *p = *at;
	uint64_t v = 0;

	for (unsigned int shift = 0; shift < 64 && p < end; shift += 7) {
		uint8_t c = *p++;

		if (shift == 63 && c > 1)
			return -EBADMSG;
		v |= (uint64_t)(c & 0x7f) << shift;
		if (!(c & 0x80)) {
			*at = p;
			*ret = v;
			return 0;
		}
	}
	return -EBADMSG;
}

static int get_fixed(const uint8_t **at, const uint8_t *end, size_t size,
		     uint64_t *ret)
{
	uint64_t v = 0;

	if ((size_t)(end - *at) < size)
		return -EBADMSG;
	for (size_t i = 0; i < size; i++)
		v |= (uint64_t)(*at)[i] << (8 * i);
	*at += size;
	*ret = v;
	return 0;
}

static int get_value(const uint8_t **at, const uint8_t *end,
		     struct wire_field *f)
{
	int r = 0;

	switch (f->type) {
	case WIRE_VARINT:
		return get_varint(at, end, &f->value);
	case WIRE_FIXED64:
		return get_fixed(at, end, 8, &f->value);
	case WIRE_FIXED32:
		return get_fixed(at, end, 4, &f->value);
	case WIRE_BYTES:
		r = get_varint(at, end, &f->value);
		if (r < 0 || f->value > (uint64_t)(end - *at))
			return -EBADMSG;
		f->data = *at;
		f->len = (size_t)f->value;
		*at += f->len;
		return 0;
	default:
		return -EBADMSG;
	}
}

int wire_next(const uint8_t **at, const uint8_t *end, struct wire_field *ret)
{
	struct wire_field f = {0};
	const uint8_t *p = *at;
	uint64_t key = 0;

	if (p == end)
		return 0;
	if (get_varint(&p, end, &key) < 0 || key >> 3 == 0 ||
	    key >> 3 > FIELD_MAX)
		return -EBADMSG;
	f.number = (uint32_t)(key >> 3);
	f.type = (enum wire_type)(key & 7);
	if (get_value(&p, end, &f) < 0)
		return -EBADMSG;
	*at = p;
	*ret = f;
	return 1;
}

static size_t put_varint(uint8_t *out, uint64_t v)
{
	size_t n = 0;

	for (; v > 0x7f; v >>= 7)
		out[n++] = (uint8_t)(v | 0x80);
	out[n++] = (uint8_t)v;
	return n;
}

int wire_put_varint(struct buf *out, uint32_t number, uint64_t value)
{
	uint8_t b[20];
	size_t n = put_varint(b, (uint64_t)number << 3 | WIRE_VARINT);

	n += put_varint(b + n, value);
	return buf_add(out, b, n);
}

int wire_put_fixed64(struct buf *out, uint32_t number, uint64_t value)
{
	uint8_t b[20];
	size_t n = put_varint(b, (uint64_t)number << 3 | WIRE_FIXED64);

	for (int i = 0; i < 8; i++)
		b[n++] = (uint8_t)(value >> (8 * i));
	return buf_add(out, b, n);
}

size_t wire_header(uint8_t out[static WIRE_HEADER], uint32_t number,
		   size_t len)
{
	size_t n = put_varint(out, (uint64_t)number << 3 | WIRE_BYTES);

	return n + put_varint(out + n, len);
}

int wire_put_bytes(struct buf *out, uint32_t number, const void *data,
		   size_t len)
{
	uint8_t b[WIRE_HEADER];
	size_t n = wire_header(b, number, len);
	int r = buf_reserve(out, n + len);

	if (r < 0)
		return r;
	buf_add(out, b, n);
	return buf_add(out, data, len);
}
