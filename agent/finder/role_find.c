/* SPDX-License-Identifier: Apache-2.0 */
/* The find role: reads the servers' configurations.  Opens nothing: it asks,
 * and gets descriptors.  No network, executes nothing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/finder/finder.h"
#include "agent/proc/child.h"
#include "agent/proc/ipc.h"
#include "agent/proc/ipc.pb-c.h"
#include "agent/syntax/library.h"
#include "lib/frame.h"
#include "lib/limits.h"
#include "lib/message.h"

struct find {
	int sock;
	struct frame_receiver in;
	struct buf out;
	struct arena arena;		/* of the processes */
	struct finder_process *processes;
	size_t n_processes;
	uint32_t first;			/* number to begin with */
	uint32_t view;			/* of the processes under work */
	const char *where;		/* the same in words */
	bool of_users;			/* the finder under work */
};

static int send_message(struct find *f, uint32_t op, const ProtobufCMessage *m)
{
	return message_send(&f->out, f->sock, op, m, -1);
}

/* Asks, and waits for the answer. */
static int ask(struct find *f, const char *path, Ipc__FindAnswer **ret,
	       int *ret_fd)
{
	Ipc__FindAsk m = IPC__FIND_ASK__INIT;
	struct frame in = {.fd = -1};
	int r;

	m.path = (ProtobufCBinaryData){strlen(path),
				       (uint8_t *)(uintptr_t)path};
	m.view = f->view;
	r = send_message(f, IPC_FIND_ASK, &m.base);
	if (r == 0)
		r = frame_recv(&f->in, f->sock, IPC_FIND__END, &in);
	if (r <= 0)
		return r == 0 ? -EPIPE : r;
	*ret = in.op == IPC_FIND_ANSWER
		       ? ipc__find_answer__unpack(NULL, in.len, in.data)
		       : NULL;
	*ret_fd = in.fd;
	if (*ret)
		return 0;
	if (in.fd >= 0)
		close(in.fd);
	return -EPROTO;
}

static int copy_names(const Ipc__FindAnswer *a, struct finder_file *ret)
{
	ret->is_folder = true;
	ret->names = calloc(a->n_names + 1, sizeof(*ret->names));
	if (!ret->names)
		return -ENOMEM;
	for (size_t i = 0; i < a->n_names; i++) {
		ret->names[i] = strndup((char *)a->names[i].data,
					a->names[i].len);
		if (!ret->names[i])
			return -ENOMEM;
		ret->n_names++;
	}
	return 0;
}

static int find_open(void *arg, const char *path, struct finder_file *ret)
{
	Ipc__FindAnswer *a = NULL;
	int fd = -1, r = ask(arg, path, &a, &fd);

	*ret = (struct finder_file){.fd = -1};
	if (r < 0)
		return r;
	ret->fd = fd;
	ret->size = a->size;
	if (a->error != 0)
		r = -abs(a->error);
	else if (a->folder)
		r = copy_names(a, ret);
	else if (fd < 0 || a->size > LIMIT_FINDER_FILE)
		r = -EPROTO;
	ipc__find_answer__free_unpacked(a, NULL);
	if (r < 0)
		opener_free(ret);
	return r;
}

static char *utf8(const char *text)
{
	return (char *)(uintptr_t)text;
}

static int find_binding(void *arg, const char *service,
			const struct finder_binding *b)
{
	const struct find *f = arg;
	Ipc__FindBinding m = IPC__FIND_BINDING__INIT;
	Cw__Binding line = CW__BINDING__INIT;

	m.path = (ProtobufCBinaryData){strlen(b->path),
				       (uint8_t *)(uintptr_t)b->path};
	m.binding = &line;
	m.view = f->view;
	m.user = b->process ? b->process->user : 0;
	m.by_process = b->process != NULL || f->of_users;
	line.service = utf8(service);
	line.config = (ProtobufCBinaryData){strlen(b->config),
					    (uint8_t *)(uintptr_t)b->config};
	line.line = b->line;
	if (b->start && strcmp(b->start, b->config) != 0)
		line.main = (ProtobufCBinaryData){
			strlen(b->start), (uint8_t *)(uintptr_t)b->start};
	line.role = utf8(finder_role_name(b->role));
	line.names = (char **)(uintptr_t)b->scope.names.items;
	line.n_names = b->scope.names.count;
	line.listen = (char **)(uintptr_t)b->scope.listen.items;
	line.n_listen = b->scope.listen.count;
	return send_message(arg, IPC_FIND_BINDING, &m.base);
}

