/* SPDX-License-Identifier: Apache-2.0 */
/* The find role: reads the servers' configurations.  Opens nothing: it asks,
 * and gets descriptors.  No network, executes nothing. */
#include <errno.h>
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
	uint32_t first;			/* finder to begin with */
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
	Ipc__FindBinding m = IPC__FIND_BINDING__INIT;
	Cw__Binding line = CW__BINDING__INIT;

	m.path = (ProtobufCBinaryData){strlen(b->path),
				       (uint8_t *)(uintptr_t)b->path};
	m.binding = &line;
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
	Cw__Gap g = CW__GAP__INIT;

	g.kind = (Cw__GapKind)kind;
	g.path = (ProtobufCBinaryData){strlen(path),
				       (uint8_t *)(uintptr_t)path};
	g.reason = utf8(reason);
	return send_message(arg, IPC_FIND_GAP, &g.base);
}

/* A NUL-terminated copy of bytes that hold none. */
static const char *text(struct find *f, const ProtobufCBinaryData *b)
{
	const char *t = arena_str(&f->arena, b->data, b->len);

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
				     .cwd = text(f, &m->cwd), .argv = argv};
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

/* The configured files of a service, "SERVICE:PATH" each. */
static int run_service(struct find *f, uint32_t number,
		       const struct agent_config *config)
{
	const struct finder *it = finder_table[number];
	const struct finder_opener opener = {find_open, f};
	const struct finder_sink sink = {find_binding, find_gap, f};
	Ipc__FindService m = IPC__FIND_SERVICE__INIT;
	size_t n = strlen(it->name), count = 0;
	const char **more = calloc(config->bindings_of.count + 1,
				   sizeof(*more));
	int r = -ENOMEM;

	for (size_t i = 0; more && i < config->bindings_of.count; i++) {
		const char *item = config->bindings_of.items[i];

		if (strncmp(item, it->name, n) == 0 && item[n] == ':')
			more[count++] = item + n + 1;
	}
	m.number = number;
	if (more)
		r = send_message(f, IPC_FIND_SERVICE, &m.base);
	if (r == 0)
		r = finder_service(it, &opener, &sink, f->processes,
				   f->n_processes, more);
	free(more);
	return r;
}

static int find_run(int sock, const struct agent_config *config)
{
	struct find f = {.sock = sock};
	int r;

	buf_init(&f.out, LIMIT_FRAME);
	arena_init(&f.arena, LIMIT_BINDING_BYTES);
	r = ask_processes(&f);
	for (uint32_t i = 0; r == 0 && finder_table[i]; i++) {
		if (i >= f.first)
			r = run_service(&f, i, config);
	}
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
