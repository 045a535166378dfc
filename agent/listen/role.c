/* SPDX-License-Identifier: Apache-2.0 */
/* The listen role: which sockets listen in which network namespace, and whose
 * they are.  It lives for one such look.
 *
 * It enters network namespaces and looks at all processes, which needs two
 * strong capabilities; so it has a short list of system calls, no user's
 * rights on files, connects nowhere, and takes nothing from outside but what
 * the kernel says.  Landlock is not for it: it would hide the processes. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/listen/diag.h"
#include "agent/listen/holder.h"
#include "agent/listen/retired.h"
#include "agent/listen/space.h"
#include "agent/proc/child.h"
#include "agent/proc/ipc.h"
#include "lib/frame.h"
#include "lib/message.h"

#define GAPS_MAX 64

struct listening {
	struct diag_socket socket;
	size_t space;
	pid_t pids[LIMIT_LISTENER_PROCESSES];
	uint32_t n_pids;	/* all of them */
	pid_t last;
	uint32_t sockets;
};

struct look {
	int sock;
	struct spaces spaces;
	size_t space;		/* that is being looked at */
	struct diag_socket *found;
	size_t *found_space;
	size_t n_found;
	struct listening *list;
	size_t n;
	struct by_inode {
		uint64_t inode;
		size_t at;	/* in list */
	} *inodes;
	Cw__Gap gaps[GAPS_MAX];
	char paths[GAPS_MAX][32];
	size_t n_gaps;
	Ipc__ListenDone done;
};

static void gap(struct look *k, size_t space, const char *reason)
{
	Cw__Gap *g = &k->gaps[k->n_gaps];
	char *path = k->paths[k->n_gaps];
	int n;

	if (k->n_gaps == GAPS_MAX)
		return;
	k->n_gaps++;
	n = snprintf(path, sizeof(k->paths[0]), "net:");
	if (space > 0)
		n = snprintf(path, sizeof(k->paths[0]), "net:[%llu]",
			     (unsigned long long)k->spaces.items[space].inode);
	cw__gap__init(g);
	g->kind = CW__GAP_KIND__GAP_UNREADABLE;
	g->path = (ProtobufCBinaryData){(size_t)n, (uint8_t *)path};
	g->reason = (char *)(uintptr_t)reason;
}

static int take_socket(void *arg, const struct diag_socket *s)
{
	struct look *k = arg;

	if (k->n_found == LIMIT_LISTENERS)
		return -EOVERFLOW;
	k->found[k->n_found] = *s;
	k->found_space[k->n_found++] = k->space;
	return 0;
}

static void look_into_spaces(struct look *k)
{
	for (size_t i = 0; i < k->spaces.n; i++) {
		int r = i > 0 ? space_enter(&k->spaces.items[i]) : 0;

		k->space = i;
		if (r == 0)
			r = diag_sockets(take_socket, k);
		if (r == -EOVERFLOW)
			gap(k, i, "more sockets than are looked at");
		else if (r < 0)
			gap(k, i, strerrordesc_np(-r));
		else
			k->done.namespaces++;
	}
	if (k->spaces.n > 1)
		space_enter(&k->spaces.items[0]);
	if (k->spaces.more)
		gap(k, 0, "more network namespaces than are looked at");
}

static int by_address(const void *a, const void *b)
{
	const struct listening *x = a, *y = b;
	const struct diag_socket *s = &x->socket, *t = &y->socket;

	if (x->space != y->space)
		return x->space < y->space ? -1 : 1;
	if (s->udp != t->udp)
		return s->udp ? 1 : -1;
	if (s->port != t->port)
		return s->port < t->port ? -1 : 1;
	if (s->address_len != t->address_len)
		return s->address_len < t->address_len ? -1 : 1;
	if (s->scope != t->scope)
		return s->scope < t->scope ? -1 : 1;
	return memcmp(s->address, t->address, s->address_len);
}

static int by_inode(const void *a, const void *b)
{
	const struct by_inode *x = a, *y = b;

	return x->inode < y->inode ? -1 : x->inode > y->inode;
}

/* Sockets with the same address become one listener. */
static void merge(struct look *k)
{
	size_t n = 0;

	for (size_t i = 0; i < k->n_found; i++)
		k->list[i] = (struct listening){.socket = k->found[i],
						.space = k->found_space[i],
						.sockets = 1};
	if (k->n_found > 1)
		qsort(k->list, k->n_found, sizeof(*k->list), by_address);
	for (size_t i = 0; i < k->n_found; i++) {
		struct listening *l = &k->list[i];
		uint64_t inode = l->socket.inode;

		if (n > 0 && by_address(&k->list[n - 1], l) == 0)
			k->list[n - 1].sockets++;
		else
			k->list[n++] = *l;
		k->inodes[i] = (struct by_inode){inode, n - 1};
	}
	k->n = n;
	if (k->n_found > 1)
		qsort(k->inodes, k->n_found, sizeof(*k->inodes), by_inode);
}

static void take_holder(void *arg, pid_t pid, uint64_t inode)
{
	struct look *k = arg;
	const struct by_inode key = {.inode = inode}, *i;
	struct listening *l;

	i = bsearch(&key, k->inodes, k->n_found, sizeof(key), by_inode);
	if (!i)
		return;
	l = &k->list[i->at];
	if (l->last == pid)
		return;
	l->last = pid;
	if (l->n_pids < LIMIT_LISTENER_PROCESSES)
		l->pids[l->n_pids] = pid;
	l->n_pids++;
}

