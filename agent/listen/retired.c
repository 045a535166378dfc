/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/listen/retired.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/listen/holder.h"
#include "agent/listen/space.h"
#include "lib/limits.h"

#define CHILDREN KIB(64)	/* text of a list of them */
#define SOCKETS_MAX 4096	/* of one process */
#define LINES_MAX 200000	/* connections of a namespace */

struct sockets {
	uint64_t inodes[SOCKETS_MAX];
	size_t n;
};

bool retired_line(const char *line, uint16_t *ret_port, unsigned int *ret_state,
		  uint64_t *ret_inode)
{
	uint64_t inode = 0;
	unsigned int port = 0, state = 0;

	/* slot, local and remote address, state, queues, timer, retransmits,
	 * user, timeout, inode */
	if (sscanf(line, " %*u: %*32[0-9A-Fa-f]:%4x %*32[0-9A-Fa-f]:%*4x %2x "
		   "%*x:%*x %*x:%*x %*x %*u %*u %" SCNu64, &port, &state,
		   &inode) != 3)
		return false;
	*ret_port = (uint16_t)port;
	*ret_state = state;
	*ret_inode = inode;
	return true;
}

static void find_sockets(pid_t pid, struct sockets *ret)
{
	char path[64], link[64];
	struct dirent *e = NULL;
	DIR *d = NULL;

	ret->n = 0;
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	d = opendir(path);
	while (d && ret->n < SOCKETS_MAX && (e = readdir(d))) {
		ssize_t n = readlinkat(dirfd(d), e->d_name, link,
				       sizeof(link) - 1);
		uint64_t inode;

		if (n <= 0)
			continue;
		link[n] = '\0';
		inode = space_inode(link, "socket");
		if (inode > 0)
			ret->inodes[ret->n++] = inode;
	}
	if (d)
		closedir(d);
}

static bool is_its(const struct sockets *s, uint64_t inode)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->inodes[i] == inode)
			return true;
	}
	return false;
}

/* Has it connections on the port, without listening there? */
static bool has_connections(pid_t pid, uint16_t port, const char *table,
			    const struct sockets *its, bool *ret_listens)
{
	char path[64], line[512];
	unsigned int state = 0, lines = 0;
	uint16_t at = 0;
	uint64_t inode = 0;
	bool any = false;
	FILE *f = NULL;

	snprintf(path, sizeof(path), "/proc/%d/net/%s", (int)pid, table);
	f = fopen(path, "re");
	while (f && lines++ < LINES_MAX && fgets(line, sizeof(line), f)) {
		if (!retired_line(line, &at, &state, &inode) || at != port ||
		    !is_its(its, inode))
			continue;
		any |= state == 1;
		*ret_listens |= state == 10;
	}
	if (f)
		fclose(f);
	return any;
}

static bool is_retired(pid_t pid, uint16_t port)
{
	static struct sockets its;
	bool listens = false, any = false;

	find_sockets(pid, &its);
	any = has_connections(pid, port, "tcp", &its, &listens);
	any |= has_connections(pid, port, "tcp6", &its, &listens);
	return any && !listens;
}

static bool is_among(const pid_t *holders, size_t n, pid_t pid)
{
	for (size_t i = 0; i < n; i++) {
		if (holders[i] == pid)
			return true;
	}
	return false;
}

static bool is_same_program(pid_t a, pid_t b)
{
	char path[64], x[4096], y[4096];
	ssize_t n, m;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)a);
	n = readlink(path, x, sizeof(x));
	snprintf(path, sizeof(path), "/proc/%d/exe", (int)b);
	m = readlink(path, y, sizeof(y));
	return n > 0 && n == m && memcmp(x, y, (size_t)n) == 0;
}

/* Among the other children of a holder's parent. */
static pid_t find_sibling(const pid_t *holders, size_t n, pid_t holder,
			  pid_t parent, uint16_t port)
{
	static char text[CHILDREN];
	char name[64], *at = text, *end = NULL;

	snprintf(name, sizeof(name), "task/%d/children", (int)parent);
	holder_read(parent, name, text, sizeof(text));
	for (;; at = end) {
		pid_t pid = (pid_t)strtol(at, &end, 10);

		if (end == at)
			return 0;
		if (pid > 0 && !is_among(holders, n, pid) &&
		    is_same_program(pid, holder) && is_retired(pid, port))
			return pid;
	}
}

pid_t retired_find(const pid_t *holders, size_t n, uint16_t port)
{
	pid_t last = 0, found = 0;

	for (size_t i = 0; i < n && found == 0; i++) {
		pid_t parent = holder_parent(holders[i]);

		/* the parent has to be of the service itself */
		if (parent <= 1 || parent == last ||
		    !is_same_program(parent, holders[i]))
			continue;
		last = parent;
		found = find_sibling(holders, n, holders[i], parent, port);
	}
	return found;
}
