/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(int fd, struct buf *out)
{
	for (;;) {
		int r = buf_reserve(out, 1);
		size_t room;
		ssize_t n;

		if (r < 0)
			room = 0;
		else
			room = out->cap - out->len;
		if (room > out->max - out->len)
			room = out->max - out->len;
		if (room == 0) {
			char one;

			n = read(fd, &one, 1);
			return n == 0 ? 0 : n < 0 ? -errno : -EFBIG;
		}
		n = read(fd, out->data + out->len, room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		out->len += (size_t)n;
	}
}

static int read_checked(const char *path, struct buf *out, bool secret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st = {0};
	int r;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		r = -errno;
	else if (!S_ISREG(st.st_mode))
		r = -EINVAL;
	else if (secret && ((st.st_mode & 077) ||
			    (st.st_uid != 0 && st.st_uid != geteuid())))
		r = -EPERM;
	else
		r = read_all(fd, out);
	if (r == 0)
		out->failed = false;
	close(fd);
	return r;
}

int file_read(const char *path, struct buf *out)
{
	return read_checked(path, out, false);
}

int file_read_secret(const char *path, struct buf *out)
{
	return read_checked(path, out, true);
}

int file_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int replace_open(struct replace *r, const char *path, mode_t mode)
{
	char dir[sizeof(r->path)];
	char *slash;
	int e;

	*r = (struct replace){.fd = -1, .dir = -1};
	if (strlen(path) >= sizeof(r->path))
		return -ENAMETOOLONG;
	snprintf(r->path, sizeof(r->path), "%s", path);
	snprintf(r->temp, sizeof(r->temp), "%s.XXXXXX", path);
	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (slash)
		slash[slash == dir] = '\0';
	r->dir = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->dir < 0)
		return -errno;
	r->fd = mkostemp(r->temp, O_CLOEXEC);
	if (r->fd < 0) {
		e = -errno;
		r->temp[0] = '\0';
		replace_abort(r);
		return e;
	}
	if (fchmod(r->fd, mode) < 0) {
		e = -errno;
		replace_abort(r);
		return e;
	}
	return 0;
}

int replace_write(struct replace *r, const void *data, size_t len)
{
	return file_write_all(r->fd, data, len);
}

int replace_commit(struct replace *r)
{
	int e = 0;
	int fd = r->fd;

	if (fsync(fd) < 0)
		e = -errno;
	r->fd = -1;
	if (close(fd) < 0 && e == 0)
		e = -errno;
	if (e == 0 && rename(r->temp, r->path) < 0)
		e = -errno;
	if (e == 0) {
		r->temp[0] = '\0';
		if (fsync(r->dir) < 0)
			e = -errno;
	}
	replace_abort(r);
	return e;
}

void replace_abort(struct replace *r)
{
	if (r->fd >= 0)
		close(r->fd);
	if (r->dir >= 0)
		close(r->dir);
	if (r->temp[0])
		unlink(r->temp);
	*r = (struct replace){.fd = -1, .dir = -1};
}

int file_replace(const char *path, mode_t mode, const void *data, size_t len)
{
	struct replace r;
	int e = replace_open(&r, path, mode);

	if (e < 0)
		return e;
	e = replace_write(&r, data, len);
	if (e < 0) {
		replace_abort(&r);
		return e;
	}
	return replace_commit(&r);
}

int file_nameless(const char *dir, int flags)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC | flags, 0600);
	char path[4096];
	int r;

	if (fd >= 0)
		return fd;
	/* a file system that has no such files */
	r = file_path(path, sizeof(path), dir, ".nameless-XXXXXX");
	if (r < 0)
		return r;
	fd = mkostemp(path, O_CLOEXEC | flags);
	if (fd < 0)
		return -errno;
	unlink(path);
	return fd;
}

int file_make_directories(const char *path, mode_t mode)
{
	char copy[4096];

	if (strlen(path) >= sizeof(copy))
		return -ENAMETOOLONG;
	snprintf(copy, sizeof(copy), "%s", path);
	for (char *p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, mode) < 0 && errno != EEXIST)
			return -errno;
		*p = '/';
	}
	return mkdir(copy, mode) < 0 && errno != EEXIST ? -errno : 0;
}

int file_path(char *ret, size_t cap, const char *dir, const char *name)
{
	int n = snprintf(ret, cap, "%s/%s", dir, name);

	return n < 0 || (size_t)n >= cap ? -ENAMETOOLONG : 0;
}
