/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/format/source.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/limits.h"

int source_open_fd(struct source *s, int fd, uint64_t size, const char *name,
		   uint8_t *head)
{
	uint64_t start = 0, end = 0;
	ssize_t n;

	*s = (struct source){.fd = fd, .size = size, .name = name};
	/* a file that begins with a hole is told by what comes after it */
	if (source_next_data(s, 0, &start, &end) < 0)
		start = 0;
	n = source_read(s, start, head, LIMIT_HEAD);
	if (n < 0)
		return (int)n;
	/* nor does the rest of its last block say anything */
	while (start > 0 && n > 0 && head[n - 1] == 0)
		n--;
	s->head = head;
	s->head_len = (size_t)n;
	return 0;
}

void source_open_memory(struct source *s, const void *data, size_t len,
			const char *name)
{
	*s = (struct source){.fd = -1, .mem = data, .size = len, .name = name,
			     .head = data};
	s->head_len = len < LIMIT_HEAD ? len : LIMIT_HEAD;
}

ssize_t source_read(const struct source *s, uint64_t offset, void *to,
		    size_t len)
{
	size_t done = 0;

	if (s->fd < 0) {
		if (offset >= s->size)
			return 0;
		if (len > s->size - offset)
			len = (size_t)(s->size - offset);
		memcpy(to, s->mem + offset, len);
		return (ssize_t)len;
	}
	while (done < len) {
		ssize_t n = pread(s->fd, (uint8_t *)to + done, len - done,
				  (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

int source_window(const struct source *s, size_t most, struct buf *b)
{
	buf_init(b, s->size < most ? (size_t)s->size : most);
	return buf_reserve(b, b->max);
}

int source_slurp(const struct source *s, struct buf *out)
{
	uint64_t offset = 0;

	/* one byte more than said shows a file that grows */
	if (s->size > out->max - out->len)
		return -EFBIG;
	for (;;) {
		size_t room = s->size + 1 > offset
				      ? (size_t)(s->size + 1 - offset)
				      : 4096;
		ssize_t n;
		int r;

		if (room > out->max - out->len)
			room = out->max - out->len;
		if (room == 0)
			return source_read(s, offset, &(char){0}, 1) > 0
				       ? -EFBIG
				       : 0;
		r = buf_reserve(out, room);
		if (r < 0)
			return r;
		n = source_read(s, offset, out->data + out->len, room);
		if (n < 0)
			return (int)n;
		out->len += (size_t)n;
		offset += (size_t)n;
		if ((size_t)n < room)
			return 0;
	}
}

int source_next_data(const struct source *s, uint64_t offset,
		     uint64_t *ret_start, uint64_t *ret_end)
{
	off_t start, end;

	if (offset >= s->size)
		return -ENXIO;
	if (s->fd < 0) {
		*ret_start = offset;
		*ret_end = s->size;
		return 0;
	}
	start = lseek(s->fd, (off_t)offset, SEEK_DATA);
	if (start < 0 && errno == ENXIO)
		return -ENXIO;
	end = start < 0 ? -1 : lseek(s->fd, start, SEEK_HOLE);
	/* a file system without holes answers one of them with an error */
	*ret_start = start < 0 ? offset : (uint64_t)start;
	*ret_end = end <= start ? s->size : (uint64_t)end;
	return 0;
}

bool source_is_utf16(const uint8_t *head, size_t len)
{
	if (len >= 4 && ((head[0] == 0xff && head[1] == 0xfe) ||
			 (head[0] == 0xfe && head[1] == 0xff)))
		return true;
	if (len < 16)
		return false;
	for (size_t i = 0; i < 16; i += 2) {
		if ((head[i] == 0) == (head[i + 1] == 0) ||
		    (head[i] == 0) != (head[0] == 0))
			return false;
	}
	return true;
}

void source_drop_nuls(struct buf *b, size_t from)
{
	size_t to = from;

	for (size_t i = from; i < b->len; i++) {
		if (b->data[i])
			b->data[to++] = b->data[i];
	}
	b->len = to;
}
