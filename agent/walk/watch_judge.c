/* SPDX-License-Identifier: Apache-2.0 */
/* Does a change matter?  Most do not: this decides at the cost of one open and
 * one read. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/walk/watch.h"
#include "lib/clock.h"

/* Texts up to FREE bytes are searched at every change.  For longer ones there
 * is a credit of bytes, which fills again: a log of some MiB that is closed
 * every second costs little, and a keystore in it is found all the same. */
#define FREE_TEXT ((int64_t)MIB(1))
#define CREDIT_MAX ((int64_t)MIB(64))
#define CREDIT_PER_MS ((int64_t)KIB(8))
#define LATE_MS 500
#define LATE_NAMES 256
#define LOOK_ENTRIES 2000	/* of a directory that is moved in */
#define LOOK_DEPTH 16

bool watch_is_excluded(const struct watch *w, const char *path)
{
	for (size_t i = 0; i < w->config.exclude.count; i++) {
		if (fnmatch(w->config.exclude.items[i], path, 0) == 0)
			return true;
	}
	return false;
}

/* A directory above it that is excluded is not entered by a walk. */
static bool is_excluded_above(const struct watch *w, const char *path)
{
	struct buf b;
	bool found = false;

	if (w->config.exclude.count == 0)
		return false;
	buf_init(&b, LIMIT_PATH + 1024);
	if (buf_adds(&b, path) < 0 || buf_addch(&b, '\0') < 0)
		found = true;
	for (char *p = (char *)b.data; p && !found; p = strchr(p, '/')) {
		if (p != (char *)b.data) {
			*p = '\0';
			found = watch_is_excluded(w, (char *)b.data);
			*p = '/';
		}
		p++;
	}
	buf_free(&b);
	return found || watch_is_excluded(w, path);
}

bool watch_is_walked(const struct watch *w, const char *path)
{
	const struct mount *m = mounts_of(&w->mounts, path);
	bool inside = false;

	for (size_t i = 0; w->roots[i] && !inside; i++)
		inside = mounts_is_beneath(path, w->roots[i]) ||
			 mounts_is_beneath(w->roots[i], path);
	return inside && !(m && m->refused) && !is_excluded_above(w, path);
}

static bool is_in_root(const struct watch *w, const char *path)
{
	for (size_t i = 0; w->roots[i]; i++) {
		if (mounts_is_beneath(path, w->roots[i]))
			return true;
	}
	return false;
}

/* ------------------------------------------------------------ the batch */

void watch_lost(struct watch *w, const char *why)
{
	if (!w->lost)
		w->lost = why;
	w->last = clock_steady_ms();
	if (w->first == 0)
		w->first = w->last;
	buf_free(&w->batch);
	path_set_free(&w->batched);
	w->names = 0;
}

void watch_note(struct watch *w, const char *path, size_t len, bool directory)
{
	int r = 0;

	w->last = clock_steady_ms();
	if (w->first == 0)
		w->first = w->last;
	if (w->lost)
		return;
	r = path_set_add_alone(&w->batched, path, len);
	if (r == 0)
		return;
	if (r > 0 && w->names < WATCH_NAMES)
		r = buf_addch(&w->batch, directory ? 'd' : 'f');
	else if (r > 0)
		r = -ENOBUFS;
	if (r == 0)
		r = buf_add(&w->batch, path, len);
	if (r == 0)
		r = buf_addch(&w->batch, '\0');
	w->names++;
	if (r < 0)
		watch_lost(w, "more names changed than are told one by one");
}

/* ------------------------------------------------------------ one change */

void watch_leave(struct watch *w)
{
	if (w->at >= 0)
		close(w->at);
	w->at = -1;
	buf_reset(&w->at_path);
}

/* Opens the directory, unless it is the one of the change before. */
static int enter(struct watch *w, const char *path, size_t len)
{
	struct directory *d = NULL;

	if (w->at >= 0 && w->at_path.len == len &&
	    memcmp(w->at_path.data, path, len) == 0)
		return 0;
	watch_leave(w);
	d = directory_new(NULL, path, len);
	if (!d || buf_add(&w->at_path, path, len) < 0) {
		directory_unref(d);
		return -ENOMEM;
	}
	w->at = directory_open(d);
	directory_unref(d);
	return w->at < 0 ? w->at : 0;
}