static int find_gap(void *arg, int kind, const char *path, const char *reason)
{
	const struct find *f = arg;
	Cw__Gap g = CW__GAP__INIT;
	char where[1024];

	g.kind = (Cw__GapKind)kind;
	g.path = (ProtobufCBinaryData){strlen(path),
				       (uint8_t *)(uintptr_t)path};
	g.reason = utf8(reason);
	if (f->view > 0) {
		snprintf(where, sizeof(where), "%.640s, in %.300s", reason,
			 f->where);
		g.reason = where;
	}
	return send_message(arg, IPC_FIND_GAP, &g.base);
}

/* A NUL-terminated copy of bytes that hold none. */
static const char *text(struct find *f, const ProtobufCBinaryData *b)
{
	const char *t = arena_str(&f->arena, b->data, b->len);

	return t ? t : "";
}

/* The same words as those of the process before are kept once. */
static const char *words(struct find *f, const char *where)
{
	const struct finder_process *before =
		f->n_processes > 0 ? &f->processes[f->n_processes - 1] : NULL;
	const char *t = NULL;

	if (!*where)
		return "";
	if (before && strcmp(before->where, where) == 0)
		return before->where;
	t = arena_str(&f->arena, where, strlen(where));
	return t ? t : "";
}

/* False where there is no room for all of it. */
static bool keep_process(struct find *f, const Ipc__FindProcess *m)
{
	struct finder_process *p = &f->processes[f->n_processes];
	const char *arguments = arena_str(&f->arena, m->arguments.data,
					  m->arguments.len);
	const char **argv = NULL;
	const char *a = arguments;
	size_t n = 1;

	if (!arguments || m->arguments.len == 0)
		return arguments != NULL;
	for (size_t i = 0; i < m->arguments.len && n < LIMIT_ARGUMENTS; i++)
		n += m->arguments.data[i] == 0;
	argv = arena_alloc(&f->arena, n * sizeof(*argv));
	if (!argv)
		return false;
	*p = (struct finder_process){.exe = text(f, &m->exe),
				     .cwd = text(f, &m->cwd), .argv = argv,
				     .view = m->view, .user = m->user,
				     .where = words(f, m->where),
				     .order = f->n_processes};
	for (; a < arguments + m->arguments.len && p->argc < n;
	     a += strlen(a) + 1)
		argv[p->argc++] = a;
	f->n_processes++;
	return a >= arguments + m->arguments.len;
}

/* All processes that may be of a service we know. */
static int ask_processes(struct find *f)
{
	bool all = true;
	int r = 0;

	f->processes = calloc(LIMIT_PROCESSES, sizeof(*f->processes));
	if (!f->processes)
		return -ENOMEM;
	while (r == 0 && f->n_processes < LIMIT_PROCESSES) {
		Ipc__FindAnswer *a = NULL;
		bool more = false;
		int fd = -1;

		r = ask(f, "", &a, &fd);
		if (fd >= 0)
			close(fd);
		if (r < 0)
			break;
		more = a->process != NULL;
		f->first = a->first;
		if (more)
			all &= keep_process(f, a->process);
		ipc__find_answer__free_unpacked(a, NULL);
		if (!more)
			break;
	}
	all &= f->n_processes < LIMIT_PROCESSES;
	/* one that begins anew, with a later finder, has told it */
	if (r == 0 && !all && f->first == 0)
		r = find_gap(f, CW__GAP_KIND__GAP_TOO_LARGE, "/proc",
			     "more command lines than are kept");
	return r;
}

/* Processes of one view and one user. */
struct group {
	const struct finder_process *processes;
	size_t n;
};

static bool is_hosts(const struct finder_process *p)
{
	return p->view == 0 && p->user == 0;
}

static int compare(const void *a, const void *b)
{
	const struct finder_process *x = a, *y = b;
	int r = (x->view > y->view) - (x->view < y->view);

	if (r == 0)
		r = (x->user > y->user) - (x->user < y->user);
	/* keeps the order in which they were told */
	return r ? r : (x->order > y->order) - (x->order < y->order);
}

/* The group that begins at ${from}. */
static struct group group_at(const struct find *f, size_t from)
{
	const struct finder_process *first = &f->processes[from];
	size_t n = 0;

