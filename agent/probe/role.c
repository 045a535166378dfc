/* SPDX-License-Identifier: Apache-2.0 */
/* The probe role: targets in, results out.  Connects; nothing on disk, no exec,
 * never listens. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent/probe/chain.h"
#include "agent/probe/engine.h"
#include "agent/probe/library.h"
#include "agent/probe/probe.h"
#include "agent/proc/ipc.h"
#include "lib/frame.h"
#include "lib/limits.h"
#include "lib/log.h"
#include "lib/message.h"

struct probing {
	int sock;
	struct engine *engine;
	struct frame_receiver in;
	struct buf out;
};

/* The socket does not block: the loop waits for room only here. */
static int send_result(void *arg, const Ipc__ProbeResult *m)
{
	struct probing *p = arg;
	struct pollfd room = {.fd = p->sock, .events = POLLOUT};
	int r = 0;

	while ((r = message_send(&p->out, p->sock, IPC_PROBE_RESULT, &m->base,
				 -1)) == -EAGAIN)
		poll(&room, 1, -1);
	return r;
}

/* What no connection can be made to: the supervisor hears it at once. */
static int refuse(struct probing *p, uint64_t id, int error)
{
	Ipc__ProbeResult m = IPC__PROBE_RESULT__INIT;

	m.id = id;
	m.failure = (char *)(uintptr_t)"unreachable";
	m.reason = strerror(-error);
	return send_result(p, &m);
}

static int take_targets(struct probing *p)
{
	struct frame f = {.fd = -1};
	uint64_t id = 0;
	int r = 0;

	while ((r = frame_recv(&p->in, p->sock, IPC_PROBE__END, &f)) == 1) {
		Ipc__ProbeTarget *t = NULL;

		if (f.op == IPC_PROBE_TARGET)
			t = ipc__probe_target__unpack(NULL, f.len, f.data);
		if (!t && f.fd >= 0)
			close(f.fd);
		if (!t)
			return -EPROTO;
		id = t->id;
		r = engine_add(p->engine, t, f.fd);
		if (r == -EINVAL)
			r = refuse(p, id, r);
		if (r < 0)
			return r;
	}
	if (r == 0)
		return -EPIPE;
	return r == -EAGAIN ? 0 : r;
}

static int probe_loop(struct probing *p)
{
	int r = 0;

	while (r == 0) {
		struct pollfd fds[] = {
			{.fd = p->sock, .events = POLLIN},
			{.fd = engine_fd(p->engine), .events = POLLIN},
		};

		if (poll(fds, 2, engine_timeout(p->engine)) < 0 &&
		    errno != EINTR)
			return -errno;
		if (fds[0].revents)
			r = take_targets(p);
		if (r == 0)
			r = engine_step(p->engine);
	}
	return r;
}

static int probe_run(int sock, const struct agent_config *config)
{
	struct probing p = {.sock = sock};
	const struct engine_sink sink = {send_result, &p};
	int r = engine_new(&sink, &p.engine);

	(void)config;
	fcntl(sock, F_SETFL, O_NONBLOCK);
	buf_init(&p.out, LIMIT_FRAME);
	if (r == 0)
		r = probe_loop(&p);
	engine_free(p.engine);
	buf_free(&p.out);
	frame_receiver_free(&p.in);
	if (r < 0 && r != -EPIPE)
		log_error("the probe ended: %s", strerror(-r));
	return r == -EPIPE ? 0 : 1;
}

/* Sockets that were lent, and those of the connections under way. */
static void allow_sockets(void)
{
	struct rlimit limit = {0, 0};
	rlim_t want = PROBE_WINDOW + ENGINE_IN_FLIGHT + 64;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= want)
		return;
	limit.rlim_cur = want < limit.rlim_max ? want : limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int probe_prepare(const struct agent_config *config)
{
	(void)config;
	allow_sockets();
	chain_prepare();
	return library_prepare();
}

static const char *const probe_syscalls[] = {
	"read", "write", "close", "fcntl", "fcntl64", "fstat", "newfstatat",
	"lseek", "socket", "connect", "getsockopt", "setsockopt", "sendto",
	"recvfrom", "send", "recv", "sendmsg", "recvmsg", "epoll_create1",
	"epoll_ctl", "epoll_wait", "epoll_pwait", "poll", "ppoll",
	"ppoll_time64", "memfd_create", "mmap", "mmap2", "munmap", "mprotect",
	"mremap", "madvise", "brk", "futex", "futex_time64", "getrandom",
	"clock_gettime", "clock_gettime64", "gettimeofday", "time",
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn",
	"restart_syscall", "exit", "exit_group", "getpid", "gettid",
	"getppid", "sched_yield", "membarrier", "socketcall", NULL,
};

const struct role role_probe = {
	.name = "probe",
	.prepare = probe_prepare,
	.run = probe_run,
	.sandbox = {.network = true, .syscalls = probe_syscalls},
};
