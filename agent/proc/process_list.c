/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/process_list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/finder/finder.h"
#include "lib/limits.h"

/* longer command lines are cut off */
#define COMMAND_MAX KIB(64)

void process_list_start(struct process_list *p)
{
	process_list_end(p);
	p->proc = opendir("/proc");
	p->count = 0;
	buf_init(&p->command, COMMAND_MAX);
}

void process_list_end(struct process_list *p)
{
	if (p->proc)
		closedir(p->proc);
	p->proc = NULL;
	buf_free(&p->command);
}

/* A link of /proc/PID; "" where it cannot be read. */
static void link_of(const char *pid, const char *what, char ret[static 4096])
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%.16s/%s", pid, what);
	n = readlink(path, ret, 4095);
	ret[n > 0 ? n : 0] = '\0';
}

static bool is_known(const char *exe)
{
	const char *base = strrchr(exe, '/');

	base = base ? base + 1 : exe;
	for (size_t i = 0; finder_table[i]; i++) {
		for (const char *const *n = finder_table[i]->programs; n && *n;
		     n++) {
			if (strcmp(*n, base) == 0)
				return true;
		}
	}
	return false;
}

/* Anybody can call a program of his own nginx, and then its configuration would
 * speak for that of the host. */
static bool is_trusted(const char *pid)
{
	char path[64];
	struct statx st = {.stx_uid = 0}, root = {.stx_uid = 0};

	/* in a user namespace the owner of its files has another number */
	snprintf(path, sizeof(path), "/proc/%.16s/root", pid);
	if (view_look(path, &root) < 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%.16s/exe", pid);
	return view_look(path, &st) == 0 &&
	       (st.stx_uid == 0 || st.stx_uid == geteuid() ||
		st.stx_uid == root.stx_uid) &&
	       (st.stx_mode & S_IWOTH) == 0;
}

static bool read_command(const char *pid, struct buf *ret)
{
	char path[64];
	ssize_t n = 1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%.16s/cmdline", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	buf_reset(ret);
	while (n > 0 && ret->len < COMMAND_MAX && buf_reserve(ret, 1) == 0) {
		size_t room = ret->cap - ret->len;

		n = read(fd, ret->data + ret->len, room);
		if (n > 0)
			ret->len += (size_t)n;
	}
	close(fd);
	/* what was cut off within an argument ends there */
	if (ret->len == COMMAND_MAX)
		ret->data[ret->len - 1] = '\0';
	return ret->len > 0;
}

void process_list_refuse(struct process_list *p)
{
	p->count--;
}

bool process_list_next(struct process_list *p)
{
	struct dirent *e = NULL;

	while (p->proc && p->count < LIMIT_PROCESSES &&
	       (e = readdir(p->proc))) {
		char *deleted = NULL;

		if (strspn(e->d_name, "0123456789") != strlen(e->d_name))
			continue;
		link_of(e->d_name, "exe", p->exe_text);
		deleted = strstr(p->exe_text, " (deleted)");
		if (deleted)
			*deleted = '\0';
		p->pid = (pid_t)strtol(e->d_name, NULL, 10);
		if (!*p->exe_text || !is_known(p->exe_text) ||
		    !is_trusted(e->d_name) || view_of(p->pid, &p->view) < 0 ||
		    !read_command(e->d_name, &p->command))
			continue;
		link_of(e->d_name, "cwd", p->cwd_text);
		p->exe = (ProtobufCBinaryData){strlen(p->exe_text),
					       (uint8_t *)p->exe_text};
		p->cwd = (ProtobufCBinaryData){strlen(p->cwd_text),
					       (uint8_t *)p->cwd_text};
		p->arguments = (ProtobufCBinaryData){p->command.len,
						     p->command.data};
		p->count++;
		return true;
	}
	return false;
}
