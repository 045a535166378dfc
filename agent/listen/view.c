/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/listen/view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "agent/listen/cgroup.h"
#include "agent/listen/holder.h"
#include "agent/listen/space.h"
#include "lib/limits.h"

#define ORDINARY 1000	/* the first user of that kind: login.defs(5) */
#define NOBODY 65534
#define TEXT KIB(16)	/* of a file in /proc */

/* The inode of the mount namespace; 0 where it is not told. */
static uint64_t space_of(const char *pid)
{
	char path[64], link[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%s/ns/mnt", pid);
	n = readlink(path, link, sizeof(link) - 1);
	link[n > 0 ? n : 0] = '\0';
	return space_inode(link, "mnt");
}

int view_look(const char *path, struct statx *ret)
{
	return statx(AT_FDCWD, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
		     STATX_INO | STATX_UID | STATX_MODE, ret) < 0 ? -errno : 0;
}

static dev_t device_of(const struct statx *st)
{
	return makedev(st->stx_dev_major, st->stx_dev_minor);
}

static bool is_same(const struct statx *a, const struct statx *b)
{
	return device_of(a) == device_of(b) && a->stx_ino == b->stx_ino;
}

static bool is_root_of_first(const struct statx *st)
{
	struct statx first = {.stx_ino = 0};

	return view_look("/proc/1/root", &first) == 0 && is_same(&first, st);
}

/* FNV-1a */
static uint64_t mix(uint64_t hash, uint64_t number)
{
	for (int i = 0; i < 8; i++)
		hash = (hash ^ (number >> 8 * i & 0xff)) *
		       UINT64_C(0x100000001b3);
	return hash;
}

static int find_files(pid_t pid, struct view *v)
{
	struct statx its = {.stx_ino = 0}, ours = {.stx_ino = 0};
	char path[64], number[16];
	bool same_root;
	int r;

	snprintf(number, sizeof(number), "%d", (int)pid);
	snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	r = view_look(path, &its);
	if (r == 0)
		r = view_look("/", &ours);
	if (r < 0)
		return r;
	same_root = is_same(&its, &ours);
	v->space = space_of(number);
	if (v->space == 0)
		return -EACCES;
	/* the agent may be shut into a namespace of its own */
	if (v->space == space_of("self") ||
	    (v->space == space_of("1") && is_root_of_first(&ours)))
		v->space = 0;
	if (same_root && v->space == 0)
		return 0;
	v->own_root = !same_root && v->space != 0;
	v->id = mix(mix(mix(UINT64_C(0xcbf29ce484222325), v->space),
			device_of(&its)), its.stx_ino);
	v->id += v->id == 0;
	return 0;
}

/* The one who started it: what a program's file makes of that does not count,
 * nor who its files in /proc are said to belong to. */
static int real_user(pid_t pid, uint32_t *ret)
{
	char text[TEXT], *at = NULL;

	holder_read(pid, "status", text, sizeof(text));
	at = strstr(text, "\nUid:");
	if (!at)
		return -ENOENT;
	*ret = (uint32_t)strtoul(at + 5, NULL, 10);
	return 0;
}

/* Within a container that no user has of his own, any number may be a
 * service's. */
static bool is_in_container(pid_t pid)
{
	char text[TEXT], unit[CGROUP_NAME], container[CGROUP_NAME];
	size_t len = holder_read(pid, "cgroup", text, sizeof(text));

	cgroup_parse(text, len, unit, container);
	return *container && !strstr(text, "/user.slice/");
}

bool view_is_ordinary(uint32_t user)
{
	return user >= ORDINARY && user != NOBODY && user != geteuid();
}

int view_of(pid_t pid, struct view *ret)
{
	struct view v = {.id = 0};
	uint32_t user = 0;
	int r = find_files(pid, &v);

	if (r == 0)
		r = real_user(pid, &user);
	if (r < 0)
		return r;
	if (view_is_ordinary(user) &&
	    !(v.own_root && is_in_container(pid)))
		v.user = user;
	*ret = v;
	return 0;
}

size_t view_prefix(const void *path, size_t len)
{
	static const char before[] = "/proc/view/";
	const char *p = path;
	size_t n = sizeof(before) - 1, first = n;

	if (len < n || memcmp(p, before, n) != 0)
		return 0;
	while (n < len && p[n] >= '0' && p[n] <= '9')
		n++;
	return n > first && n < len && p[n] == '/' ? n : 0;
}
