/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/parsers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/inventory/location.h"
#include "agent/listen/view.h"
#include "agent/proc/candidate.h"
#include "lib/clock.h"
#include "lib/limits.h"
#include "lib/log.h"
#include "lib/processors.h"

#define BURST 64	/* frames taken from one process at a time */
#define RESTARTS_MAX 3	/* of a parser that cannot even start */

static void job_free(struct job *j)
{
	if (j->fd >= 0)
		close(j->fd);
	ipc__candidate__free_unpacked(j->place, NULL);
	*j = (struct job){.fd = -1};
}

static void queue_shift(struct parser *p)
{
	unlock_forget(&p->answer);
	p->asked = false;
	record_drop(&p->record);
	job_free(&p->queue[0]);
	p->count--;
	memmove(&p->queue[0], &p->queue[1], p->count * sizeof(p->queue[0]));
	p->since = clock_steady_ms();
}

static int send_job(struct parsers *k, struct parser *p, struct job *j)
{
	Ipc__Job m = IPC__JOB__INIT;
	const uint8_t *path = j->place->path.data;
	const uint8_t *slash = memrchr(path, '/', j->place->path.len);
	uint8_t packed[512];
	int r;

	m.id = j->id;
	m.size = j->place->size;
	m.passwords = unlock_has_rule(&k->unlock, &j->place->path);
	m.name.data = (uint8_t *)(uintptr_t)(slash ? slash + 1 : path);
	m.name.len = (size_t)(path + j->place->path.len - m.name.data);
	if (m.name.len > 255)
		m.name.len = 0;
	r = frame_send(p->child.sock, IPC_PARSE_JOB, packed,
		       ipc__job__pack(&m, packed), j->fd);
	j->sent = r == 0;
	/* a parser that has died is noticed when it is read from */
	return r == -EAGAIN || r == -EPIPE || r == -ECONNRESET ? 0 : r;
}

/* A parser that has died is noticed when it is read from. */
static int send_answer(struct parsers *k, struct parser *p)
{
	int r = p->answer.id ? unlock_send(&k->unlock, &p->answer,
					   p->child.sock) : 0;

	return r == -EAGAIN || r == -EPIPE || r == -ECONNRESET ? 0 : r;
}

static int send_queue(struct parsers *k, struct parser *p)
{
	int r = send_answer(k, p);

	for (size_t i = 0; i < p->count && r == 0; i++) {
		if (!p->queue[i].sent)
			r = send_job(k, p, &p->queue[i]);
	}
	return r;
}

static size_t parser_count(void)
{
	size_t cores = processors_usable("");

	return cores > PARSERS_MAX ? PARSERS_MAX : cores;
}

/* The least busy one; none of those that run is idle: a new one, as long as
 * there are not too many.  There is room. */
static int choose(struct parsers *k, struct parser **ret)
{
	struct parser *best = NULL;
	int r = 0;

	for (size_t i = 0; i < k->count; i++) {
		if (!best || k->list[i].count < best->count)
			best = &k->list[i];
	}
	if ((!best || best->count > 0) && k->count < k->most) {
		best = &k->list[k->count];
		r = child_start(&best->child, &role_parse, k->config);
		k->count += r == 0;
	}
	*ret = best;
	return r;
}

int parsers_give(struct parsers *k, const struct frame *f)
{
	struct parser *p = NULL;
	Ipc__Candidate *c = NULL;
	struct stat st = {0};
	struct job *j = NULL;
	int r = choose(k, &p);

	if (r == 0)
		r = candidate_take(f, &c, &st);
	if (r < 0)
		return r;
	j = &p->queue[p->count];
	*j = (struct job){.id = ++k->next_id, .fd = f->fd, .place = c,
			  .linked = st.st_nlink > 1,
			  .foreign = view_prefix(c->path.data,
						 c->path.len) > 0,
			  .key = {.device = st.st_dev, .inode = st.st_ino}};
	if (p->count++ == 0)
		p->since = clock_steady_ms();
	k->coverage->message.candidates++;
	return send_job(k, p, j);
}

