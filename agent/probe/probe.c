/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/probe/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uthash.h>

#include "agent/proc/ipc.h"
#include "lib/frame.h"
#include "lib/log.h"

#define BURST 64
/* deaths in a row that no target explains */
#define RESTARTS_MAX 3

struct pending {
	uint64_t id;
	uint8_t *packed;
	size_t len;
	int fd;			/* or -1 */
	bool sent;
	bool suspect;		/* was with the process when it died */
	struct pending *next;	/* of those to be sent */
	UT_hash_handle hh;
};

struct probe {
	const struct agent_config *config;
	const struct probe_sink *sink;
	struct child child;
	struct frame_receiver in;
	struct pending *all;		/* by id */
	struct pending *queue, **tail;	/* not yet sent */
	size_t n_sent;
	bool alone;			/* a suspect is with the process */
	unsigned int restarts;
};

int probe_start(const struct agent_config *config,
		const struct probe_sink *sink, struct probe **ret)
{
	struct probe *p = calloc(1, sizeof(*p));
	int r = 0;

	if (!p)
		return -ENOMEM;
	p->config = config;
	p->sink = sink;
	p->tail = &p->queue;
	r = child_start(&p->child, &role_probe, config);
	if (r < 0) {
		free(p);
		return r;
	}
	*ret = p;
	return 0;
}

static void enqueue(struct probe *p, struct pending *w)
{
	w->sent = false;
	w->next = NULL;
	*p->tail = w;
	p->tail = &w->next;
}

/* Of what has an answer: it is not in the queue. */
static void forget(struct probe *p, struct pending *w)
{
	HASH_DEL(p->all, w);
	if (w->fd >= 0)
		close(w->fd);
	free(w->packed);
	free(w);
}

int probe_add(struct probe *p, const Ipc__ProbeTarget *t, int fd)
{
	struct pending *w = calloc(1, sizeof(*w)), *other = NULL;

	HASH_FIND(hh, p->all, &t->id, sizeof(t->id), other);
	if (w) {
		w->id = t->id;
		w->fd = fd;
		w->len = ipc__probe_target__get_packed_size(t);
		w->packed = malloc(w->len);
	}
	if (!w || !w->packed || other) {
		if (fd >= 0)
			close(fd);
		if (w)
			free(w->packed);
		free(w);
		return other ? -EEXIST : -ENOMEM;
	}
	ipc__probe_target__pack(t, w->packed);
	HASH_ADD(hh, p->all, id, sizeof(w->id), w);
	enqueue(p, w);
	return 0;
}

size_t probe_pending(const struct probe *p)
{
	return HASH_COUNT(p->all);
}

/* A suspect is alone with the process, so that it alone can be its death. */
static bool is_room(const struct probe *p)
{
	if (!p->queue || p->alone)
		return false;
	return p->queue->suspect ? p->n_sent == 0 : p->n_sent < PROBE_WINDOW;
}

static int send_some(struct probe *p)
{
	while (is_room(p)) {
		struct pending *w = p->queue;
		int r = frame_send(p->child.sock, IPC_PROBE_TARGET, w->packed,
				   w->len, w->fd);

		if (r == -EAGAIN || r == -EPIPE || r == -ECONNRESET)
			return 0;	/* a death shows when reading */
		if (r < 0)
			return r;
		p->queue = w->next;
		if (!p->queue)
			p->tail = &p->queue;
		w->sent = true;
		p->n_sent++;
		p->alone = w->suspect;
	}
	return 0;
}

static int report_crash(struct probe *p, struct pending *w, const char *why)
{
	Ipc__ProbeResult m = IPC__PROBE_RESULT__INIT;

	m.id = w->id;
	m.failure = (char *)(uintptr_t)"crashed";
	m.reason = (char *)(uintptr_t)why;
	forget(p, w);
	return p->sink->result(p->sink->arg, &m);
}

/* The process died: a target that was alone with it is told, others are tried
 * again one by one. */
static int restart(struct probe *p, bool kill)
{
	struct pending *w = NULL, *tmp = NULL, *culprit = NULL;
	char fate[80], why[128];
	int r = 0, status = child_end(&p->child, kill ? 0 : 1);

	frame_receiver_free(&p->in);
	p->in = (struct frame_receiver){0};
	snprintf(why, sizeof(why), "the probe %s",
		 child_fate(status, fate, sizeof(fate)));
	log_warn("%s", why);
	if (p->n_sent == 0 && p->restarts++ >= RESTARTS_MAX)
		return -ECHILD;
	HASH_ITER(hh, p->all, w, tmp) {
		if (!w->sent)
			continue;
		if (p->n_sent == 1 && w->suspect) {
			culprit = w;
			continue;
		}
		w->suspect = true;
		enqueue(p, w);
	}
	p->n_sent = 0;
	p->alone = false;
	if (culprit)
		r = report_crash(p, culprit, why);
	return r < 0 ? r : child_start(&p->child, &role_probe, p->config);
}

static int take_result(struct probe *p, const struct frame *f)
{
	Ipc__ProbeResult *m = NULL;
	struct pending *w = NULL;
	int r = -EPROTO;

	if (f->op == IPC_PROBE_RESULT && f->fd < 0)
		m = ipc__probe_result__unpack(NULL, f->len, f->data);
	if (m)
		HASH_FIND(hh, p->all, &m->id, sizeof(m->id), w);
	if (w && w->sent) {
		p->n_sent--;
		p->alone = false;
		p->restarts = 0;
		forget(p, w);
		r = p->sink->result(p->sink->arg, m);
	}
	ipc__probe_result__free_unpacked(m, NULL);
	return r;
}

struct pollfd probe_fd(const struct probe *p)
{
	return (struct pollfd){
		.fd = p->child.sock,
		.events = (short)(POLLIN | (is_room(p) ? POLLOUT : 0))};
}

int probe_step(struct probe *p)
{
	struct frame f = {.fd = -1};
	int r = 0;

	for (int i = 0; i < BURST; i++) {
		r = frame_recv(&p->in, p->child.sock, IPC_PROBE__END, &f);
		if (r == -EAGAIN)
			break;
		if (r == 1)
			r = take_result(p, &f);
		else
			r = r == 0 ? -EPIPE : r;
		if (r == -EPROTO && f.fd >= 0)
			close(f.fd);
		if (r == -EPROTO || r == -EPIPE || r == -ECONNRESET)
			r = restart(p, r == -EPROTO);
		if (r < 0)
			return r;
	}
	if (p->sink->refill && probe_pending(p) < PROBE_WINDOW) {
		r = p->sink->refill(p->sink->arg);
		if (r < 0)
			return r;
	}
	return send_some(p);
}

int probe_run_all(struct probe *p)
{
	int r = probe_step(p);

	while (r == 0 && probe_pending(p) > 0) {
		struct pollfd fd = probe_fd(p);

		if (poll(&fd, 1, -1) < 0 && errno != EINTR)
			return -errno;
		r = probe_step(p);
	}
	return r;
}

void probe_free(struct probe *p)
{
	struct pending *w = NULL, *tmp = NULL;

	if (!p)
		return;
	child_end(&p->child, probe_pending(p) > 0 ? 0 : 5);
	frame_receiver_free(&p->in);
	HASH_ITER(hh, p->all, w, tmp) {
		forget(p, w);
	}
	free(p);
}