	while (from + n < f->n_processes && first[n].view == first->view &&
	       first[n].user == first->user)
		n++;
	return (struct group){first, n};
}

static int run_service(struct find *f, uint32_t number,
		       const struct finder *it, const struct group *g,
		       const char *const *more)
{
	const struct finder_opener opener = {find_open, f};
	const struct finder_sink sink = {find_binding, find_gap, f};
	Ipc__FindService m = IPC__FIND_SERVICE__INIT;
	int r;

	m.number = number;
	f->view = g->n > 0 ? g->processes->view : 0;
	f->where = g->n > 0 ? g->processes->where : "";
	f->of_users = it->of_users;
	r = send_message(f, IPC_FIND_SERVICE, &m.base);
	return r < 0 ? r : finder_service(it, &opener, &sink, g->processes,
					  g->n, more);
}

/* The host's own, with the configured files, "SERVICE:PATH" each. */
static int run_hosts(struct find *f, uint32_t number, uint32_t member,
		     const struct agent_config *config)
{
	const struct finder *it = finder_table[member];
	struct group g = {NULL, 0};
	size_t n = strlen(it->name), count = 0;
	const char **more = calloc(config->bindings_of.count + 1,
				   sizeof(*more));
	int r = -ENOMEM;

	for (size_t i = 0; more && i < config->bindings_of.count; i++) {
		const char *item = config->bindings_of.items[i];

		if (strncmp(item, it->name, n) == 0 && item[n] == ':')
			more[count++] = item + n + 1;
	}
	if (f->n_processes > 0 && is_hosts(f->processes))
		g = group_at(f, 0);
	if (more)
		r = run_service(f, number, it, &g, more);
	free(more);
	return r;
}

/* Those in containers, and ordinary users' own: what these have may not be at
 * the host's expense. */
static int run_others(struct find *f, uint32_t number, const struct finder *it)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < f->n_processes;) {
		struct group g = group_at(f, i);

		if (!is_hosts(g.processes) &&
		    finder_runs(it, g.processes, g.n))
			r = run_service(f, number, it, &g, NULL);
		i += g.n;
	}
	return r;
}

static int run_one(struct find *f, uint32_t number, uint32_t member,
		   bool others, const struct agent_config *config)
{
	if (finder_table[member]->of_users)
		return others ? run_hosts(f, number, member, config) : 0;
	return others ? run_others(f, number, finder_table[member])
		      : run_hosts(f, number, member, config);
}

static int run_all(struct find *f, const struct agent_config *config)
{
	uint32_t n = 0;
	int r = 0;

	while (finder_table[n])
		n++;
	for (uint32_t i = f->first; r == 0 && i < 2 * n; i++)
		r = run_one(f, i, i % n, i >= n, config);
	return r;
}

static int find_run(int sock, const struct agent_config *config)
{
	struct find f = {.sock = sock, .where = ""};
	int r;

	buf_init(&f.out, LIMIT_FRAME);
	arena_init(&f.arena, LIMIT_BINDING_BYTES);
	r = ask_processes(&f);
	if (f.n_processes > 1)
		qsort(f.processes, f.n_processes, sizeof(*f.processes),
		      compare);
	if (r == 0)
		r = run_all(&f, config);
	if (r == 0 || r == -ECANCELED)
		r = frame_send(sock, IPC_FIND_DONE, NULL, 0, -1);
	free(f.processes);
	arena_free(&f.arena);
	buf_free_secret(&f.out);
	frame_receiver_free(&f.in);
	return r < 0 ? 1 : 0;
}

static int find_prepare(const struct agent_config *config)
{
	(void)config;
	library_expat();
	library_yaml();
	return 0;
}

static const char *const find_syscalls[] = {
	"read", "pread64", "write", "lseek", "close", "fcntl", "fstat",
	"newfstatat", "fstat64", "fstatat64", "recvmsg", "sendmsg",
	"memfd_create", "mmap", "mmap2", "munmap", "mprotect", "mremap",
	"madvise", "brk", "futex", "futex_time64", "getrandom",
	"clock_gettime", "clock_gettime64", "gettimeofday", "time",
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn",
	"restart_syscall", "exit", "exit_group", "getpid", "gettid",
	"getppid", "sched_yield", "_llseek", "fcntl64", NULL,
};

const struct role role_find = {
	.name = "find",
	.prepare = find_prepare,
	.run = find_run,
	.sandbox = {.syscalls = find_syscalls},
};
