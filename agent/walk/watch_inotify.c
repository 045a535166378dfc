/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/watch_inotify.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <uthash.h>

#define BLOCKS 64	/* read at a time: then others have their turn */
#define DEPTH 16	/* of directories that are made at once */
#define MASK (IN_CLOSE_WRITE | IN_ATTRIB | IN_CREATE | IN_DELETE | \
	      IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR | IN_DONT_FOLLOW | \
	      IN_EXCL_UNLINK)

struct inotify_watch {
	UT_hash_handle by_wd;
	UT_hash_handle by_path;
	int wd;
	size_t len;
	char path[];
};

struct watched_directory {
	const char *path;
	size_t len;
	int fd;
	int depth;	/* of new directories in it that are entered */
	bool mounts;	/* there are mount points in it */
};

int inotify_open(struct inotify *n)
{
	*n = (struct inotify){0};
	n->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	return n->fd < 0 ? -errno : 0;
}

static void drop(struct inotify *n, struct inotify_watch *i)
{
	HASH_DELETE(by_wd, n->by_wd, i);
	HASH_DELETE(by_path, n->by_path, i);
	free(i);
}

void inotify_close(struct inotify *n)
{
	struct inotify_watch *i = NULL, *next = NULL;

	HASH_ITER(by_wd, n->by_wd, i, next)
		drop(n, i);
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
}

static bool has_path(const struct inotify *n, const char *path, size_t len)
{
	struct inotify_watch *i = NULL;

	HASH_FIND(by_path, n->by_path, path, len, i);
	return i;
}

/* One directory: 1 where it is new; 0 where it was watched, or is gone. */
static int add_one(struct inotify *n, const char *path, size_t len)
{
	struct inotify_watch *i = NULL, *old = NULL;
	int wd;

	if (has_path(n, path, len))
		return 0;
	if (HASH_CNT(by_wd, n->by_wd) >= INOTIFY_MAX)
		return -ENOSPC;
	i = malloc(sizeof(*i) + len + 1);
	if (!i)
		return -ENOMEM;
	memcpy(i->path, path, len);
	i->path[len] = '\0';
	i->len = len;
	wd = inotify_add_watch(n->fd, i->path, MASK);
	if (wd < 0) {
		int r = -errno;

		free(i);
		return r == -ENOSPC || r == -ENOMEM ? r : 0;
	}
	/* the same directory, under the name that it has now */
	HASH_FIND(by_wd, n->by_wd, &wd, sizeof(wd), old);
	if (old)
		drop(n, old);
	i->wd = wd;
	HASH_ADD(by_wd, n->by_wd, wd, sizeof(i->wd), i);
	HASH_ADD(by_path, n->by_path, path, i->len, i);
	return 1;
}

/* No longer of use: they were moved away, or what they lie in. */
static void drop_beneath(struct inotify *n, const char *path)
{
	struct inotify_watch *i = NULL, *next = NULL;

	HASH_ITER(by_wd, n->by_wd, i, next) {
		if (mounts_is_beneath(i->path, path)) {
			inotify_rm_watch(n->fd, i->wd);
			drop(n, i);
		}
	}
}

static int add_tree(struct inotify *n, struct watch *w, const char *path,
		    size_t len, int depth);

/* ${path} "/" ${name} */
static int join(struct buf *full, const char *path, size_t len,
		const char *name)
{
	buf_reset(full);
	buf_add(full, path, len == 1 ? 0 : len);
	buf_addch(full, '/');
	buf_adds(full, name);
	buf_addch(full, '\0');
	if (full->failed)
		return -ENOBUFS;
	full->len--;
	return 0;
}

/* Such a file system may not answer. */
static bool is_refused(const struct watch *w, const struct watched_directory *d,
		       const char *name)
{
	const struct mount *m = NULL;
	struct buf full;

	if (!d->mounts)
		return false;
	buf_init(&full, LIMIT_PATH + 1024);
	if (join(&full, d->path, d->len, name) == 0)
		m = mounts_at(&w->mounts, (char *)full.data, full.len);
	buf_free(&full);
	return m && m->refused;
}

/* An entry of a directory that is new to us, if it changed since. */
static int catch_entry(struct inotify *n, struct watch *w,
		       const struct watched_directory *d, const char *name)
{
	struct stat st = {0};
	struct buf full;
	int r = 0;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	    is_refused(w, d, name) ||
	    fstatat(d->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    st.st_ctime < n->since)
		return 0;
	if (S_ISREG(st.st_mode))
		watch_change(w, d->path, d->len, name,
			     WATCH_WRITTEN | WATCH_ATTRIB);
	if (!S_ISDIR(st.st_mode) || d->depth == 0)
		return 0;
	buf_init(&full, LIMIT_PATH + 1024);
	if (join(&full, d->path, d->len, name) == 0)
		r = add_tree(n, w, (char *)full.data, full.len, d->depth - 1);
	buf_free(&full);
	return r;
}

