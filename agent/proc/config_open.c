/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/config_open.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40
#define PATH_CAP 4096

static void init(struct config_opener *o, const char *root,
		 const char *mountinfo)
{
	static const char *const none[] = {NULL};

	*o = (struct config_opener){.root = root};
	if (mounts_read(&o->mounts, mountinfo, none) < 0) {
		mounts_free(&o->mounts);
		o->mounts = (struct mounts){NULL, 0};
	}
}

void config_opener_init(struct config_opener *o, const char *root)
{
	init(o, root ? root : "", "/proc/self/mountinfo");
}

void config_opener_view(struct config_opener *o, const char *root,
			const char *mountinfo)
{
	init(o, root, mountinfo);
	o->inside = true;
}

void config_opener_free(struct config_opener *o)
{
	mounts_free(&o->mounts);
}

/* A path on its way: what is resolved, what is left. */
struct way {
	char done[PATH_CAP];
	char rest[PATH_CAP];
	unsigned int links;
};

/* Puts what a link says before what is left. */
static int follow(struct way *w, const char *full)
{
	char target[PATH_CAP], rest[PATH_CAP];
	ssize_t n = readlink(full, target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	if (w->links++ == LINKS_MAX)
		return -ELOOP;
	if (target[0] == '/')
		w->done[0] = '\0';
	snprintf(rest, sizeof(rest), "%s", w->rest);
	if (snprintf(w->rest, PATH_CAP, "%s/%s", target, rest) >= PATH_CAP)
		return -ENAMETOOLONG;
	return 0;
}

/* /etc/mtab leads there, and no configuration lies there. */
static bool is_of_kernel(const struct mount *m)
{
	return strcmp(m->type, "proc") == 0 || strcmp(m->type, "sysfs") == 0;
}

/* One component: a folder, a file at the end, or a link. */
static int step(const struct config_opener *o, struct way *w, const char *name,
		size_t len)
{
	char full[PATH_CAP];
	const struct mount *m = NULL;
	const char *inside = NULL;
	struct stat st = {0};
	size_t at = strlen(w->done);

	if (len == 0 || (len == 1 && name[0] == '.'))
		return 0;
	if (len == 2 && memcmp(name, "..", 2) == 0) {
		char *slash = strrchr(w->done, '/');

		if (slash)
			*slash = '\0';
		return 0;
	}
	if (snprintf(full, sizeof(full), "%s%s/%.*s", o->root, w->done,
		     (int)len, name) >= (int)sizeof(full))
		return -ENAMETOOLONG;
	/* before the first call that could hang there */
	inside = o->inside ? full + strlen(o->root) : full;
	m = mounts_at(&o->mounts, inside, strlen(inside));
	if (m && !mounts_is_local(m))
		return is_of_kernel(m) ? -ENOENT : -EREMOTE;
	if (lstat(full, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return follow(w, full);
	if (at + len + 2 > PATH_CAP)
		return -ENAMETOOLONG;
	snprintf(w->done + at, PATH_CAP - at, "/%.*s", (int)len, name);
	return 0;
}

int config_resolve(const struct config_opener *o, const char *path,
		   char ret[static PATH_CAP])
{
	struct way w = {.links = 0};
	int r = 0;

	if (path[0] != '/')
		return -EINVAL;
	if (strlen(path) >= PATH_CAP)
		return -ENAMETOOLONG;
	memcpy(w.rest, path, strlen(path) + 1);
	while (r == 0 && w.rest[0]) {
		char name[PATH_CAP];
		size_t skip = strspn(w.rest, "/");
		size_t len = strcspn(w.rest + skip, "/");

		memcpy(name, w.rest + skip, len);
		memmove(w.rest, w.rest + skip + len,
			strlen(w.rest + skip + len) + 1);
		r = step(o, &w, name, len);
	}
	if (r < 0)
		return r;
	snprintf(ret, PATH_CAP, "%s", w.done[0] ? w.done : "/");
	return 0;
}

bool config_is_folder(const struct config_opener *o, const char *real)
{
	char full[PATH_CAP];
	struct stat st = {0};

	return snprintf(full, sizeof(full), "%s%s", o->root, real) <
		       PATH_CAP &&
	       lstat(full, &st) == 0 && S_ISDIR(st.st_mode);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list(int fd, struct finder_file *ret)
{
	DIR *d = fdopendir(fd);
	struct dirent *e = NULL;
	int r = 0;

	if (!d) {
		r = -errno;
		close(fd);
		return r;
	}
	ret->is_folder = true;
	while (r == 0 && (e = readdir(d))) {
		size_t have = ret->n_names;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (have == LIMIT_FINDER_NAMES) {
			r = -EFBIG;
			break;
		}
		if ((have & (have - 1)) == 0) {
			char **more = realloc(ret->names, (have ? 2 * have : 1)
							  * sizeof(*more));

			if (!more)
				r = -ENOMEM;
			else
				ret->names = more;
		}
		if (r == 0) {
			ret->names[have] = strdup(e->d_name);
			r = ret->names[have] ? 0 : -ENOMEM;
			ret->n_names += r == 0;
		}
	}
	closedir(d);
	if (ret->n_names > 0)
		qsort(ret->names, ret->n_names, sizeof(*ret->names), by_name);
	if (r < 0)
		opener_free(ret);
	return r;
}

/* Nothing but a file or a folder is opened: it is looked at first, by a
 * descriptor that opens nothing. */
static int open_checked(const char *full, struct finder_file *ret)
{
	char again[64];
	struct stat st = {0};
	int path = open(full, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	int fd, r = 0;

	if (path < 0)
		return -errno;
	if (fstat(path, &st) < 0)
		r = -errno;
	else if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		r = -EINVAL;
	else if (S_ISREG(st.st_mode) && (uint64_t)st.st_size >
						LIMIT_FINDER_FILE)
		r = -EFBIG;
	snprintf(again, sizeof(again), "/proc/self/fd/%d", path);
	fd = r == 0 ? open(again, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
		    : -1;
	if (r == 0 && fd < 0)
		r = -errno;
	close(path);
	if (r < 0)
		return r;
	if (S_ISDIR(st.st_mode))
		return list(fd, ret);
	ret->fd = fd;
	ret->size = (uint64_t)st.st_size;
	return 0;
}

int config_open(void *arg, const char *path, struct finder_file *ret)
{
	const struct config_opener *o = arg;
	char real[PATH_CAP], full[PATH_CAP];
	int r = config_resolve(o, path, real);

	*ret = (struct finder_file){.fd = -1};
	if (r < 0)
		return r;
	if (snprintf(full, sizeof(full), "%s%s", o->root, real) >=
	    (int)sizeof(full))
		return -ENAMETOOLONG;
	return open_checked(full, ret);
}
