/* SPDX-License-Identifier: Apache-2.0 */
/* What a parser reads: an open file, or bytes that were found inside one. */
#ifndef CW_AGENT_FORMAT_SOURCE_H
#define CW_AGENT_FORMAT_SOURCE_H

#include <sys/types.h>

#include "lib/buf.h"

struct source {
	int fd;			/* borrowed; -1: in memory */
	const uint8_t *mem;	/* borrowed */
	uint64_t size;		/* as fstat said; the file may change */
	const char *name;	/* last component of the path; "" if none */
	const uint8_t *head;	/* the first data, LIMIT_HEAD or less */
	size_t head_len;
};

/* Opens over a descriptor: reads the first block into ${head}, a buffer of
 * LIMIT_HEAD bytes that outlives the source.  0 or -errno. */
int source_open_fd(struct source *s, int fd, uint64_t size, const char *name,
		   uint8_t *head);
/* Opens over memory; cannot fail. */
void source_open_memory(struct source *s, const void *data, size_t len,
			const char *name);

/* Reads ${len} bytes at ${offset}, fewer only at the end: bytes, or -errno. */
ssize_t source_read(const struct source *s, uint64_t offset, void *to,
		    size_t len);
/* Initializes ${b} with memory for ${most} bytes of it, or for all it has: no
 * more than b->max.  0, or as buf_reserve(). */
int source_window(const struct source *s, size_t most, struct buf *b);
/* Appends the whole content.  0; -EFBIG above the buffer's maximum; -errno. */
int source_slurp(const struct source *s, struct buf *out);

/* Does it begin as a text of ASCII in UTF-16 does?  Without its NULs it is
 * ASCII. */
bool source_is_utf16(const uint8_t *head, size_t len);
/* Drops the NULs of ${b} from ${from} on. */
void source_drop_nuls(struct buf *b, size_t from);

/* First offset at or after ${offset} that is not in a hole (lseek SEEK_DATA),
 * and through ${ret_end} where that data ends: 0, -ENXIO at the end. */
int source_next_data(const struct source *s, uint64_t offset,
		     uint64_t *ret_start, uint64_t *ret_end);

#endif
