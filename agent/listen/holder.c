/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/listen/holder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/listen/space.h"
#include "agent/listen/view.h"

#define DELETED " (deleted)"
#define TEXT KIB(16)	/* of a file in /proc */
#define FILES_MAX 4096	/* open, or mapped, that are looked at */

/* 1; 0 where the process has gone; -EACCES. */
static int look_at(DIR *proc, const char *pid, holder_take *take, void *arg)
{
	char path[300], link[64];
	struct dirent *e;
	int fd;
	DIR *d;

	snprintf(path, sizeof(path), "%s/fd", pid);
	fd = openat(dirfd(proc), path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == EACCES || errno == EPERM ? -EACCES : 0;
	d = fdopendir(fd);
	if (!d) {
		close(fd);
		return 0;
	}
	while ((e = readdir(d))) {
		ssize_t n = readlinkat(fd, e->d_name, link, sizeof(link) - 1);
		uint64_t inode;

		if (n <= 0)
			continue;
		link[n] = '\0';
		inode = space_inode(link, "socket");
		if (inode > 0)
			take(arg, (pid_t)strtol(pid, NULL, 10), inode);
	}
	closedir(d);
	return 1;
}

int holders_find(holder_take *take, void *arg)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;
	int hidden = 0;

	if (!proc)
		return -errno;
	while ((e = readdir(proc))) {
		if (e->d_name[0] >= '0' && e->d_name[0] <= '9')
			hidden += look_at(proc, e->d_name, take, arg) < 0;
	}
	closedir(proc);
	return hidden;
}

size_t holder_read(pid_t pid, const char *name, char *to, size_t cap)
{
	char path[64];
	size_t len = 0;
	ssize_t n = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && len + 1 < cap &&
	       (n = read(fd, to + len, cap - 1 - len)) > 0)
		len += (size_t)n;
	if (fd >= 0)
		close(fd);
	to[len] = '\0';
	return len;
}

static uint64_t number(const char *stat, size_t len, int wanted)
{
	const char *at = memrchr(stat, ')', len), *end = stat + len;
	uint64_t n = 0;

	/* fields are told apart by single spaces; the one after ")" is 3 */
	for (int field = 2; at && field < wanted; field++) {
		at = memchr(at, ' ', (size_t)(end - at));
		at = at ? at + 1 : NULL;
	}
	for (; at && at < end && *at >= '0' && *at <= '9' &&
	     n < UINT64_MAX / 16; at++)
		n = n * 10 + (uint64_t)(*at - '0');
	return n;
}

uint64_t holder_start_ticks(const char *stat, size_t len)
{
	return number(stat, len, 22);
}

pid_t holder_parent(pid_t pid)
{
	char text[TEXT];
	size_t len = holder_read(pid, "stat", text, sizeof(text));

	return (pid_t)number(text, len, 4);
}

#define NANO INT64_C(1000000000)

/* Both clocks at once and to the nanosecond: the same process is said to have
 * begun in the same second whenever it is asked. */
static int64_t started(const char *text, size_t len)
{
	uint64_t ticks = holder_start_ticks(text, len);
	long second = sysconf(_SC_CLK_TCK);
	struct timespec up = {0}, now = {0};
	int64_t boot;

	if (ticks == 0 || second <= 0 ||
	    clock_gettime(CLOCK_BOOTTIME, &up) < 0 ||
	    clock_gettime(CLOCK_REALTIME, &now) < 0)
		return 0;
	boot = (now.tv_sec - up.tv_sec) * NANO + now.tv_nsec - up.tv_nsec;
	return (boot + (int64_t)(ticks % (uint64_t)second) *
			       (NANO / second)) / NANO +
	       (int64_t)(ticks / (uint64_t)second);
}

static void set_exe(struct holder *h, pid_t pid)
{
	size_t suffix = sizeof(DELETED) - 1, n;
	char path[64];
	ssize_t r;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	r = readlink(path, h->exe, sizeof(h->exe));
	n = r > 0 ? (size_t)r : 0;
	if (n > suffix && memcmp(h->exe + n - suffix, DELETED, suffix) == 0) {
		h->message.exe_deleted = true;
		n -= suffix;
	}
	h->message.exe = (ProtobufCBinaryData){n, (uint8_t *)h->exe};
}