static int take_finding(struct parsers *k, struct parser *p,
			const struct frame *f)
{
	Ipc__Finding *m = ipc__finding__unpack(NULL, f->len, f->data);
	int r = -EPROTO;

	/* a location has to fit into a frame beside what it is found with */
	if (m && p->count > 0 && p->queue[0].id == m->id && f->fd < 0 &&
	    f->len <= LIMIT_FRAME / 2) {
		const struct job *j = &p->queue[0];

		if (!j->foreign)
			remember_finding(k->memory, &p->record, j->place, m);
		r = k->take(k->arg, j->place, m);
	}
	ipc__finding__free_unpacked(m, NULL);
	return r;
}

static void job_gap(struct parsers *k, struct parser *p, Cw__GapKind kind,
		    const char *reason)
{
	const Ipc__Candidate *place = p->queue[0].place;

	ProtobufCBinaryData path = location_path(&place->path);

	coverage_gap(k->coverage, kind, &path, reason);
	if (!p->queue[0].foreign)
		remember_gap(k->memory, &p->record, place, kind, reason);
}

/* What hangs on other files than its own is looked at each time. */
static void job_remember(struct parsers *k, struct parser *p, uint64_t flags)
{
	const struct job *j = &p->queue[0];

	if (j->foreign)
		return;
	if (!(flags & RECORD_FAILED) &&
	    (p->asked || unlock_has_rule(&k->unlock, &j->place->path)))
		flags |= RECORD_RETRY;
	if (j->linked)
		flags |= RECORD_LINKED;
	remember_end(k->memory, &p->record, &j->key, j->place, flags);
}

static int take_done(struct parsers *k, struct parser *p,
		     const struct frame *f)
{
	Ipc__JobDone *m = ipc__job_done__unpack(NULL, f->len, f->data);
	int r = -EPROTO;

	if (m && p->count > 0 && p->queue[0].id == m->id && f->fd < 0) {
		for (size_t i = 0; i < m->n_gaps; i++)
			job_gap(k, p, m->gaps[i]->kind, m->gaps[i]->reason);
		job_remember(k, p, remember_flags(m));
		queue_shift(p);
		p->refusals = 0;
		r = send_queue(k, p);
	}
	ipc__job_done__free_unpacked(m, NULL);
	return r;
}

static int take_ask(struct parsers *k, struct parser *p, const struct frame *f)
{
	Ipc__Ask *m = ipc__ask__unpack(NULL, f->len, f->data);
	int r = -EPROTO;

	if (m && p->count > 0 && p->queue[0].id == m->id && !p->asked &&
	    f->fd < 0) {
		p->asked = true;
		r = unlock_find(&k->unlock, m->id, &p->queue[0].place->path,
				&p->answer);
	}
	ipc__ask__free_unpacked(m, NULL);
	return r;
}

/* Replaces a parser; the file that it was at is told, the others go on. */
static int parser_failed(struct parsers *k, struct parser *p, bool timeout)
{
	char fate[80], why[128];
	int status = child_end(&p->child, timeout ? 0 : 1);
	bool refused = !timeout && status >= 0 && WIFEXITED(status);

	frame_receiver_free(&p->in);
	snprintf(why, sizeof(why), "the parser %s",
		 timeout ? "took longer than parse_timeout"
			 : child_fate(status, fate, sizeof(fate)));
	if (p->count > 0) {
		const ProtobufCBinaryData *path = &p->queue[0].place->path;

		log_warn("%.*s: %s", (int)path->len, (char *)path->data, why);
		job_gap(k, p,
			timeout ? CW__GAP_KIND__GAP_TIMEOUT
				: CW__GAP_KIND__GAP_CRASHED, why);
		job_remember(k, p, RECORD_FAILED);
		queue_shift(p);
	} else {
		log_warn("%s without work", why);
	}
	/* a crash costs one file, so that has an end */
	if (refused && p->refusals++ >= RESTARTS_MAX)
		return -ECHILD;
	for (size_t i = 0; i < p->count; i++)
		p->queue[i].sent = false;
	status = child_start(&p->child, &role_parse, k->config);
	return status < 0 ? status : send_queue(k, p);
}

