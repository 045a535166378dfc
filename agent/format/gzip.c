/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/format/gzip.h"

#include <errno.h>
#include <zlib.h>

#include "lib/limits.h"

#define STEP KIB(64)
#define GZIP_ONLY (15 + 16)	/* windowBits of inflateInit2() */

/* Files of several members are made by appending; what else follows a member
 * is ignored, as gzip(1) does. */
static int next_member(z_stream *z)
{
	if (z->avail_in < 2 || z->next_in[0] != 0x1f || z->next_in[1] != 0x8b)
		return 1;
	return inflateReset(z) == Z_OK ? 0 : -EBADMSG;
}

static int inflate_step(z_stream *z, size_t *left, struct buf *out)
{
	size_t room = *left < STEP ? *left : STEP;
	int r = room > 0 ? buf_reserve(out, room) : -EFBIG;

	if (r < 0)
		return r == -ENOBUFS ? -EFBIG : r;
	z->next_out = out->data + out->len;
	z->avail_out = (uInt)room;
	r = inflate(z, Z_NO_FLUSH);
	room -= z->avail_out;
	out->len += room;
	*left -= room;
	if (r == Z_STREAM_END)
		return next_member(z);
	if (r == Z_MEM_ERROR)
		return -ENOMEM;
	return r == Z_OK && room > 0 ? 0 : -EBADMSG;
}

int gzip_inflate(const void *data, size_t len, size_t *left, struct buf *out)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)data };
	int r = 0;

	if (len > UINT32_MAX)
		return -EFBIG;
	z.avail_in = (uInt)len;
	if (inflateInit2(&z, GZIP_ONLY) != Z_OK)
		return -ENOMEM;
	while (r == 0)
		r = inflate_step(&z, left, out);
	inflateEnd(&z);
	return r < 0 ? r : 0;
}