/* How much text may be searched now. */
static void fill_credit(struct watch *w)
{
	int64_t now = clock_steady_ms();
	int64_t more = (now - w->credited) * CREDIT_PER_MS;

	w->credited = now;
	w->credit = more > CREDIT_MAX - w->credit ? CREDIT_MAX
						  : w->credit + more;
}

static int examine(struct watch *w, int fd, const char *name,
		   const struct stat *st)
{
	unsigned long before = atomic_load(&w->walk.report.bytes);
	int64_t limit = w->max_text_size;
	int r;

	fill_credit(w);
	/* in debt: wait until all of the debt is paid */
	if (w->credit < CREDIT_MAX / 2 && limit > FREE_TEXT)
		limit = FREE_TEXT;
	w->config.max_text_size = limit;
	r = walk_examine(&w->walker, fd, name, st);
	if (st->st_size > FREE_TEXT)
		w->credit -= (int64_t)(atomic_load(&w->walk.report.bytes) -
				       before);
	if (r == -E2BIG && limit == w->max_text_size)
		r = 0;
	return r;
}

static void postpone(struct watch *w, const char *path, size_t len)
{
	int r = w->late_names < LATE_NAMES ? 0 : -ENOBUFS;

	if (r == 0)
		r = buf_add(&w->late, path, len);
	if (r == 0)
		r = buf_addch(&w->late, '\0');
	if (r < 0) {
		watch_lost(w, "more long texts changed than can wait");
		return;
	}
	w->late_names++;
	if (w->late_due == 0)
		w->late_due = clock_steady_ms() + LATE_MS;
}

/* 1: worth a parse; 0: not; -E2BIG: to be looked at later; -errno. */
static int look(struct watch *w, const char *path, size_t len,
		const char *name)
{
	struct stat st = {0};
	int r = enter(w, path, len), fd;

	if (r < 0)
		return r;
	fd = walk_open(w->at, name);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		st.st_size = 0;
	/* what a text held under another name before tells nothing now */
	st.st_nlink = 1;
	if (S_ISREG(st.st_mode) && st.st_size > 0)
		r = examine(w, fd, name, &st);
	close(fd);
	return r;
}

static bool is_late(const struct watch *w, const char *path)
{
	const char *at = (char *)w->late.data;

	for (size_t i = 0; i < w->late_names; i++, at += strlen(at) + 1) {
		if (strcmp(at, path) == 0)
			return true;
	}
	return false;
}

static void judge_file(struct watch *w, const char *dir, size_t len,
		       const char *name, const char *path, size_t path_len,
		       unsigned int flags)
{
	const unsigned int content = WATCH_WRITTEN | WATCH_CAME |
				     (w->reads_all ? 0 : WATCH_ATTRIB);

	if (!(flags & content) || is_late(w, path))
		return;
	switch (look(w, dir, len, name)) {
	case 1:
		watch_note(w, path, path_len, false);
		break;
	case -E2BIG:
		postpone(w, path, path_len);
		break;
	case -ENOMEM:
	case -EMFILE:
	case -ENFILE:
		watch_lost(w, "no memory to look at a changed file");
		break;
	default:
		/* gone again, or not readable: it holds nothing that we know;
		 * the next scan names what it cannot read */
		break;
	}
}

static bool is_worth_entry(struct watch *w, int at, const char *name,
			   unsigned int depth, unsigned int *left);

/* Is anything in this directory worth a parse?  Also true where there is more
 * than a short look shows.  Takes the descriptor. */
static bool is_worth(struct watch *w, int at, unsigned int depth,
		     unsigned int *left)
{
	DIR *d = fdopendir(at);
	struct dirent *e = NULL;
	bool worth = !d;

	if (!d)
		close(at);
	while (!worth && (e = readdir(d)) != NULL)
		worth = is_worth_entry(w, at, e->d_name, depth, left);
	if (d)
		closedir(d);
	return worth;
}

static bool is_worth_entry(struct watch *w, int at, const char *name,
			   unsigned int depth, unsigned int *left)
{
	struct stat st = {0};
	bool worth = false;
	int fd;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	if (depth == 0 || *left == 0)
		return true;
	--*left;
	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	if (S_ISDIR(st.st_mode)) {
		fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
					      O_CLOEXEC | O_NONBLOCK);
		return fd >= 0 ? is_worth(w, fd, depth - 1, left)
			       : errno != ENOENT;
	}
	fd = S_ISREG(st.st_mode) && st.st_size > 0 ? walk_open(at, name) : -1;
	st.st_nlink = 1;
	if (fd >= 0) {
		worth = examine(w, fd, name, &st) != 0;
		close(fd);
	}
	return worth;
}

