/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/listen/vigil.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/listen/diag.h"
#include "lib/clock.h"
#include "lib/hash.h"
#include "lib/limits.h"
#include "lib/log.h"

void vigil_init(struct vigil *v)
{
	*v = (struct vigil){.events = -1, .pause = VIGIL_FIRST,
			    .look = INT64_MAX, .due = INT64_MAX};
}

static void forget_processes(struct vigil *v)
{
	for (size_t i = 0; i < v->n; i++)
		close(v->processes[i].fd);
	v->n = 0;
}

void vigil_free(struct vigil *v)
{
	forget_processes(v);
	if (v->events >= 0)
		close(v->events);
	vigil_init(v);
}

/* -------------------------------------------------------- what a scan tells */

void vigil_begin(struct vigil *v)
{
	v->seen = 0;
	v->stale = false;
	v->asked = false;
}

static bool is_known(const struct vigil *v, pid_t pid)
{
	for (size_t i = 0; i < v->n; i++) {
		if (v->processes[i].pid == pid)
			return true;
	}
	return false;
}

static void add(struct vigil *v, pid_t pid)
{
	struct epoll_event e = {.events = EPOLLIN, .data.u64 = (uint64_t)pid};
	int fd;

	if (v->n == VIGIL_PROCESSES || is_known(v, pid))
		return;
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	/* it has ended, or the kernel does not allow it: a look tells */
	if (fd < 0)
		return;
	if (epoll_ctl(v->events, EPOLL_CTL_ADD, fd, &e) < 0)
		close(fd);
	else
		v->processes[v->n++] = (struct vigil_process){pid, fd};
}

void vigil_listener(struct vigil *v, const Ipc__Listener *l)
{
	if (!v->asked) {
		forget_processes(v);
		v->asked = true;
	}
	if (v->events < 0)
		v->events = epoll_create1(EPOLL_CLOEXEC);
	for (size_t i = 0; v->events >= 0 && i < l->n_processes; i++)
		add(v, (pid_t)l->processes[i]->pid);
	if (v->events >= 0 && l->retired)
		add(v, (pid_t)l->retired->pid);
}

void vigil_endpoint(struct vigil *v, const Cw__Location *l)
{
	const Cw__EndpointPlace *e = l->endpoint;
	uint8_t packed[KIB(16)], hash[HASH_SIZE];
	uint64_t number = 0;
	size_t len = cw__location__get_packed_size(l);

	v->stale |= strcmp(e->state, "stale") == 0 ||
		    strcmp(e->state, "mixed") == 0 ||
		    (strcmp(e->state, "elsewhere") == 0 && e->file.len > 0);
	if (len > sizeof(packed))
		return;
	hash_sha256(packed, cw__location__pack(l, packed), hash);
	memcpy(&number, hash, sizeof(number));
	/* whatever their order */
	v->seen += number;
}

static int take_socket(void *arg, const struct diag_socket *s)
{
	uint64_t *sum = arg;

	if (!s->udp)
		*sum += (s->inode + 1) * UINT64_C(0x9e3779b97f4a7c15);
	return 0;
}

/* Sockets of our own network namespace. */
static uint64_t sum_sockets(uint64_t if_failed)
{
	uint64_t sum = 0;

	return diag_sockets(take_socket, &sum) < 0 ? if_failed : sum;
}

void vigil_end(struct vigil *v, bool for_this)
{
	int64_t now = clock_steady_ms();
	bool news = v->seen != v->before;

	v->before = v->seen;
	if (news)
		v->pause = VIGIL_FIRST;
	else if (for_this)
		v->pause = v->pause * 2 < VIGIL_LAST ? v->pause * 2
						     : VIGIL_LAST;
	if (for_this)
		v->not_before = now + (news ? VIGIL_SETTLE : v->pause);
	v->due = v->stale ? now + v->pause : INT64_MAX;
	v->sockets = sum_sockets(v->sockets);
	v->look = now + VIGIL_LOOK;
}

/* ------------------------------------------------------------ between scans */

static void note(struct vigil *v, const char *what)
{
	int64_t now = clock_steady_ms(), due = now + VIGIL_SETTLE;

	/* it was quiet for long */
	if (now > v->not_before + v->pause)
		v->pause = VIGIL_FIRST;
	if (due < v->not_before)
		due = v->not_before;
	if (due < v->due) {
		log_debug("listeners are asked again: %s", what);
		v->due = due;
	}
}

static void forget(struct vigil *v, pid_t pid)
{
	for (size_t i = 0; i < v->n; i++) {
		if (v->processes[i].pid != pid)
			continue;
		close(v->processes[i].fd);
		v->processes[i] = v->processes[--v->n];
		return;
	}
}

void vigil_step(struct vigil *v)
{
	struct epoll_event list[16];
	int n = v->events < 0 ? 0 : epoll_wait(v->events, list, 16, 0);

	for (int i = 0; i < n; i++) {
		forget(v, (pid_t)list[i].data.u64);
		note(v, "a process that served has ended");
	}
	if (clock_steady_ms() >= v->look) {
		uint64_t sum = sum_sockets(v->sockets);

		if (sum != v->sockets)
			note(v, "other sockets listen");
		v->sockets = sum;
		v->look = clock_steady_ms() + VIGIL_LOOK;
	}
}

struct pollfd vigil_fd(const struct vigil *v)
{
	return (struct pollfd){.fd = v->events, .events = POLLIN};
}

int64_t vigil_next(const struct vigil *v)
{
	return v->look;
}

int64_t vigil_due(const struct vigil *v)
{
	return v->due;
}

void vigil_forgo(struct vigil *v)
{
	v->due = INT64_MAX;
}
