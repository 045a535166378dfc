/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/limits.h"

#define OPEN_MOST 128	/* directories that stay open for those below them */
#define CHUNK 3000	/* bytes of a path given to one system call */
#define STEP_FLAGS (O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
#define OPEN_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW | \
		    O_NONBLOCK)

static atomic_int open_count;

struct directory *directory_new(struct directory *parent, const char *name,
				size_t len)
{
	struct directory *d = NULL;
	size_t path_len = len;

	if (parent)
		path_len += parent->path_len + (parent->path_len > 1);
	if (path_len > LIMIT_PATH)
		return NULL;
	d = malloc(sizeof(*d) + len + 1);
	if (!d)
		return NULL;
	*d = (struct directory){.parent = directory_ref(parent),
				.path_len = path_len, .name_len = len,
				.fd = -1};
	d->container = parent ? parent->container : NULL;
	d->base = parent ? parent->base : NULL;
	atomic_init(&d->refs, 1);
	if (parent && parent->fd >= 0)
		atomic_fetch_add(&parent->waiting, 1);
	memcpy(d->name, name, len);
	d->name[len] = '\0';
	return d;
}

struct directory *directory_ref(struct directory *d)
{
	if (d)
		atomic_fetch_add_explicit(&d->refs, 1, memory_order_relaxed);
	return d;
}

void directory_unref(struct directory *d)
{
	while (d && atomic_fetch_sub_explicit(&d->refs, 1,
					      memory_order_acq_rel) == 1) {
		struct directory *parent = d->parent;

		free(d);
		d = parent;
	}
}

int directory_path(const struct directory *d, const char *name,
		   struct buf *out)
{
	size_t tail = name ? strlen(name) : 0;
	size_t at = d->path_len;
	int r;

	buf_reset(out);
	r = buf_reserve(out, at + tail + 2);
	if (r < 0)
		return r;
	for (const struct directory *i = d; i; i = i->parent) {
		at -= i->name_len;
		memcpy(out->data + at, i->name, i->name_len);
		if (at > 0 && i->parent && i->parent->path_len > 1)
			out->data[--at] = '/';
	}
	out->len = d->path_len;
	if (name && d->path_len > 1)
		out->data[out->len++] = '/';
	memcpy(out->data + out->len, name ? name : "", tail);
	out->len += tail;
	out->data[out->len] = '\0';
	return 0;
}

/* Opens ${path}, shorter than PATH_MAX, through no symbolic link. */
static int open_chunk(int at, const char *path, int flags)
{
	struct open_how how = {.flags = (uint64_t)flags,
			       .resolve = RESOLVE_NO_SYMLINKS |
					  RESOLVE_NO_MAGICLINKS};
	long fd = syscall(SYS_openat2, at, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

/* The same, one name after the other, for kernels and containers without
 * openat2. */
static int open_names(int at, char *path, int flags)
{
	int here = at, r = 0;
	char *p = path;

	if (*p == '/') {
		here = open("/", STEP_FLAGS);
		if (here < 0)
			return -errno;
	}
	while (r >= 0) {
		char *slash;
		bool last;

		p += strspn(p, "/");
		slash = strchr(p, '/');
		last = !slash;
		if (slash)
			*slash = '\0';
		r = openat(here, *p ? p : ".", last ? flags : STEP_FLAGS);
		if (r < 0)
			r = -errno;
		if (slash)
			*slash = '/';
		if (here != at)
			close(here);
		here = r;
		if (last)
			break;
		p = slash + 1;
	}
	return r;
}

static int open_any(int at, char *path, int flags)
{
	static atomic_bool without;
	int r = -ENOSYS;

	if (!atomic_load_explicit(&without, memory_order_relaxed))
		r = open_chunk(at, path, flags);
	if (r != -ENOSYS && r != -EPERM)
		return r;
	if (r == -ENOSYS)
		atomic_store_explicit(&without, true, memory_order_relaxed);
	return open_names(at, path, flags);
}

int directory_open_path(int at, const char *path, int flags)
{
	char text[PATH_MAX];

	if (snprintf(text, sizeof(text), "%s", path) >= (int)sizeof(text))
		return -ENAMETOOLONG;
	return open_any(at, text, flags | O_NOFOLLOW | O_CLOEXEC);
}

int directory_open(const struct directory *d)
{
	int base = d->base ? d->base->fd : AT_FDCWD;
	int at = base, r;
	struct buf path;
	char *p, *end, dot[] = ".";

	buf_init(&path, LIMIT_PATH + 2);
	r = directory_path(d, NULL, &path);
	p = (char *)path.data;
	end = r == 0 ? p + path.len : NULL;
	if (r == 0 && d->base) {
		p += d->base->len;
		p += strspn(p, "/");
	}
	while (r >= 0 && end - p > CHUNK) {
		char *cut = memrchr(p, '/', CHUNK);
		int next;

		*cut = '\0';
		next = open_any(at, p, STEP_FLAGS);
		if (at != base)
			close(at);
		at = next;
		r = next < 0 ? next : 0;
		p = cut + 1;
	}
	if (r >= 0) {
		r = open_any(at, *p ? p : dot, OPEN_FLAGS);
		if (at != base)
			close(at);
	}
	buf_free(&path);
	return r;
}

static void release(struct directory *d)
{
	if (d && d->fd >= 0 && atomic_fetch_sub(&d->waiting, 1) == 1) {
		close(d->fd);
		atomic_fetch_sub(&open_count, 1);
	}
}

int directory_enter(struct directory *d)
{
	const struct directory *up = d->parent;
	int fd = -1;

	if (!up || up->fd < 0) {
		fd = directory_open(d);
	} else {
		fd = openat(up->fd, d->name, OPEN_FLAGS);
		fd = fd < 0 ? -errno : fd;
	}
	if (fd >= 0 && atomic_fetch_add(&open_count, 1) < OPEN_MOST) {
		d->fd = fd;
		atomic_store(&d->waiting, 1);
	} else if (fd >= 0) {
		atomic_fetch_sub(&open_count, 1);
	}
	return fd;
}

void directory_leave(struct directory *d, int fd)
{
	if (d->fd >= 0)
		release(d);
	else if (fd >= 0)
		close(fd);
	release(d->parent);
}