static bool is_late(const struct parsers *k, const struct parser *p)
{
	return p->count > 0 &&
	       clock_steady_ms() - p->since > k->config->parse_timeout * 1000;
}

static int take_from_parser(struct parsers *k, struct parser *p,
			    const struct frame *f)
{
	switch (f->op) {
	case IPC_PARSE_FINDING:
		return take_finding(k, p, f);
	case IPC_PARSE_DONE:
		return take_done(k, p, f);
	case IPC_PARSE_ASK:
		return take_ask(k, p, f);
	default:
		return -EPROTO;
	}
}

static int read_parser(struct parsers *k, struct parser *p, bool stopped)
{
	struct frame f = {.fd = -1};
	int r;

	for (int i = 0; i < BURST; i++) {
		r = frame_recv(&p->in, p->child.sock, IPC_PARSE__END, &f);
		if (r == -EAGAIN)
			break;
		r = r == 1 ? take_from_parser(k, p, &f) : -EPROTO;
		if (r == -EPROTO && f.fd >= 0)
			close(f.fd);
		if (r == -EPROTO)
			return parser_failed(k, p, false);
		if (r < 0)
			return r;
	}
	if (!stopped && is_late(k, p))
		return parser_failed(k, p, true);
	return send_queue(k, p);
}

void parsers_start(struct parsers *k)
{
	k->most = parser_count();
	for (size_t i = 0; i < PARSERS_MAX; i++)
		k->list[i].child.sock = -1;
	unlock_start(&k->unlock, k->config, k->coverage);
}

void parsers_end(struct parsers *k, bool done)
{
	for (size_t i = 0; i < k->count; i++) {
		struct parser *p = &k->list[i];

		child_end(&p->child, done ? 5 : 0);
		frame_receiver_free(&p->in);
		unlock_forget(&p->answer);
		record_drop(&p->record);
		for (size_t n = 0; n < p->count; n++)
			job_free(&p->queue[n]);
	}
	unlock_end(&k->unlock);
	k->count = 0;
}

bool parsers_have_room(const struct parsers *k)
{
	for (size_t i = 0; i < k->count; i++) {
		if (k->list[i].count < IPC_PARSE_QUEUE)
			return true;
	}
	return k->count < k->most;
}

bool parsers_are_idle(const struct parsers *k)
{
	for (size_t i = 0; i < k->count; i++) {
		if (k->list[i].count > 0)
			return false;
	}
	return true;
}

size_t parsers_fds(const struct parsers *k, struct pollfd *fds)
{
	for (size_t i = 0; i < k->count; i++) {
		const struct parser *p = &k->list[i];
		bool unsent = p->answer.id ||
			      (p->count > 0 && !p->queue[p->count - 1].sent);

		fds[i] = (struct pollfd){
			.fd = p->child.sock,
			.events = (short)(POLLIN | (unsent ? POLLOUT : 0))};
	}
	return k->count;
}

int64_t parsers_timeout(const struct parsers *k)
{
	int64_t limit = k->config->parse_timeout * 1000, least = limit;
	int64_t now = clock_steady_ms();

	for (size_t i = 0; i < k->count; i++) {
		const struct parser *p = &k->list[i];

		if (p->count > 0 && p->since + limit - now < least)
			least = p->since + limit - now;
	}
	return least;
}

int parsers_step(struct parsers *k, bool stopped)
{
	int r = 0;

	for (size_t i = 0; i < k->count && r == 0; i++)
		r = read_parser(k, &k->list[i], stopped);
	return r;
}

size_t parsers_pids(const struct parsers *k, pid_t *pids)
{
	for (size_t i = 0; i < k->count; i++)
		pids[i] = k->list[i].child.pid;
	return k->count;
}

void parsers_excuse(struct parsers *k, int64_t ms)
{
	for (size_t i = 0; i < k->count; i++)
		k->list[i].since += ms;
}
