/* SPDX-License-Identifier: Apache-2.0 */
/* The metrics role: shows one text at /metrics to who asks on this host.  It
 * holds the listening socket, one connection at a time with a deadline, and
 * nothing else: no file, no other socket, no capability. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/proc/child.h"
#include "agent/proc/ipc.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/frame.h"
#include "lib/log.h"

#define REQUEST_MAX 4096	/* bytes of a request's head */
#define REQUEST_MS 5000		/* for request and reply */
#define BACKLOG 8

/* opened before the sandbox closes */
static int listener = -1;

struct client {
	int fd;			/* -1: none */
	int64_t until;		/* steady ms */
	struct buf in, out;
	size_t sent;
};

static int prepare(const struct agent_config *config)
{
	struct sockaddr_storage a;
	socklen_t len = 0;
	int one = 1;

	if (agent_config_loopback(config->metrics, &a, &len) < 0)
		return -EINVAL;
	listener = socket(a.ss_family, SOCK_STREAM | SOCK_CLOEXEC |
			  SOCK_NONBLOCK, 0);
	if (listener < 0)
		return -errno;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)&a, len) < 0 ||
	    listen(listener, BACKLOG) < 0) {
		log_error("%s: %s", config->metrics, strerror(errno));
		return -errno;
	}
	return 0;
}

static void leave(struct client *c)
{
	close(c->fd);
	c->fd = -1;
	buf_reset(&c->in);
	buf_reset(&c->out);
}

static void welcome(struct client *c)
{
	c->fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	c->until = clock_steady_ms() + REQUEST_MS;
	c->sent = 0;
}

static void answer(struct client *c, const struct buf *text)
{
	static const char path[] = "GET /metrics";
	const char *head = buf_str(&c->in), *status = "404 Not Found";
	bool good = false;

	if (strncmp(head, path, strlen(path)) == 0)
		good = head[strlen(path)] == ' ' || head[strlen(path)] == '?';
	if (good)
		status = "200 OK";
	else if (strncmp(head, "GET ", 4) != 0)
		status = "405 Method Not Allowed";
	buf_addf(&c->out, "HTTP/1.1 %s\r\nContent-Type: text/plain; "
		 "version=0.0.4\r\nContent-Length: %zu\r\n"
		 "Connection: close\r\n\r\n", status, good ? text->len : 0);
	if (good)
		buf_add(&c->out, text->data, text->len);
}

/* True where the connection is over. */
static bool read_request(struct client *c, const struct buf *text)
{
	char part[1024];
	ssize_t n = recv(c->fd, part, sizeof(part), 0);

	if (n < 0)
		return errno != EAGAIN && errno != EINTR;
	if (n == 0 || buf_add(&c->in, part, (size_t)n) < 0)
		return true;
	if (memmem(c->in.data, c->in.len, "\r\n\r\n", 4) ||
	    memmem(c->in.data, c->in.len, "\n\n", 2))
		answer(c, text);
	return c->out.failed;
}

static bool write_reply(struct client *c)
{
	ssize_t n = send(c->fd, c->out.data + c->sent, c->out.len - c->sent,
			 MSG_NOSIGNAL);

	if (n < 0)
		return errno != EAGAIN && errno != EINTR;
	c->sent += (size_t)n;
	return c->sent == c->out.len;
}

static void serve(struct client *c, short events, const struct buf *text)
{
	bool over = false;

	if (clock_steady_ms() >= c->until)
		over = true;
	else if (events && c->out.len == 0)
		over = read_request(c, text);
	else if (events)
		over = write_reply(c);
	if (over)
		leave(c);
}

/* The text of the supervisor: 0; 1 at its end, -errno. */
static int take_text(int sock, struct frame_receiver *in, struct buf *text)
{
	struct frame f = {.fd = -1};
	int r = frame_recv(in, sock, IPC_METRICS__END, &f);

	if (r <= 0)
		return r == -EAGAIN ? 0 : r == 0 ? 1 : r;
	if (f.fd >= 0)
		close(f.fd);
	buf_reset(text);
	return buf_add(text, f.data, f.len);
}

static int step(int sock, struct client *c, struct frame_receiver *in,
		struct buf *text)
{
	struct pollfd fds[] = {
		{.fd = sock, .events = POLLIN},
		{.fd = c->fd < 0 ? listener : c->fd, .events = POLLIN},
	};
	int wait = -1;

	if (c->fd >= 0) {
		int64_t left = c->until - clock_steady_ms();

		wait = left > 0 ? (int)left : 0;
		if (c->out.len > 0)
			fds[1].events = POLLOUT;
	}
	if (poll(fds, 2, wait) < 0 && errno != EINTR)
		return -errno;
	if (c->fd >= 0)
		serve(c, fds[1].revents, text);
	else if (fds[1].revents)
		welcome(c);
	return fds[0].revents ? take_text(sock, in, text) : 0;
}

static int run(int sock, const struct agent_config *config)
{
	struct frame_receiver in = {NULL, NULL, 0};
	struct client c = {.fd = -1};
	struct buf text;
	int r = 0;

	(void)config;
	buf_init(&text, LIMIT_FRAME);
	buf_init(&c.in, REQUEST_MAX);
	buf_init(&c.out, LIMIT_FRAME);
	while (r == 0)
		r = step(sock, &c, &in, &text);
	if (c.fd >= 0)
		close(c.fd);
	buf_free(&text);
	buf_free(&c.in);
	buf_free(&c.out);
	frame_receiver_free(&in);
	return r < 0;
}

static const char *const metrics_syscalls[] = {
	"read", "write", "close", "fcntl", "fstat", "newfstatat", "fstat64",
	"recvmsg", "recvfrom", "recv", "sendto", "send", "accept4", "poll",
	"ppoll", "ppoll_time64", "mmap", "mmap2", "munmap", "mprotect",
	"mremap", "madvise", "brk", "futex", "futex_time64", "clock_gettime",
	"clock_gettime64", "gettimeofday", "time", "rt_sigaction",
	"rt_sigprocmask", "rt_sigreturn", "sigreturn", "restart_syscall",
	"exit", "exit_group", "getpid", "gettid", "getppid", "fcntl64",
	"socketcall", NULL,
};

const struct role role_metrics = {
	.name = "metrics",
	.prepare = prepare,
	.run = run,
	.sandbox = {.syscalls = metrics_syscalls},
};
