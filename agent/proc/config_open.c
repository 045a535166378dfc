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

#include "agent/walk/directory.h"

#define LINKS_MAX 40
#define PATH_CAP 4096

/* Whether what a mount shows is shown elsewhere too is of no matter here.
 * ${fd} goes. */
static int read_mounts(struct config_opener *o, int fd, size_t most)
{
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	int r = f ? mounts_add(&o->mounts, f, "", most) : -errno;

	if (f)
		fclose(f);
	else if (fd >= 0)
		close(fd);
	return r;
}

void config_opener_init(struct config_opener *o, const char *root)
{
	*o = (struct config_opener){.before = root};
	o->root = open(*root ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	read_mounts(o, open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC),
		    LIMIT_MOUNTS);
}

int config_opener_view(struct config_opener *o, int root, int mountinfo)
{
	const struct mount *m = NULL;
	int r;

	*o = (struct config_opener){.root = root, .before = ""};
	if (mountinfo < 0)
		r = -ESRCH;
	else
		r = read_mounts(o, mountinfo, LIMIT_NAMESPACE_MOUNTS);
	m = mounts_at(&o->mounts, "/", 1);
	if (r == 0 && m && !mounts_is_local(m))
		r = -EREMOTE;
	if (r < 0)
		config_opener_free(o);
	return r;
}

void config_opener_free(struct config_opener *o)
{
	if (o->root >= 0)
		close(o->root);
	o->root = -1;
	mounts_free(&o->mounts);
}

/* A path below the root, links in it not followed: it may be one itself. */
static int open_real(const struct config_opener *o, const char *real)
{
	real += strspn(real, "/");
	return directory_open_path(o->root, *real ? real : ".",
				   O_PATH | O_NOFOLLOW);
}

/* Asks no server, so it does not wait for one. */
static int look_at(int fd, struct statx *ret)
{
	return statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
		     STATX_BASIC_STATS, ret) < 0 ? -errno : 0;
}

int config_stat(const struct config_opener *o, const char *real,
		struct statx *ret)
{
	struct statx st = {.stx_mode = 0};
	int fd = open_real(o, real), r = fd;

	if (fd >= 0) {
		r = look_at(fd, &st);
		close(fd);
	}
	if (r == 0)
		*ret = st;
	return r;
}

/* A path on its way: what is resolved, what is left. */
struct way {
	char done[PATH_CAP];
	char rest[PATH_CAP];
	unsigned int links;
};

/* Puts what a link says before what is left. */
static int follow(struct way *w, int link)
{
	char target[PATH_CAP], rest[PATH_CAP];
	ssize_t n = readlinkat(link, "", target, sizeof(target) - 1);

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

/* May what is at ${real} be touched at all?  It could hang otherwise. */
static int check_mount(const struct config_opener *o, const char *real)
{
	char full[2 * PATH_CAP];
	int n = snprintf(full, sizeof(full), "%s%s", o->before, real);
	const struct mount *m = mounts_at(&o->mounts, full, (size_t)n);

	if (!m || mounts_is_local(m))
		return 0;
	return is_of_kernel(m) ? -ENOENT : -EREMOTE;
}

/* One component: a folder, a file at the end, or a link. */
static int step(const struct config_opener *o, struct way *w, const char *name,
		size_t len)
{
	struct statx st = {.stx_mode = 0};
	size_t at = strlen(w->done);
	int fd, r;

	if (len == 0 || (len == 1 && name[0] == '.'))
		return 0;
	if (len == 2 && memcmp(name, "..", 2) == 0) {
		char *slash = strrchr(w->done, '/');

		if (slash)
			*slash = '\0';
		return 0;
	}
	if (at + len + 2 > PATH_CAP)
		return -ENAMETOOLONG;
	snprintf(w->done + at, PATH_CAP - at, "/%.*s", (int)len, name);
	r = check_mount(o, w->done);
	if (r < 0)
		return r;
	fd = open_real(o, w->done);
	if (fd < 0)
		return fd;
	r = look_at(fd, &st);
	if (r == 0 && S_ISLNK(st.stx_mode)) {
		w->done[at] = '\0';
		r = follow(w, fd);
	}
	close(fd);
	return r;
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
	struct statx st = {.stx_mode = 0};

	return config_stat(o, real, &st) == 0 && S_ISDIR(st.stx_mode);
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

/* Nothing but a file or a folder is opened: it is looked at first, by the
 * descriptor ${path}, which opens nothing. */
static int open_checked(int path, struct finder_file *ret)
{
	struct statx st = {.stx_mode = 0};
	char again[64];
	int fd, r = look_at(path, &st);

	if (r == 0 && !S_ISREG(st.stx_mode) && !S_ISDIR(st.stx_mode))
		r = -EINVAL;
	else if (r == 0 && S_ISREG(st.stx_mode) &&
		 st.stx_size > LIMIT_FINDER_FILE)
		r = -EFBIG;
	snprintf(again, sizeof(again), "/proc/self/fd/%d", path);
	fd = r == 0 ? open(again, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
		    : -1;
	if (r == 0 && fd < 0)
		r = -errno;
	if (r < 0)
		return r;
	if (S_ISDIR(st.stx_mode))
		return list(fd, ret);
	ret->fd = fd;
	ret->size = st.stx_size;
	return 0;
}

int config_open(void *arg, const char *path, struct finder_file *ret)
{
	const struct config_opener *o = arg;
	char real[PATH_CAP];
	int fd, r = config_resolve(o, path, real);

	*ret = (struct finder_file){.fd = -1};
	if (r < 0)
		return r;
	fd = open_real(o, real);
	if (fd < 0)
		return fd;
	r = open_checked(fd, ret);
	close(fd);
	return r;
}