/* An unconnected socket in the listener's namespace, or -1. */
static int make_socket(struct look *k, const struct listening *l)
{
	int family = l->socket.address_len == 4 ? AF_INET : AF_INET6;

	if (l->space == 0 || l->socket.udp)
		return -1;
	if (k->space != l->space &&
	    space_enter(&k->spaces.items[l->space]) < 0)
		return -1;
	k->space = l->space;
	return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static int send_message(struct look *k, uint32_t op, const ProtobufCMessage *m,
			int fd)
{
	struct buf work;
	int r = 0;

	buf_init(&work, LIMIT_FRAME);
	r = message_send(&work, k->sock, op, m, fd);
	buf_free(&work);
	return r;
}

static void set_retired(Ipc__Listener *m, const struct listening *l)
{
	static struct holder retired;
	size_t n = l->n_pids < LIMIT_LISTENER_PROCESSES
			   ? l->n_pids : LIMIT_LISTENER_PROCESSES;
	pid_t pid = 0;

	/* with more holders than are known, a stranger may be one of them */
	if (!l->socket.udp && n == l->n_pids)
		pid = retired_find(l->pids, n, l->socket.port);
	if (pid <= 0)
		return;
	holder_describe(pid, &retired);
	m->retired = &retired.message;
}

/* The listeners of one server have the same processes, in the same order. */
static void describe(pid_t pid, struct holder *h)
{
	if (h->message.pid != (uint32_t)pid)
		holder_describe(pid, h);
}

static int send_listener(struct look *k, const struct listening *l)
{
	static struct holder holders[LIMIT_LISTENER_PROCESSES];
	Ipc__ListenerProcess *list[LIMIT_LISTENER_PROCESSES];
	Ipc__Listener m = IPC__LISTENER__INIT;
	int fd = make_socket(k, l), r;

	if (l->space > 0)
		m.netns = k->spaces.items[l->space].inode;
	m.address = (ProtobufCBinaryData){
		l->socket.address_len, (uint8_t *)(uintptr_t)l->socket.address};
	m.scope = l->socket.scope;
	m.port = l->socket.port;
	m.transport = (char *)(uintptr_t)(l->socket.udp ? "udp" : "tcp");
	m.v6_only = l->socket.v6_only;
	m.sockets = l->sockets;
	m.holders = l->n_pids;
	for (; m.n_processes < l->n_pids &&
	       m.n_processes < LIMIT_LISTENER_PROCESSES; m.n_processes++) {
		describe(l->pids[m.n_processes], &holders[m.n_processes]);
		list[m.n_processes] = &holders[m.n_processes].message;
	}
	m.processes = list;
	set_retired(&m, l);
	r = send_message(k, IPC_LISTEN_LISTENER, &m.base, fd);
	if (fd >= 0)
		close(fd);
	return r;
}

static int look(struct look *k)
{
	Cw__Gap *list[GAPS_MAX];
	int r = spaces_find(&k->spaces);

	if (r < 0)
		return r;
	look_into_spaces(k);
	merge(k);
	r = holders_find(take_holder, k);
	k->done.hidden = r > 0 ? (uint32_t)r : 0;
	k->space = 0;
	r = 0;
	for (size_t i = 0; i < k->n && r == 0; i++)
		r = send_listener(k, &k->list[i]);
	for (size_t i = 0; i < k->n_gaps; i++)
		list[i] = &k->gaps[i];
	k->done.gaps = list;
	k->done.n_gaps = k->n_gaps;
	return r < 0 ? r : send_message(k, IPC_LISTEN_DONE, &k->done.base, -1);
}

static int listen_run(int sock, const struct agent_config *config)
{
	static struct look k;
	int r = -ENOMEM;

	(void)config;
	k.sock = sock;
	ipc__listen_done__init(&k.done);
	k.found = calloc(LIMIT_LISTENERS, sizeof(*k.found));
	k.found_space = calloc(LIMIT_LISTENERS, sizeof(*k.found_space));
	k.list = calloc(LIMIT_LISTENERS, sizeof(*k.list));
	k.inodes = calloc(LIMIT_LISTENERS, sizeof(*k.inodes));
	if (k.found && k.found_space && k.list && k.inodes)
		r = look(&k);
	spaces_close(&k.spaces);
	free(k.inodes);
	free(k.list);
	free(k.found_space);
	free(k.found);
	return r < 0 ? 1 : 0;
}

/* A descriptor for each namespace. */
static int listen_prepare(const struct agent_config *config)
{
	struct rlimit files = {0};

	(void)config;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 &&
	    files.rlim_cur < 2 * LIMIT_NETNS) {
		files.rlim_cur = files.rlim_max < 2 * LIMIT_NETNS
					 ? files.rlim_max
					 : 2 * LIMIT_NETNS;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	return 0;
}

static const char *const listen_syscalls[] = {
	"read", "write", "close", "fcntl", "fcntl64", "fstat", "newfstatat",
	"fstat64", "fstatat64", "statx", "lseek", "_llseek", "open", "openat",
	"getdents64", "readlink", "readlinkat", "setns", "socket", "sendto",
	"send", "recvfrom", "recv", "setsockopt", "sendmsg", "memfd_create",
	"mmap", "mmap2", "munmap", "mprotect", "mremap", "madvise", "brk",
	"futex", "futex_time64", "getrandom", "clock_gettime",
	"clock_gettime64", "sysinfo", "rt_sigaction", "rt_sigprocmask",
	"rt_sigreturn", "sigreturn", "restart_syscall", "exit", "exit_group",
	"getpid", "gettid", "getppid", "geteuid", "geteuid32", NULL,
};

const struct role role_listen = {
	.name = "listen",
	.prepare = listen_prepare,
	.run = listen_run,
	.gives_way = true,
	.sandbox = {
		.capabilities = 1ULL << CAP_SYS_PTRACE |
				1ULL << CAP_SYS_ADMIN |
				1ULL << CAP_DAC_READ_SEARCH,
		.syscalls = listen_syscalls,
		.sees_processes = true,
	},
};