/* What came by a rename, with all that is in it. */
static bool is_tree_worth(struct watch *w, const char *path, size_t len)
{
	unsigned int left = LOOK_ENTRIES;

	if (enter(w, path, len) < 0)
		return false;
	return is_worth(w, fcntl(w->at, F_DUPFD_CLOEXEC, 0), LOOK_DEPTH, &left);
}

/* A directory that is only made has nothing in it yet: what comes is noticed
 * by itself. */
static void judge_directory(struct watch *w, const char *path, size_t len,
			    unsigned int flags)
{
	bool moved_in = (flags & WATCH_CAME) && (flags & WATCH_MOVED);
	bool known = path_set_has_below(&w->known, path, len) ||
		     path_set_has(&w->known, path, len);

	/* its mode tells nothing to those who may read all */
	if (w->reads_all)
		flags &= ~WATCH_ATTRIB;
	if ((moved_in && is_tree_worth(w, path, len)) ||
	    (known && (flags & (WATCH_GONE | WATCH_CAME | WATCH_ATTRIB))))
		watch_note(w, path, len, true);
}

static int drop_into(struct path_set *s, const char *path, size_t len,
		     bool directory)
{
	int r = path_set_add_alone(s, path, len);

	return r >= 0 && directory ? path_set_add_below(s, path, len) : r;
}

/* If the scan under way has found something in it, that was before. */
static void drop(struct watch *w, const char *path, size_t len,
		 unsigned int flags)
{
	bool directory = flags & WATCH_DIRECTORY;
	int r = 0;

	if (w->lost || path_set_has(&w->batched, path, len))
		return;
	/* in a directory that is new, each file is noticed */
	if (directory && !(flags & WATCH_GONE))
		return;
	r = drop_into(&w->latest, path, len, directory);
	if (r >= 0 && w->scanning)
		r = drop_into(&w->dropped, path, len, directory);
	if (r < 0)
		watch_lost(w, "too much changed during a scan");
}

/* In a folder of configurations all matters, links to files too. */
static bool is_in_configuration(const struct watch *w, const char *full,
				const char *name, unsigned int flags)
{
	size_t folder = strlen(full) - strlen(name);

	return (flags & (WATCH_WRITTEN | WATCH_CAME | WATCH_GONE)) &&
	       path_set_has(&w->known, full, folder);
}

void watch_change(struct watch *w, const char *path, size_t len,
		  const char *name, unsigned int flags)
{
	struct buf *b = &w->walker.path;
	const char *full = path;
	size_t full_len = len;

	buf_reset(b);
	if (strcmp(name, ".") != 0) {
		if (buf_add(b, path, len == 1 ? 0 : len) < 0 ||
		    buf_addch(b, '/') < 0 || buf_adds(b, name) < 0 ||
		    buf_addch(b, '\0') < 0)
			return;
		full = (char *)b->data;
		full_len = b->len - 1;
	}
	if (full_len > LIMIT_PATH || !is_in_root(w, full) ||
	    watch_is_excluded(w, full))
		return;
	if (full != path && is_in_configuration(w, full, name, flags))
		watch_note(w, full, full_len, flags & WATCH_DIRECTORY);
	else if (flags & WATCH_DIRECTORY)
		judge_directory(w, full, full_len, flags);
	else if (path_set_has(&w->known, full, full_len))
		watch_note(w, full, full_len, false);
	else
		judge_file(w, path, len, name, full, full_len, flags);
	drop(w, full, full_len, flags);
}

void watch_late(struct watch *w)
{
	struct buf late = w->late;
	size_t n = w->late_names;
	char *at = (char *)late.data;

	fill_credit(w);
	if (w->credit < CREDIT_MAX / 2) {
		w->late_due = clock_steady_ms() + LATE_MS;
		return;
	}
	buf_init(&w->late, late.max);
	w->late_names = 0;
	w->late_due = 0;
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(at);
		char *slash = strrchr(at, '/');

		if (w->credit < CREDIT_MAX / 2) {
			postpone(w, at, len);
		} else {
			*slash = '\0';
			watch_change(w, slash == at ? "/" : at,
				     slash == at ? 1 : (size_t)(slash - at),
				     slash + 1, WATCH_WRITTEN);
		}
		at += len + 1;
	}
	buf_free(&late);
	watch_leave(w);
}