/* What changed in a directory before it was watched. */
static int catch_up(struct inotify *n, struct watch *w, const char *path,
		    size_t len, int depth)
{
	DIR *d = opendir(path);
	struct watched_directory at = {
		path, len, d ? dirfd(d) : -1, depth,
		mounts_near(&w->mounts, path) == MOUNTS_IN,
	};
	struct dirent *e = NULL;
	struct stat st = {0};
	int r = 0;

	if (!d)
		return 0;
	/* something may have been removed */
	if (fstat(at.fd, &st) == 0 && st.st_mtime >= n->since &&
	    path_set_has_below(&w->known, path, len))
		watch_note(w, path, len, true);
	while (r == 0 && (e = readdir(d)) != NULL)
		r = catch_entry(n, w, &at, e->d_name);
	closedir(d);
	return r;
}

static int add_tree(struct inotify *n, struct watch *w, const char *path,
		    size_t len, int depth)
{
	int r = watch_is_walked(w, path) ? add_one(n, path, len) : 0;

	return r == 1 ? catch_up(n, w, path, len, depth) : r;
}

int inotify_remounted(struct inotify *n, struct watch *w, const char *path)
{
	const char *slash = strrchr(path, '/');
	int r = 0;

	drop_beneath(n, path);
	if (slash && slash[1] &&
	    has_path(n, path, slash == path ? 1 : (size_t)(slash - path)))
		r = add_tree(n, w, path, strlen(path), DEPTH);
	watch_leave(w);
	return r < 0 ? r : 0;
}

static bool is_above_roots(const struct watch *w, const char *path)
{
	for (size_t i = 0; w->roots[i]; i++) {
		if (mounts_is_beneath(path, w->roots[i]))
			return false;
	}
	return true;
}

int inotify_add(struct inotify *n, struct watch *w, const char *path,
		size_t len)
{
	char *copy = strndup(path, len);
	int r = copy ? 0 : -ENOMEM;

	while (r >= 0 && copy[1]) {
		char *slash = strrchr(copy, '/');

		slash[slash == copy] = '\0';
		len = strlen(copy);
		/* with it, all above it were added */
		if (has_path(n, copy, len) || is_above_roots(w, copy))
			break;
		r = add_one(n, copy, len);
		if (r == 1)
			r = catch_up(n, w, copy, len, 0);
	}
	free(copy);
	watch_leave(w);
	return r < 0 ? r : 0;
}

static int take(struct inotify *n, struct watch *w,
		const struct watch_event *e)
{
	struct inotify_watch *i = NULL;
	struct buf full;
	int r = 0;

	if (e->flags & WATCH_OVERFLOW) {
		watch_lost(w, "the queue of events ran over");
		return 0;
	}
	HASH_FIND(by_wd, n->by_wd, &e->wd, sizeof(e->wd), i);
	if (!i)
		return 0;
	if (e->flags & WATCH_ENDED) {
		drop(n, i);
		return 0;
	}
	watch_change(w, i->path, i->len, e->name, e->flags);
	if (!(e->flags & WATCH_DIRECTORY) || strcmp(e->name, ".") == 0)
		return 0;
	watch_leave(w);
	buf_init(&full, LIMIT_PATH + 1024);
	if (join(&full, i->path, i->len, e->name) == 0) {
		const char *path = (char *)full.data;

		if (e->flags & WATCH_GONE)
			drop_beneath(n, path);
		if (e->flags & WATCH_CAME)
			r = add_tree(n, w, path, full.len, DEPTH);
	}
	buf_free(&full);
	return r;
}

int inotify_read(struct inotify *n, struct watch *w, uint8_t *block,
		 size_t size)
{
	int r = 0;

	for (int i = 0; i < BLOCKS && r >= 0; i++) {
		ssize_t got = read(n->fd, block, size);
		const uint8_t *at = block;
		struct watch_event e = {0};

		if (got <= 0)
			break;
		while ((r = watch_event_inotify(&at, block + got, &e)) == 1) {
			if (take(n, w, &e) < 0)
				n->full = true;
		}
	}
	watch_leave(w);
	return r;
}
