/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/watch_fanotify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#define CACHED 512	/* directories whose paths are remembered */
#define BLOCKS 64	/* read at a time: then others have their turn */
#define SEEN 1024	/* events of one block that are told apart */
#define MASK (FAN_CLOSE_WRITE | FAN_ATTRIB | FAN_CREATE | FAN_DELETE | \
	      FAN_MOVED_FROM | FAN_MOVED_TO | FAN_ONDIR)
#define MOUNT_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW | \
		     O_NONBLOCK)

struct fanotify_directory {
	uint8_t key[8 + sizeof(struct file_handle) + WATCH_HANDLE_MAX];
	size_t key_len;
	bool walked;	/* else its changes are dropped, */
	bool too_long;	/* unless its path is too long to be told */
	size_t len;
	char path[];
};

/* --------------------------------------------------------------- starting */

/* Can a handle be opened again here?  Some containers forbid it. */
static int try_handle(int mount)
{
	union {
		struct file_handle h;
		uint8_t bytes[sizeof(struct file_handle) + WATCH_HANDLE_MAX];
	} u = {.h = {.handle_bytes = WATCH_HANDLE_MAX}};
	int id = 0, fd;

	if (name_to_handle_at(mount, "", &u.h, &id, AT_EMPTY_PATH) < 0)
		return -errno;
	fd = open_by_handle_at(mount, &u.h, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int mark(struct fanotify *f, const struct mount *m)
{
	struct fanotify_mark *list = NULL;
	struct statfs fs = {0};
	int fd = open(m->path, MOUNT_FLAGS), r;

	if (fd < 0)
		return -errno;
	r = fstatfs(fd, &fs) < 0 ? -errno : try_handle(fd);
	if (r == 0 && fanotify_mark(f->fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM,
				    MASK, fd, NULL) < 0)
		r = -errno;
	close(fd);
	if (r < 0)
		return r;
	list = realloc(f->marks, (f->count + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	f->marks = list;
	list[f->count].path = strdup(m->path);
	memcpy(list[f->count].fsid, &fs.f_fsid, sizeof(list[0].fsid));
	return list[f->count++].path ? 0 : -ENOMEM;
}

static bool is_of_roots(const struct mounts *all, const struct mount *m,
			const char *const *roots)
{
	if (m->refused || mounts_at(all, m->path, strlen(m->path)) != m)
		return false;
	for (; *roots; roots++) {
		if (mounts_is_beneath(m->path, *roots) ||
		    mounts_of(all, *roots) == m)
			return true;
	}
	return false;
}

static const char *hint(int error)
{
	return error == -EPERM ? " (it needs CAP_SYS_ADMIN, see "
				 "certwalk-agent.service)" : "";
}

int fanotify_open(struct fanotify *f, const struct mounts *m,
		  const char *const *roots, struct buf *why)
{
	*f = (struct fanotify){0};
	f->fd = fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_DFID_NAME |
			      FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY);
	if (f->fd < 0) {
		int r = -errno;

		buf_addf(why, "fanotify: %s%s\n", strerror(-r), hint(r));
		return r;
	}
	for (size_t i = 0; i < m->count; i++) {
		int r = is_of_roots(m, &m->list[i], roots)
				? mark(f, &m->list[i]) : 0;

		if (r < 0)
			buf_addf(why, "fanotify on %s (%s): %s%s\n",
				 m->list[i].path, m->list[i].type,
				 strerror(-r), why->len == 0 ? hint(r) : "");
	}
	f->cache = calloc(CACHED, sizeof(struct fanotify_directory *));
	if (f->count == 0 || !f->cache) {
		fanotify_close(f);
		return -EOPNOTSUPP;
	}
	return 0;
}

void fanotify_forget(struct fanotify *f)
{
	for (size_t i = 0; f->cache && i < CACHED; i++) {
		free(f->cache[i]);
		f->cache[i] = NULL;
	}
}

void fanotify_close(struct fanotify *f)
{
	fanotify_forget(f);
	free(f->cache);
	for (size_t i = 0; i < f->count; i++)
		free(f->marks[i].path);
	free(f->marks);
	if (f->fd >= 0)
		close(f->fd);
	*f = (struct fanotify){.fd = -1};
}

bool fanotify_has(const struct fanotify *f, const struct mount *m)
{
	for (size_t i = 0; m && i < f->count; i++) {
		if (strcmp(f->marks[i].path, m->path) == 0)
			return true;
	}
	return false;
}

/* ------------------------------------------------------- handles to paths */

/* Another try may go well. */
static bool is_passing(ssize_t error)
{
	return error == -ENOMEM || error == -EMFILE || error == -ENFILE;
}

/* Is this directory the one that ${path} leads to?  Not so where another mount
 * hides it, or where it lies outside of what this mount shows.  1, 0; -errno
 * of what passes. */
static int is_there(const char *path, size_t len, int fd)
{
	struct directory *d = directory_new(NULL, path, len);
	struct stat here = {0}, there = {0};
	int at = d ? directory_open(d) : -ENOMEM;
	bool same = at >= 0 && fstat(at, &here) == 0 &&
		    fstat(fd, &there) == 0 && here.st_dev == there.st_dev &&
		    here.st_ino == there.st_ino;

	if (at >= 0)
		close(at);
	directory_unref(d);
	return is_passing(at) ? at : same;
}

/* The path of the directory with this handle, by way of one mount.  Its length;
 * 0 where it is not to be seen there; -ESTALE where it is gone; -errno. */
static ssize_t path_by(const char *mount, const struct watch_event *e,
		       char *path, size_t cap)
{
	union {
		struct file_handle h;
		uint8_t bytes[sizeof(struct file_handle) + WATCH_HANDLE_MAX];
	} u = {{0}};
	char link[40];
	ssize_t n = 0;
	int at = open(mount, MOUNT_FLAGS), fd;

	if (at < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	memcpy(&u, e->directory + 8, e->directory_len - 8);
	fd = open_by_handle_at(at, &u.h, O_PATH | O_CLOEXEC);
	if (fd < 0)
		n = -errno;
	close(at);
	if (fd < 0)
		return n;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, cap);
	if (n < 0)
		n = -errno;
	else if ((size_t)n == cap)
		n = -ENAMETOOLONG;
	if (n > 0 && path[0] != '/')
		n = 0;
	if (n > 0) {
		int there = is_there(path, (size_t)n, fd);

		n = there == 1 ? n : there;
	}
	close(fd);
	return n;
}

/* The same by way of any of the file system's mounts: of one where it is
 * walked, if there is one.  ${cap}: with room for a NUL. */
static ssize_t find_path(struct fanotify *f, const struct watch *w,
			 const struct watch_event *e, char *path, size_t cap,
			 bool *walked)
{
	ssize_t n = 0;

	*walked = false;
	for (size_t i = 0; i < f->count && n >= 0 && !*walked; i++) {
		if (memcmp(f->marks[i].fsid, e->directory, 8) != 0)
			continue;
		n = path_by(f->marks[i].path, e, path, cap - 1);
		path[n > 0 ? n : 0] = '\0';
		*walked = n > 0 && watch_is_walked(w, path);
	}
	return n;
}

static size_t hash(const uint8_t *data, size_t len)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ data[i]) * UINT64_C(0x100000001b3);
	return (size_t)(h ^ (h >> 32));
}

static const struct fanotify_directory *
directory_of(struct fanotify *f, struct watch *w, const struct watch_event *e)
{
	size_t i = hash(e->directory, e->directory_len) % CACHED;
	struct fanotify_directory *d = f->cache[i];
	char path[4097] = "";
	bool walked = false;
	ssize_t n;
	size_t len;

	if (d && d->key_len == e->directory_len &&
	    memcmp(d->key, e->directory, d->key_len) == 0)
		return d;
	n = find_path(f, w, e, path, sizeof(path), &walked);
	if (is_passing(n) || n == -EPERM || n == -EACCES)
		watch_lost(w, "the path of a changed directory is not told");
	if (is_passing(n))
		return NULL;
	len = n > 0 ? (size_t)n : 0;
	d = malloc(sizeof(*d) + len + 1);
	if (!d) {
		watch_lost(w, "no memory for a changed directory");
		return NULL;
	}
	*d = (struct fanotify_directory){.key_len = e->directory_len,
					 .len = len};
	memcpy(d->key, e->directory, d->key_len);
	memcpy(d->path, path, len);
	d->path[len] = '\0';
	d->walked = walked;
	d->too_long = n == -ENAMETOOLONG;
	free(f->cache[i]);
	f->cache[i] = d;
	return d;
}

/* ---------------------------------------------------------------- events */

/* What of this block's events was judged: after the last of them happened. */
struct seen {
	uint64_t key;
	unsigned int flags;
};

static bool was_seen(struct seen *seen, const struct watch_event *e)
{
	uint64_t key = hash(e->directory, e->directory_len) * 31 +
		       hash((const uint8_t *)e->name, strlen(e->name));
	struct seen *s = &seen[key % SEEN];

	if (s->key == key && (e->flags & ~s->flags) == 0)
		return true;
	*s = (struct seen){key, e->flags};
	return false;
}

static void take(struct fanotify *f, struct watch *w,
		 const struct watch_event *e)
{
	const struct fanotify_directory *d = NULL;

	if (e->flags & WATCH_OVERFLOW) {
		watch_lost(w, "the queue of events ran over");
		return;
	}
	d = directory_of(f, w, e);
	if (d && d->too_long)
		watch_lost(w, "the path of a changed directory is too long");
	if (d && d->walked)
		watch_change(w, d->path, d->len, e->name, e->flags);
	/* paths of directories beneath it are no longer what they were */
	if ((e->flags & WATCH_DIRECTORY) && (e->flags & WATCH_MOVED)) {
		watch_leave(w);
		fanotify_forget(f);
	}
}

int fanotify_read(struct fanotify *f, struct watch *w, uint8_t *block,
		  size_t size)
{
	struct seen seen[SEEN];
	int r = 0;

	for (int i = 0; i < BLOCKS && r >= 0; i++) {
		ssize_t n = read(f->fd, block, size);
		const uint8_t *at = block;
		struct watch_event e = {0};

		if (n <= 0)
			break;
		memset(seen, 0, sizeof(seen));
		while ((r = watch_event_fanotify(&at, block + n, &e)) == 1) {
			if (!was_seen(seen, &e))
				take(f, w, &e);
		}
	}
	watch_leave(w);
	return r;
}
