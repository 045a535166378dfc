/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/path_set.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_SIZE 256
#define BASIS UINT64_C(0xcbf29ce484222325)	/* FNV-1a */
#define PRIME UINT64_C(0x100000001b3)
#define BELOW UINT64_C(0x9e3779b97f4a7c15)	/* tells the two kinds apart */

static uint64_t step(uint64_t h, char c)
{
	return (h ^ (uint8_t)c) * PRIME;
}

static uint64_t finish(uint64_t h, uint64_t kind)
{
	h ^= kind;
	h = (h ^ (h >> 32)) * UINT64_C(0xd6e8feb86659fd93);
	h ^= h >> 32;
	return h ? h : 1;
}

static uint64_t hash(const char *path, size_t len, uint64_t kind)
{
	uint64_t h = BASIS;

	for (size_t i = 0; i < len; i++)
		h = step(h, path[i]);
	return finish(h, kind);
}

/* Where the hash is, or the free slot for it. */
static uint64_t *slot(const struct path_set *k, uint64_t h)
{
	size_t i = h & (k->size - 1);

	while (k->slots[i] != 0 && k->slots[i] != h)
		i = (i + 1) & (k->size - 1);
	return &k->slots[i];
}

static bool has(const struct path_set *k, uint64_t h)
{
	return k->size > 0 && *slot(k, h) == h;
}

static int grow(struct path_set *k)
{
	struct path_set larger = {.size = k->size ? k->size * 2 : FIRST_SIZE};

	larger.slots = calloc(larger.size, sizeof(*larger.slots));
	if (!larger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < k->size; i++) {
		if (k->slots[i])
			*slot(&larger, k->slots[i]) = k->slots[i];
	}
	larger.count = k->count;
	free(k->slots);
	*k = larger;
	return 0;
}

static int add(struct path_set *k, uint64_t h)
{
	int r = 0;

	if (has(k, h))
		return 0;
	if (k->count >= PATH_SET_MAX)
		return -ENOBUFS;
	if (k->count * 4 >= k->size * 3)
		r = grow(k);
	if (r < 0)
		return r;
	*slot(k, h) = h;
	k->count++;
	return 0;
}

int path_set_add(struct path_set *k, const char *path, size_t len)
{
	uint64_t h = BASIS;
	int r = 0;

	for (size_t i = 0; i < len && r == 0; i++) {
		if (path[i] == '/' && i > 0)
			r = add(k, finish(h, BELOW));
		h = step(h, path[i]);
		if (i == 0 && r == 0)
			r = add(k, finish(h, BELOW));	/* the root */
	}
	return r < 0 ? r : add(k, finish(h, 0));
}

static int add_one(struct path_set *k, const char *path, size_t len,
		   uint64_t kind)
{
	size_t before = k->count;
	int r = add(k, hash(path, len, kind));

	return r < 0 ? r : k->count > before;
}

int path_set_add_alone(struct path_set *k, const char *path, size_t len)
{
	return add_one(k, path, len, 0);
}

int path_set_add_below(struct path_set *k, const char *path, size_t len)
{
	return add_one(k, path, len, BELOW);
}

bool path_set_meets(const struct path_set *k, const struct path_set *other)
{
	for (size_t i = 0; i < other->size; i++) {
		if (other->slots[i] && has(k, other->slots[i]))
			return true;
	}
	return false;
}

bool path_set_has(const struct path_set *k, const char *path, size_t len)
{
	return has(k, hash(path, len, 0));
}

bool path_set_has_below(const struct path_set *k, const char *path, size_t len)
{
	return has(k, hash(path, len, BELOW));
}

void path_set_free(struct path_set *k)
{
	free(k->slots);
	*k = (struct path_set){0};
}
