/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/silence.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "agent/walk/mounts.h"
#include "lib/clock.h"

struct silence {
	size_t count;
	size_t size;	/* of the mapping */
	struct silent_path {
		int64_t until;	/* steady ms */
		char path[PATH_MAX];
	} *paths;	/* mapped */
};

struct silence *silence_new(size_t count)
{
	struct silence *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->count = count;
	s->size = (count + 1) * sizeof(*s->paths);
	s->paths = mmap(NULL, s->size, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s->paths == MAP_FAILED) {
		free(s);
		return NULL;
	}
	return s;
}

void silence_free(struct silence *s)
{
	if (!s)
		return;
	munmap(s->paths, s->size);
	free(s);
}

void silence_forget(struct silence *s)
{
	for (size_t i = 0; s && i < s->count; i++)
		s->paths[i].until = 0;
}

/* Others may write while it is read. */
static bool read_path(const struct silent_path *p, char ret[PATH_MAX])
{
	if (p->until <= clock_steady_ms() ||
	    p->until > clock_steady_ms() + SILENCE_MS)
		return false;
	memcpy(ret, p->path, PATH_MAX);
	ret[PATH_MAX - 1] = '\0';
	return true;
}

static bool has_beneath(const char *at, size_t len, const char *top)
{
	for (const char *end = at + len; at < end; at += strlen(at) + 1) {
		if (mounts_is_beneath(at + 1, top))
			return true;
	}
	return false;
}

void silence_told(struct silence *s, const void *names, size_t len)
{
	char top[PATH_MAX];

	for (size_t i = 0; s && i < s->count; i++) {
		if (read_path(&s->paths[i], top) &&
		    has_beneath(names, len, top))
			s->paths[i].until = 0;
	}
}

void silence_note(struct silence *s, size_t i, const char *path)
{
	if (!s || i >= s->count)
		return;
	s->paths[i].until = 0;
	if (!path)
		return;
	snprintf(s->paths[i].path, PATH_MAX, "%s", path);
	s->paths[i].until = clock_steady_ms() + SILENCE_MS;
}

char *silence_of(const struct silence *s, size_t i)
{
	char path[PATH_MAX];

	if (!s || i >= s->count || !read_path(&s->paths[i], path))
		return NULL;
	return strdup(path);
}
