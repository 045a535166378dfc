/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/buf.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* bytes of a first block (with its head what malloc() has at hand), and of one
 * in an arena that holds much */
#define ARENA_FIRST ((size_t)960)
#define ARENA_BLOCK ((size_t)16 << 10)

struct arena_block {
	struct arena_block *next;
	size_t used;
	size_t cap;
	max_align_t data[];
};

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max};
}

void buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){.max = b->max};
}

void buf_free_secret(struct buf *b)
{
	if (b->data)
		explicit_bzero(b->data, b->cap);
	buf_free(b);
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = false;
}

int buf_reserve(struct buf *b, size_t more)
{
	size_t cap = b->cap ? b->cap : 256;
	uint8_t *p = NULL;

	assert(b->len <= b->max);
	if (more > b->max - b->len) {
		b->failed = true;
		return -ENOBUFS;
	}
	if (b->len + more <= b->cap)
		return 0;
	while (cap < b->len + more)
		cap *= 2;
	p = realloc(b->data, cap);
	if (!p) {
		b->failed = true;
		return -ENOMEM;
	}
	b->data = p;
	b->cap = cap;
	return 0;
}

int buf_add(struct buf *b, const void *data, size_t len)
{
	int r = buf_reserve(b, len);

	if (r == 0 && len > 0) {
		memcpy(b->data + b->len, data, len);
		b->len += len;
	}
	return r;
}

int buf_addch(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

int buf_adds(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int buf_addv(struct buf *b, const char *fmt, va_list ap)
{
	char small[256];
	char *big = NULL;
	int n, r;

	va_list again;
	va_copy(again, ap);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	if (n >= 0 && (size_t)n < sizeof(small)) {
		r = buf_add(b, small, (size_t)n);
	} else if (vasprintf(&big, fmt, again) < 0) {
		b->failed = true;
		r = -ENOMEM;
	} else {
		r = buf_adds(b, big);
		free(big);
	}
	va_end(again);
	return r;
}

int buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = buf_addv(b, fmt, ap);
	va_end(ap);
	return r;
}

const char *buf_str(struct buf *b)
{
	bool failed = b->failed;

	if (buf_addch(b, '\0') < 0) {
		b->failed = failed;
		return "";
	}
	b->len--;
	return (const char *)b->data;
}

void arena_init(struct arena *a, size_t max)
{
	*a = (struct arena){.max = max};
}

static struct arena_block *arena_grow(struct arena *a, size_t len)
{
	size_t cap = a->used < ARENA_FIRST ? ARENA_FIRST :
		a->used < ARENA_BLOCK ? a->used : ARENA_BLOCK;
	struct arena_block *b = NULL;

	if (cap < len)
		cap = len;
	b = malloc(sizeof(*b) + cap);
	if (!b)
		return NULL;
	b->used = 0;
	b->cap = cap;
	b->next = a->head;
	a->head = b;
	return b;
}

void *arena_alloc(struct arena *a, size_t len)
{
	struct arena_block *b = a->head;
	void *p;

	if (len > a->max)
		return NULL;
	len = (len + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
	if (len > a->max - a->used)
		return NULL;
	if (!b || len > b->cap - b->used)
		b = arena_grow(a, len);
	if (!b)
		return NULL;
	p = (uint8_t *)b->data + b->used;
	b->used += len;
	a->used += len;
	memset(p, 0, len);
	return p;
}

void *arena_dup(struct arena *a, const void *data, size_t len)
{
	void *p = arena_alloc(a, len);

	if (p && len > 0)
		memcpy(p, data, len);
	return p;
}

char *arena_str(struct arena *a, const void *data, size_t len)
{
	char *p = arena_alloc(a, len + 1);

	if (p && len > 0)
		memcpy(p, data, len);
	return p;
}

void arena_reset(struct arena *a)
{
	struct arena_block *kept = NULL;

	for (struct arena_block *b = a->head, *next; b; b = next) {
		next = b->next;
		if (!kept && b->cap <= ARENA_BLOCK)
			kept = b;
		else
			free(b);
	}
	if (kept) {
		kept->next = NULL;
		kept->used = 0;
	}
	a->head = kept;
	a->used = 0;
}

void arena_wipe(struct arena *a)
{
	for (struct arena_block *b = a->head; b; b = b->next)
		explicit_bzero(b->data, b->used);
}

void arena_free(struct arena *a)
{
	arena_reset(a);
	free(a->head);
	a->head = NULL;
}
