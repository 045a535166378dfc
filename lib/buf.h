/* SPDX-License-Identifier: Apache-2.0 */
/* A growable buffer with a maximum, and an arena with a maximum. */
#ifndef CW_LIB_BUF_H
#define CW_LIB_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	uint8_t *data;
	size_t len;
	size_t cap;
	size_t max;
	bool failed;	/* an append did not fit; sticky until buf_reset() */
};

/* An empty buffer that never holds more than ${max} bytes. */
void buf_init(struct buf *b, size_t max);
/* Frees the memory; the buffer is empty and can be used again. */
void buf_free(struct buf *b);
/* The same, with the contents overwritten first: for secrets. */
void buf_free_secret(struct buf *b);
/* Length 0, failed false; keeps the memory. */
void buf_reset(struct buf *b);

/* Each returns 0, or -ENOBUFS (above the maximum) or -ENOMEM, and then sets
 * b->failed and appends nothing. */
int buf_reserve(struct buf *b, size_t more);
int buf_add(struct buf *b, const void *data, size_t len);
int buf_addch(struct buf *b, char c);
int buf_adds(struct buf *b, const char *s);
int buf_addf(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
int buf_addv(struct buf *b, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));
/* NUL-terminates without counting the NUL; "" where that fails. */
const char *buf_str(struct buf *b);

/* Memory that is freed all at once.  arena_alloc() returns zeroed memory,
 * aligned for any type, or NULL above the maximum. */
struct arena {
	struct arena_block *head;
	size_t used;
	size_t max;
};

void arena_init(struct arena *a, size_t max);
void *arena_alloc(struct arena *a, size_t len);
void *arena_dup(struct arena *a, const void *data, size_t len);
/* A NUL-terminated copy. */
char *arena_str(struct arena *a, const void *data, size_t len);
/* Frees all but one block of at most 16 KiB, which is used again. */
void arena_reset(struct arena *a);
void arena_free(struct arena *a);
/* Overwrites all that is in it, before it is freed: for secrets. */
void arena_wipe(struct arena *a);

#endif
