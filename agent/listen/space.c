/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/listen/space.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

uint64_t space_inode(const char *link, const char *kind)
{
	size_t n = strlen(kind);
	unsigned long long inode = 0;
	char *end = NULL;

	if (strncmp(link, kind, n) != 0 || link[n] != ':' ||
	    link[n + 1] != '[' || link[n + 2] < '0' || link[n + 2] > '9')
		return 0;
	errno = 0;
	inode = strtoull(link + n + 2, &end, 10);
	return errno == 0 && strcmp(end, "]") == 0 ? inode : 0;
}

static bool is_known(const struct spaces *s, uint64_t inode)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->items[i].inode == inode)
			return true;
	}
	return false;
}

/* The process may have gone, or moved, between the two looks. */
static void add(struct spaces *s, int proc, const char *path)
{
	struct stat st = {0};
	int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (fstat(fd, &st) < 0 || is_known(s, st.st_ino)) {
		close(fd);
		return;
	}
	s->items[s->n++] = (struct space){st.st_ino, fd};
}

static void look_at(struct spaces *s, int proc, const char *pid)
{
	char path[300], link[64];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/ns/net", pid);
	n = readlinkat(proc, path, link, sizeof(link) - 1);
	if (n < 0) {
		s->hidden += errno == EACCES || errno == EPERM;
		return;
	}
	link[n] = '\0';
	if (is_known(s, space_inode(link, "net")))
		return;
	if (s->n == LIMIT_NETNS)
		s->more = true;
	else
		add(s, proc, path);
}

int spaces_find(struct spaces *s)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;

	s->n = 0;
	s->hidden = 0;
	s->more = false;
	if (!proc)
		return -errno;
	add(s, dirfd(proc), "self/ns/net");
	while (s->n > 0 && (e = readdir(proc))) {
		if (e->d_name[0] >= '0' && e->d_name[0] <= '9')
			look_at(s, dirfd(proc), e->d_name);
	}
	closedir(proc);
	return s->n > 0 ? 0 : -ENOENT;
}

void spaces_close(struct spaces *s)
{
	for (size_t i = 0; i < s->n; i++)
		close(s->items[i].fd);
	s->n = 0;
}

int space_enter(const struct space *s)
{
	return setns(s->fd, CLONE_NEWNET) < 0 ? -errno : 0;
}