/* ${text} is a link of a file that is open, or what a line of maps ends
 * with. */
static void add_deleted(struct holder *h, const char *text, size_t len)
{
	/* never certificates */
	static const char *const others[] = {"/dev/", "/memfd:", "/SYSV",
					     "/anon_hugepage", "/[", NULL};
	size_t suffix = sizeof(DELETED) - 1;
	char *at = h->deleted_text + h->deleted_len;

	if (len <= suffix || *text != '/' ||
	    memcmp(text + len - suffix, DELETED, suffix) != 0)
		return;
	len -= suffix;
	for (size_t i = 0; others[i]; i++) {
		if (strncmp(text, others[i], strlen(others[i])) == 0)
			return;
	}
	/* the program is told already */
	if (h->message.exe.len == len &&
	    memcmp(h->message.exe.data, text, len) == 0)
		return;
	for (size_t i = 0; i < h->message.n_deleted; i++) {
		if (h->deleted[i].len == len &&
		    memcmp(h->deleted[i].data, text, len) == 0)
			return;
	}
	if (memmem(text, len, ".so", 3) ||
	    h->message.n_deleted == HOLDER_DELETED ||
	    len > sizeof(h->deleted_text) - h->deleted_len)
		return;
	memcpy(at, text, len);
	h->deleted[h->message.n_deleted++] =
		(ProtobufCBinaryData){len, (uint8_t *)at};
	h->deleted_len += len;
}

static void find_open(struct holder *h, pid_t pid)
{
	char path[64], link[4200];
	struct dirent *e = NULL;
	DIR *d = NULL;
	int left = FILES_MAX;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	d = opendir(path);
	while (d && left-- > 0 && (e = readdir(d))) {
		ssize_t n = readlinkat(dirfd(d), e->d_name, link,
				       sizeof(link));

		add_deleted(h, link, n > 0 ? (size_t)n : 0);
	}
	if (d)
		closedir(d);
}

static void find_mapped(struct holder *h, pid_t pid)
{
	char path[64], line[4200];
	int left = FILES_MAX;
	FILE *f = NULL;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	f = fopen(path, "re");
	/* addresses, rights and the like hold no slash but in device names */
	while (f && left-- > 0 && fgets(line, sizeof(line), f)) {
		const char *at = strchr(line, '/');

		if (at)
			add_deleted(h, at, strcspn(at, "\n"));
	}
	if (f)
		fclose(f);
}

static void set_deleted(struct holder *h, pid_t pid)
{
	h->deleted_len = 0;
	find_open(h, pid);
	find_mapped(h, pid);
	h->message.deleted = h->deleted;
}

static void set_view(Ipc__ListenerProcess *m, pid_t pid)
{
	struct view v = {.id = UINT64_MAX, .space = UINT64_MAX,
			 .own_root = true};

	view_of(pid, &v);
	m->view = v.id;
	m->space = v.space;
	m->own_root = v.own_root;
	m->user = v.user;
}

void holder_describe(pid_t pid, struct holder *ret)
{
	char text[TEXT];
	size_t len;

	ipc__listener_process__init(&ret->message);
	ret->message.pid = (uint32_t)pid;
	set_exe(ret, pid);
	/* what follows argv[0] is not even read, but for the file's page */
	holder_read(pid, "cmdline", ret->name, sizeof(ret->name));
	ret->message.name = (ProtobufCBinaryData){strlen(ret->name),
						  (uint8_t *)ret->name};
	len = holder_read(pid, "cgroup", text, sizeof(text));
	cgroup_parse(text, len, ret->unit, ret->container);
	ret->message.unit = ret->unit;
	ret->message.container = ret->container;
	len = holder_read(pid, "stat", text, sizeof(text));
	ret->message.started = started(text, len);
	set_view(&ret->message, pid);
	set_deleted(ret, pid);
}
