/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/views.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/listen/holder.h"

#define PATH_CAP 4096
#define PREFIX "/proc/view/"	/* view_prefix() knows it */

struct view_place {
	struct view view;
	/* keeps its root open when its process ends */
	struct config_opener opener;
	char prefix[32];	/* of keys */
	char where[CGROUP_NAME + 32];
	/* of its root, where we see it; or "" */
	char host_path[PATH_CAP];
};

void views_init(struct views *v)
{
	v->n = 0;
	config_opener_init(&v->host, "");
}

static void place_free(struct view_place *p)
{
	if (!p)
		return;
	config_opener_free(&p->opener);
	free(p);
}

void views_free(struct views *v)
{
	for (size_t i = 0; i < v->n; i++)
		place_free(v->list[i]);
	v->n = 0;
	config_opener_free(&v->host);
}

/* Words that stay the same when the process is started again. */
static void set_where(struct view_place *p, pid_t pid)
{
	static struct holder h;
	const char *what = p->view.own_root ? "root" : "mounts";
	const char *slash = NULL;

	holder_describe(pid, &h);
	slash = memrchr(h.exe, '/', h.message.exe.len);
	if (*h.container)
		snprintf(p->where, sizeof(p->where), "container %.*s",
			 strspn(h.container, "0123456789abcdef") == 64
				 ? 12 : CGROUP_NAME, h.container);
	else if (*h.unit)
		snprintf(p->where, sizeof(p->where), "%s of %s", what, h.unit);
	else if (slash)
		snprintf(p->where, sizeof(p->where), "%s of %.*s", what,
			 (int)(h.exe + h.message.exe.len - slash - 1) %
				 CGROUP_NAME, slash + 1);
	else
		snprintf(p->where, sizeof(p->where), "%s of a process", what);
}

/* Below chroot(2) in our own mount namespace the host has a path for all. */
static int set_host_path(struct view_place *p, int process,
			 const struct views *v)
{
	const struct mount *m = NULL;
	ssize_t n;

	if (p->view.space != 0)
		return 0;
	n = readlinkat(process, "root", p->host_path,
		       sizeof(p->host_path) - 1);
	p->host_path[n > 0 ? n : 0] = '\0';
	m = mounts_of(&v->host.mounts, p->host_path);
	return m && !mounts_is_local(m) ? -EREMOTE : 0;
}

/* All of it through ${process}, a descriptor, which is of no other that may get
 * the number; and when it still runs at the end, the number was its own. */
static int open_by(struct view_place *p, int process, pid_t pid,
		   const struct views *v)
{
	struct view again = {.id = 0};
	char link[64];
	int root = openat(process, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd, r;

	if (root < 0)
		return -errno;
	fd = openat(process, "mountinfo", O_RDONLY | O_CLOEXEC);
	r = config_opener_view(&p->opener, root, fd);
	if (r == 0)
		r = set_host_path(p, process, v);
	if (r < 0)
		return r;
	set_where(p, pid);
	r = view_of(pid, &again);
	if (r < 0 || again.id != p->view.id ||
	    readlinkat(process, "ns/mnt", link, sizeof(link)) < 0)
		return -ESRCH;
	return 0;
}

static int open_place(struct view_place *p, pid_t pid, const struct views *v)
{
	char path[32];
	int process, r;

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	process = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (process < 0)
		return -errno;
	r = open_by(p, process, pid, v);
	close(process);
	return r;
}

int views_number(struct views *v, pid_t pid, const struct view *view)
{
	struct view_place *p = NULL;
	int r;

	if (view->id == 0)
		return 0;
	for (size_t i = 0; i < v->n; i++) {
		if (v->list[i]->view.id == view->id)
			return (int)i + 1;
	}
	if (v->n == LIMIT_VIEWS)
		return -ENOBUFS;
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->opener.root = -1;
	p->view = *view;
	snprintf(p->prefix, sizeof(p->prefix), PREFIX "%zu", v->n + 1);
	r = open_place(p, pid, v);
	if (r < 0) {
		place_free(p);
		return r;
	}
	v->list[v->n++] = p;
	return (int)v->n;
}

static const struct view_place *at(const struct views *v, uint32_t number)
{
	return number > 0 && number <= v->n ? v->list[number - 1] : NULL;
}

const struct config_opener *views_opener(const struct views *v,
					 uint32_t number)
{
	const struct view_place *p = at(v, number);

	return p ? &p->opener : number == 0 ? &v->host : NULL;
}

const struct view *views_view(const struct views *v, uint32_t number)
{
	const struct view_place *p = at(v, number);

	return p ? &p->view : NULL;
}

const char *views_where(const struct views *v, uint32_t number)
{
	const struct view_place *p = at(v, number);

	return p ? p->where : "";
}

/* Where the host has that path too, and no link in it leads elsewhere. */
static bool is_of_host(const struct views *v, const struct view_place *p,
		       const char *path)
{
	char real[PATH_CAP], host[PATH_CAP];
	struct statx its = {0}, ours = {0};
	int r = config_resolve(&p->opener, path, real);
	int e = config_resolve(&v->host, path, host);

	/* it is missing in both */
	if (r < 0)
		return !p->view.own_root && r == e;
	return e == 0 && strcmp(host, path) == 0 &&
	       config_stat(&p->opener, real, &its) == 0 &&
	       config_stat(&v->host, host, &ours) == 0 &&
	       its.stx_dev_major == ours.stx_dev_major &&
	       its.stx_dev_minor == ours.stx_dev_minor &&
	       its.stx_ino == ours.stx_ino;
}

int views_key(const struct views *v, uint32_t number, const char *real,
	      char ret[static PATH_CAP])
{
	const struct view_place *p = at(v, number);
	const char *before = "";
	int n;

	if (p && *p->host_path)
		before = strcmp(p->host_path, "/") == 0 ? "" : p->host_path;
	else if (p && !is_of_host(v, p, real))
		before = p->prefix;
	/* a configuration may say what it likes */
	if (!*before && view_prefix(real, strlen(real)) > 0)
		return -EINVAL;
	n = snprintf(ret, PATH_CAP, "%s%s", before, real);
	return n < PATH_CAP ? 0 : -ENAMETOOLONG;
}

uint32_t views_of_key(const struct views *v, const char *key)
{
	unsigned long n = 0;

	if (view_prefix(key, strlen(key)) > 0)
		n = strtoul(key + sizeof(PREFIX) - 1, NULL, 10);
	return n <= v->n ? (uint32_t)n : 0;
}
