/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/inode_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"

#define MAGIC 0x6377696e6f646531u	/* "cwinode1" */
#define COUNT_MAX ((uint64_t)1 << 31)
#define SLOTS_MIN ((size_t)64)

struct inode_tail {
	uint64_t magic;
	uint64_t count;
	uint64_t n_slots;
};

int inode_file_create(const char *dir)
{
	return file_nameless(dir, O_APPEND);
}

void inode_writer_init(struct inode_writer *w, int fd)
{
	w->fd = fd;
	w->error = 0;
	w->n = 0;
}

/* O_APPEND: writers do not disturb each other. */
int inode_writer_flush(struct inode_writer *w)
{
	size_t len = w->n * sizeof(w->pending[0]);
	ssize_t n = 0;

	if (w->n > 0 && w->error == 0 && w->fd >= 0) {
		n = write(w->fd, w->pending, len);
		if (n < 0)
			w->error = -errno;
		else if ((size_t)n != len)
			w->error = -ENOSPC;
	}
	w->n = 0;
	return w->error;
}

void inode_writer_add(struct inode_writer *w, const struct inode_record *r)
{
	w->pending[w->n++] = *r;
	if (w->n == sizeof(w->pending) / sizeof(w->pending[0]))
		inode_writer_flush(w);
}

static uint64_t hash(const struct inode_key *k)
{
	uint64_t h = (k->inode ^ k->device * 0x9e3779b97f4a7c15u) *
		     0xbf58476d1ce4e5b9u;

	h ^= h >> 31;
	h *= 0x94d049bb133111ebu;
	return h ^ h >> 29;
}

static size_t window_size(size_t n_slots)
{
	return n_slots < INODE_WINDOW ? n_slots : INODE_WINDOW;
}

/* Where the window of a key begins. */
static size_t window_of(uint64_t h, size_t n_slots)
{
	/* both are powers of two */
	return (size_t)(h >> 32) & (n_slots - 1) & ~(window_size(n_slots) - 1);
}

static int fill_window(const struct inode_record *records, size_t count,
		       size_t start, size_t n_slots, uint32_t *slots)
{
	size_t size = window_size(n_slots), used = 0;

	memset(slots, 0, size * sizeof(*slots));
	for (size_t i = 0; i < count; i++) {
		uint64_t h = hash(&records[i].key);
		size_t at = (size_t)h & (size - 1);

		if (window_of(h, n_slots) != start)
			continue;
		if (++used == size)
			return -EFBIG;
		while (slots[at])
			at = (at + 1) & (size - 1);
		slots[at] = (uint32_t)i + 1;
	}
	return 0;
}

static int write_slots(int fd, const struct inode_record *records, size_t count)
{
	struct inode_tail tail = {MAGIC, count, SLOTS_MIN};
	uint32_t *slots = NULL;
	size_t size;
	int r = 0;

	while (tail.n_slots < 2 * count)
		tail.n_slots *= 2;
	size = window_size(tail.n_slots);
	slots = malloc(size * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (size_t at = 0; at < tail.n_slots && r == 0; at += size) {
		r = fill_window(records, count, at, tail.n_slots, slots);
		if (r == 0)
			r = file_write_all(fd, slots, size * sizeof(*slots));
	}
	free(slots);
	return r < 0 ? r : file_write_all(fd, &tail, sizeof(tail));
}

int inode_file_seal(int fd)
{
	struct stat st = {0};
	size_t count, len;
	void *p = NULL;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	len = (size_t)st.st_size;
	count = len / sizeof(struct inode_record);
	if (len % sizeof(struct inode_record) != 0)
		return -EBADMSG;
	if (count > COUNT_MAX)
		return -EFBIG;
	if (len > 0)
		p = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	r = write_slots(fd, p, count);
	if (p)
		munmap(p, len);
	return r;
}

static bool is_whole(const struct inode_tail *t, size_t len)
{
	return t->magic == MAGIC && t->count <= COUNT_MAX &&
	       t->n_slots >= SLOTS_MIN && t->n_slots <= 4 * COUNT_MAX &&
	       (t->n_slots & (t->n_slots - 1)) == 0 &&
	       t->count * sizeof(struct inode_record) +
			       t->n_slots * sizeof(uint32_t) +
			       sizeof(*t) == len;
}

int inode_map_open(struct inode_map *m, int fd)
{
	struct inode_tail tail = {0};
	struct stat st = {0};
	size_t len;
	void *p;

	if (fstat(fd, &st) < 0)
		return -errno;
	len = (size_t)st.st_size;
	if (len < sizeof(tail))
		return -EBADMSG;
	p = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	memcpy(&tail, (const char *)p + len - sizeof(tail), sizeof(tail));
	if (!is_whole(&tail, len)) {
		munmap(p, len);
		return -EBADMSG;
	}
	*m = (struct inode_map){.records = p, .count = tail.count,
				.n_slots = tail.n_slots, .mapped = len};
	m->slots = (const uint32_t *)(m->records + tail.count);
	return 0;
}

void inode_map_close(struct inode_map *m)
{
	if (m->mapped > 0)
		munmap((void *)(uintptr_t)m->records, m->mapped);
	*m = (struct inode_map){0};
}

const struct inode_record *inode_map_next(const struct inode_map *m,
					  const struct inode_key *key,
					  size_t *at)
{
	size_t size = window_size(m->n_slots), start, first;
	uint64_t h = hash(key);

	if (m->n_slots == 0)
		return NULL;
	start = window_of(h, m->n_slots);
	first = (size_t)h & (size - 1);
	while (*at < size) {
		uint32_t i = m->slots[start + ((first + *at) & (size - 1))];
		const struct inode_record *r;

		if (i == 0 || i > m->count)
			return NULL;
		(*at)++;
		r = &m->records[i - 1];
		if (r->key.inode == key->inode && r->key.device == key->device)
			return r;
	}
	return NULL;
}
