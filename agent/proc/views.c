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
	int root;		/* keeps it open when its process ends */
	char root_path[32];	/* of ${root} */
	struct config_opener opener;
	char prefix[32];	/* of keys */
	char where[CGROUP_NAME + 32];
	/* of its root, where we see it; or "" */
	char host_path[PATH_CAP];
};

void views_init(struct views *v)
{
	v->n = 0;
	config_opener_init(&v->host, NULL);
}

static void place_free(struct view_place *p)
{
	if (!p)
		return;
	config_opener_free(&p->opener);
	if (p->root >= 0)
		close(p->root);
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
static void set_host_path(struct view_place *p, pid_t pid)
{
	char path[64];
	ssize_t n;

	if (p->view.space != 0)
		return;
	snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	n = readlink(path, p->host_path, sizeof(p->host_path) - 1);
	p->host_path[n > 0 ? n : 0] = '\0';
}

static int open_place(struct view_place *p, pid_t pid)
{
	struct view again = {.id = 0};
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	p->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (p->root < 0)
		return -errno;
	/* another may have its number by now */
	if (view_of(pid, &again) < 0 || again.id != p->view.id)
		return -ESRCH;
	snprintf(p->root_path, sizeof(p->root_path), "/proc/self/fd/%d",
		 p->root);
	snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)pid);
	config_opener_view(&p->opener, p->root_path, path);
	set_where(p, pid);
	set_host_path(p, pid);
	return 0;
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
	p->root = -1;
	p->view = *view;
	snprintf(p->prefix, sizeof(p->prefix), PREFIX "%zu", v->n + 1);
	r = open_place(p, pid);
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
		       const char *real)
{
	struct stat its = {0}, ours = {0};
	char full[2 * PATH_CAP], host[PATH_CAP];

	snprintf(full, sizeof(full), "%s%s", p->root_path, real);
	/* it is missing in both */
	if (lstat(full, &its) < 0)
		return !p->view.own_root && lstat(real, &ours) < 0;
	return config_resolve(&v->host, real, host) == 0 &&
	       strcmp(host, real) == 0 && lstat(real, &ours) == 0 &&
	       its.st_dev == ours.st_dev && its.st_ino == ours.st_ino;
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
