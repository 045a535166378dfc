/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/inventory/location.h"
#include "agent/inventory/match.h"
#include "agent/listen/ports.h"
#include "agent/proc/candidate.h"
#include "agent/proc/child.h"
#include "agent/proc/coverage.h"
#include "agent/proc/find.h"
#include "agent/proc/ipc.h"
#include "agent/proc/remember.h"
#include "agent/proc/throttle.h"
#include "agent/proc/unlock.h"
#include "agent/token/tokens.h"
#include "lib/clock.h"
#include "lib/frame.h"
#include "lib/limits.h"
#include "lib/log.h"

#define PARSERS_MAX 4
#define QUEUE IPC_PARSE_QUEUE
#define WALK_SILENCE 60000	/* ms, beyond answer_timeout */
#define BURST 64	/* frames taken from one process at a time */
#define RESTARTS_MAX 3	/* of a parser that cannot even start */

/* A candidate on its way through a parser. */
struct job {
	uint64_t id;
	int fd;
	bool sent;
	bool linked;		/* has several names */
	struct inode_key key;
	Ipc__Candidate *place;
};

struct parser {
	struct child child;
	struct frame_receiver in;
	struct job queue[QUEUE];	/* oldest first: the one under work */
	size_t count;
	int64_t since;		/* when the oldest became that, steady ms */
	struct unlock_answer answer;	/* for the job under work */
	bool asked;		/* it has asked already */
	struct record record;	/* of the job under work */
	unsigned int refusals;	/* own exits since the last finished job */
};

struct scan {
	const struct agent_config *config;
	const struct scan_sink *sink;
	struct child walk;
	struct frame_receiver walk_in;
	bool walking;
	int64_t heard;		/* of the walk, steady ms */
	struct parser parsers[PARSERS_MAX];
	size_t n_parsers;
	struct tokens tokens;
	struct ports ports;
	struct owners owners;
	struct match match;
	struct coverage coverage;
	struct unlock unlock;
	struct throttle throttle;
	struct bindings bindings;
	struct find *find;	/* until all bindings are known */
	struct remember memory;
	uint64_t next_id;
	bool ended;
};

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

static int send_job(struct scan *s, struct parser *p, struct job *j)
{
	Ipc__Job m = IPC__JOB__INIT;
	const uint8_t *path = j->place->path.data;
	const uint8_t *slash = memrchr(path, '/', j->place->path.len);
	uint8_t packed[512];
	int r;

	m.id = j->id;
	m.size = j->place->size;
	m.passwords = unlock_has_rule(&s->unlock, &j->place->path);
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
static int send_answer(struct scan *s, struct parser *p)
{
	int r = p->answer.id ? unlock_send(&s->unlock, &p->answer,
					   p->child.sock) : 0;

	return r == -EAGAIN || r == -EPIPE || r == -ECONNRESET ? 0 : r;
}

static int send_queue(struct scan *s, struct parser *p)
{
	int r = send_answer(s, p);

	for (size_t i = 0; i < p->count && r == 0; i++) {
		if (!p->queue[i].sent)
			r = send_job(s, p, &p->queue[i]);
	}
	return r;
}

static struct parser *least_busy(struct scan *s)
{
	struct parser *best = &s->parsers[0];

	for (size_t i = 1; i < s->n_parsers; i++) {
		if (s->parsers[i].count < best->count)
			best = &s->parsers[i];
	}
	return best->count < QUEUE ? best : NULL;
}

static bool is_room(const struct scan *s)
{
	for (size_t i = 0; i < s->n_parsers; i++) {
		if (s->parsers[i].count < QUEUE)
			return true;
	}
	return false;
}

static int take_candidate(struct scan *s, const struct frame *f)
{
	struct parser *p = least_busy(s);
	struct job *j = &p->queue[p->count];
	Ipc__Candidate *c = NULL;
	struct stat st = {0};
	int r = candidate_take(f, &c, &st);

	if (r < 0)
		return r;
	*j = (struct job){.id = ++s->next_id, .fd = f->fd, .place = c,
			  .linked = st.st_nlink > 1,
			  .key = {.device = st.st_dev, .inode = st.st_ino}};
	if (p->count++ == 0)
		p->since = clock_steady_ms();
	s->coverage.message.candidates++;
	return send_job(s, p, j);
}

static int take_progress(struct scan *s, const struct frame *f)
{
	Ipc__WalkProgress *m = NULL;

	m = ipc__walk_progress__unpack(NULL, f->len, f->data);
	if (f->fd >= 0)
		close(f->fd);
	if (!m)
		return -EPROTO;
	s->coverage.message.directories = m->directories;
	s->coverage.message.files = m->files;
	s->coverage.message.bytes = m->bytes;
	s->memory.lost |= m->index_lost;
	for (size_t i = 0; i < m->n_counts; i++)
		coverage_count(&s->coverage, m->counts[i]->kind,
			       m->counts[i]->count);
	for (size_t i = 0; i < m->n_gaps; i++)
		coverage_name(&s->coverage, m->gaps[i]->kind,
			      &m->gaps[i]->path, m->gaps[i]->reason);
	ipc__walk_progress__free_unpacked(m, NULL);
	if (s->sink->progress)
		s->sink->progress(s->sink->arg, &s->coverage.message);
	return 0;
}

/* The walk has closed its end: with its last word, or before it. */
static void walk_ended(struct scan *s, bool kill)
{
	char fate[80], note[128];
	int status = child_end(&s->walk, kill ? 0 : 5);

	s->walking = false;
	if (s->coverage.message.complete)
		return;
	snprintf(note, sizeof(note), "the walk %s before its end",
		 child_fate(status, fate, sizeof(fate)));
	log_error("%s", note);
	coverage_note(&s->coverage, note);
}

static int pass_on(void *arg, const Ipc__Candidate *place,
		   const Ipc__Finding *f, const char *matches,
		   const ProtobufCBinaryData *path)
{
	struct scan *s = arg;
	struct location l;

	location_compose(&l, place, f, &s->owners);
	l.message.matches = (char *)(uintptr_t)matches;
	l.message.matches_path = *path;
	bindings_set(&s->bindings, &l.message);
	s->coverage.message.locations++;
	return s->sink->location(s->sink->arg, &l.message, f);
}

/* A private key waits for the certificates of the whole scan. */
static int take_location(struct scan *s, const Ipc__Candidate *place,
			 const Ipc__Finding *f)
{
	static const ProtobufCBinaryData none;
	const Cw__Facts *facts = f->facts;

	if (f->kind == CW__KIND__KIND_CERTIFICATE && facts &&
	    facts->spki_sha256.len == HASH_SIZE)
		match_certificate(&s->match, facts->spki_sha256.data,
				  &place->path);
	if (f->kind != CW__KIND__KIND_PRIVATE_KEY)
		return pass_on(s, place, f, "", &none);
	if (f->sha256.len > 0 && match_defer(&s->match, place, f))
		return 0;
	return pass_on(s, place, f, "unknown", &none);
}

/* A key may belong to a file, but not to who serves its certificate. */
static int take_endpoint(void *arg, const Ipc__Candidate *place,
			 const Ipc__Finding *f)
{
	static const ProtobufCBinaryData none;

	return pass_on(arg, place, f, "", &none);
}

static int take_told(void *arg, const Ipc__Candidate *place,
		     const Ipc__Finding *f)
{
	return take_location(arg, place, f);
}

static void keep_gap(void *arg, const Ipc__Candidate *place, const Cw__Gap *g)
{
	struct scan *s = arg;

	coverage_gap(&s->coverage, g->kind, &place->path, g->reason);
}

static void take_partial(struct scan *s, const Ipc__Keep *k)
{
	static const char why[] = "searched up to max_text_size only";

	coverage_gap(&s->coverage, CW__GAP_KIND__GAP_TOO_LARGE, &k->path, why);
	remember_partial(&s->memory, k, CW__GAP_KIND__GAP_TOO_LARGE, why);
}

/* A file that the walk did not pass on for a parse. */
static int take_keep(struct scan *s, const struct frame *f)
{
	const struct remember_sink sink = {take_told, keep_gap, s};
	Ipc__Keep *k = ipc__keep__unpack(NULL, f->len, f->data);
	int r = -EPROTO;

	if (f->fd >= 0)
		close(f->fd);
	if (k && k->path.len > 0 && k->path.len <= LIMIT_PATH) {
		r = 0;
		if (f->op == IPC_WALK_PARTIAL)
			take_partial(s, k);
		else
			r = remember_keep(&s->memory, k, &sink);
	}
	ipc__keep__free_unpacked(k, NULL);
	return r;
}

static int take_walk(struct scan *s, const struct frame *f)
{
	switch (f->op) {
	case IPC_WALK_CANDIDATE:
		return take_candidate(s, f);
	case IPC_WALK_KEEP:
	case IPC_WALK_PARTIAL:
		return take_keep(s, f);
	case IPC_WALK_PROGRESS:
	case IPC_WALK_DONE:
		return take_progress(s, f);
	default:
		if (f->fd >= 0)
			close(f->fd);
		return -EPROTO;
	}
}

static int take_walk_frame(struct scan *s, const struct frame *f)
{
	int r = take_walk(s, f);

	s->heard = clock_steady_ms();
	if (r == 0 && f->op == IPC_WALK_DONE) {
		s->coverage.message.complete = true;
		/* its threads may still wait for a file system */
		walk_ended(s, false);
	} else if (r == -EPROTO) {
		s->coverage.message.complete = false;
		walk_ended(s, true);
		r = 0;
	}
	return r;
}

/* The walk speaks each second, unless a file system that does not answer keeps
 * it from that. */
static bool is_walk_silent(struct scan *s)
{
	int64_t limit = s->config->answer_timeout * 1000 + WALK_SILENCE;

	if (s->throttle.stopped)
		s->heard = clock_steady_ms();
	return clock_steady_ms() - s->heard > limit;
}

static int read_walk(struct scan *s)
{
	struct frame f = {.fd = -1};
	int r = 0;

	for (int i = 0; i < BURST && s->walking && is_room(s); i++) {
		r = frame_recv(&s->walk_in, s->walk.sock, IPC_WALK__END, &f);
		if (r == -EAGAIN && !is_walk_silent(s))
			return 0;
		if (r == -EAGAIN)
			log_error("the walk is silent: a file system does not "
				  "answer");
		if (r == 1)
			r = take_walk_frame(s, &f);
		else
			walk_ended(s, r < 0);
		if (s->walking && r < 0)
			return r;
	}
	if (s->walking && !is_room(s))
		s->heard = clock_steady_ms();
	return 0;
}

static int take_finding(struct scan *s, struct parser *p,
			const struct frame *f)
{
	Ipc__Finding *m = ipc__finding__unpack(NULL, f->len, f->data);
	int r = -EPROTO;

	/* a location has to fit into a frame beside what it is found with */
	if (m && p->count > 0 && p->queue[0].id == m->id && f->fd < 0 &&
	    f->len <= LIMIT_FRAME / 2) {
		remember_finding(&s->memory, &p->record, p->queue[0].place, m);
		r = take_location(s, p->queue[0].place, m);
	}
	ipc__finding__free_unpacked(m, NULL);
	return r;
}

static void job_gap(struct scan *s, struct parser *p, Cw__GapKind kind,
		    const char *reason)
{
	const Ipc__Candidate *place = p->queue[0].place;

	coverage_gap(&s->coverage, kind, &place->path, reason);
	remember_gap(&s->memory, &p->record, place, kind, reason);
}

/* What hangs on other files than its own is looked at each time. */
static void job_remember(struct scan *s, struct parser *p, uint64_t flags)
{
	const struct job *j = &p->queue[0];

	if (p->asked || unlock_has_rule(&s->unlock, &j->place->path))
		flags |= RECORD_RETRY;
	remember_end(&s->memory, &p->record, &j->key, j->place, flags,
		     j->linked);
}

static int take_done(struct scan *s, struct parser *p, const struct frame *f)
{
	Ipc__JobDone *m = ipc__job_done__unpack(NULL, f->len, f->data);
	int r = -EPROTO;

	if (m && p->count > 0 && p->queue[0].id == m->id && f->fd < 0) {
		for (size_t i = 0; i < m->n_gaps; i++)
			job_gap(s, p, m->gaps[i]->kind, m->gaps[i]->reason);
		job_remember(s, p, remember_flags(m));
		queue_shift(p);
		p->refusals = 0;
		r = send_queue(s, p);
	}
	ipc__job_done__free_unpacked(m, NULL);
	return r;
}

static int take_ask(struct scan *s, struct parser *p, const struct frame *f)
{
	Ipc__Ask *m = ipc__ask__unpack(NULL, f->len, f->data);
	int r = -EPROTO;

	if (m && p->count > 0 && p->queue[0].id == m->id && !p->asked &&
	    f->fd < 0) {
		p->asked = true;
		r = unlock_find(&s->unlock, m->id, &p->queue[0].place->path,
				&p->answer);
	}
	ipc__ask__free_unpacked(m, NULL);
	return r;
}

/* Replaces a parser; the file that it was at is told, the others go on. */
static int parser_failed(struct scan *s, struct parser *p, bool timeout)
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
		job_gap(s, p,
			timeout ? CW__GAP_KIND__GAP_TIMEOUT
				: CW__GAP_KIND__GAP_CRASHED, why);
		job_remember(s, p, RECORD_RETRY);
		queue_shift(p);
	} else {
		log_warn("%s without work", why);
	}
	/* a crash costs one file, so that has an end */
	if (refused && p->refusals++ >= RESTARTS_MAX)
		return -ECHILD;
	for (size_t i = 0; i < p->count; i++)
		p->queue[i].sent = false;
	status = child_start(&p->child, &role_parse, s->config);
	return status < 0 ? status : send_queue(s, p);
}

/* Time in which it was held back does not count. */
static bool is_late(const struct scan *s, const struct parser *p)
{
	return p->count > 0 && !s->throttle.stopped &&
	       clock_steady_ms() - p->since > s->config->parse_timeout * 1000;
}

static int take_from_parser(struct scan *s, struct parser *p,
			    const struct frame *f)
{
	switch (f->op) {
	case IPC_PARSE_FINDING:
		return take_finding(s, p, f);
	case IPC_PARSE_DONE:
		return take_done(s, p, f);
	case IPC_PARSE_ASK:
		return take_ask(s, p, f);
	default:
		return -EPROTO;
	}
}

static int read_parser(struct scan *s, struct parser *p)
{
	struct frame f = {.fd = -1};
	int r;

	for (int i = 0; i < BURST; i++) {
		r = frame_recv(&p->in, p->child.sock, IPC_PARSE__END, &f);
		if (r == -EAGAIN)
			break;
		r = r == 1 ? take_from_parser(s, p, &f) : -EPROTO;
		if (r == -EPROTO && f.fd >= 0)
			close(f.fd);
		if (r == -EPROTO)
			return parser_failed(s, p, false);
		if (r < 0)
			return r;
	}
	if (is_late(s, p))
		return parser_failed(s, p, true);
	return send_queue(s, p);
}

static size_t parser_count(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	return cores < 1 ? 1 : cores > PARSERS_MAX ? PARSERS_MAX
						   : (size_t)cores;
}

/* The processes of the scan, for the throttle. */
static size_t all_pids(const struct scan *s, pid_t pids[THROTTLE_PIDS])
{
	size_t n = 0;

	_Static_assert(PARSERS_MAX < THROTTLE_PIDS, "room for walk too");
	for (size_t i = 0; i < s->n_parsers; i++)
		pids[n++] = s->parsers[i].child.pid;
	pids[n++] = s->walking ? s->walk.pid : 0;
	return n;
}

/* A parser is not blamed for the time in which it was held back. */
static void hold_back(struct scan *s)
{
	pid_t pids[THROTTLE_PIDS];
	size_t n = all_pids(s, pids);
	int64_t stood = throttle_step(&s->throttle, pids, n);

	for (size_t i = 0; stood > 0 && i < s->n_parsers; i++)
		s->parsers[i].since += stood;
}

static void set_limits(struct scan *s)
{
	double pressure = 0;
	char note[128];
	int r = 0;

	s->throttle.cpu_limit = s->config->cpu_limit;
	s->throttle.pressure = s->config->pause_on_pressure;
	s->throttle.longest = s->config->longest_pause * 1000;
	if (s->throttle.pressure > 0)
		r = throttle_pressure("/proc/pressure", &pressure);
	if (r == 0)
		return;
	s->throttle.pressure = 0;
	snprintf(note, sizeof(note), "pause_on_pressure: this kernel does not "
		 "tell: /proc/pressure: %s", strerror(-r));
	log_warn("%s", note);
	coverage_note(&s->coverage, note);
}

int scan_start(const struct agent_config *config, const struct scan_sink *sink,
	       struct scan **ret)
{
	return scan_start_index(config, sink, NULL, ret);
}

int scan_start_index(const struct agent_config *config,
		     const struct scan_sink *sink, struct index *index,
		     struct scan **ret)
{
	struct scan *s = calloc(1, sizeof(*s));
	int r = 0;

	if (!s)
		return -ENOMEM;
	s->config = config;
	s->sink = sink;
	s->walk.sock = -1;
	remember_start(&s->memory, index);
	s->tokens.child.sock = -1;
	s->ports.child.sock = -1;
	coverage_start(&s->coverage, config);
	if (!index || !index->stands)
		s->memory.next.full = s->coverage.message.started;
	s->coverage.message.last_full = s->memory.next.full;
	unlock_start(&s->unlock, config, &s->coverage);
	set_limits(s);
	owners_read(&s->owners);
	match_init(&s->match);
	bindings_init(&s->bindings);
	for (size_t i = 0; i < PARSERS_MAX; i++)
		s->parsers[i].child.sock = -1;
	while (r == 0 && s->n_parsers < parser_count())
		r = child_start(&s->parsers[s->n_parsers++].child, &role_parse,
				config);
	if (r == 0 && config->bindings)
		r = find_start(config, &s->coverage, &s->bindings, &s->find);
	if (r == 0)
		r = child_start(&s->walk, &role_walk, config);
	if (r == 0)
		r = remember_send(&s->memory, s->walk.sock);
	if (r < 0) {
		scan_free(s);
		return r;
	}
	s->walking = true;
	s->heard = clock_steady_ms();
	tokens_start(&s->tokens, config, &s->coverage, take_told, s);
	ports_start(&s->ports, config, &s->coverage, take_endpoint, s);
	*ret = s;
	return 0;
}

size_t scan_fds(const struct scan *s, struct pollfd fds[static SCAN_FDS])
{
	size_t n = 0;

	if (s->find)
		fds[n++] = find_fd(s->find);
	else if (s->walking && is_room(s))
		fds[n++] = (struct pollfd){.fd = s->walk.sock,
					   .events = POLLIN};
	if (s->tokens.running)
		fds[n++] = tokens_fd(&s->tokens);
	if (s->ports.running)
		n += ports_fds(&s->ports, fds + n);
	for (size_t i = 0; i < s->n_parsers; i++) {
		const struct parser *p = &s->parsers[i];
		bool unsent = p->answer.id ||
			      (p->count > 0 && !p->queue[p->count - 1].sent);

		fds[n++] = (struct pollfd){
			.fd = p->child.sock,
			.events = (short)(POLLIN | (unsent ? POLLOUT : 0))};
	}
	return n;
}

int scan_timeout(const struct scan *s)
{
	int64_t limit = s->config->parse_timeout * 1000, least = limit;
	int64_t now = clock_steady_ms();
	int soon = throttle_timeout(&s->throttle);

	if (soon >= 0 && soon < least)
		least = soon;
	if (s->find && find_timeout(s->find) < least)
		least = find_timeout(s->find);
	for (size_t i = 0; i < s->n_parsers; i++) {
		const struct parser *p = &s->parsers[i];

		if (p->count > 0 && p->since + limit - now < least)
			least = p->since + limit - now;
	}
	if (s->tokens.running && tokens_timeout(&s->tokens) < least)
		least = tokens_timeout(&s->tokens);
	if (s->ports.running && ports_timeout(&s->ports) < least)
		least = ports_timeout(&s->ports);
	return least < 0 ? 0 : least > 60000 ? 60000 : (int)least + 1;
}

static bool is_over(const struct scan *s)
{
	for (size_t i = 0; i < s->n_parsers; i++) {
		if (s->parsers[i].count > 0)
			return false;
	}
	return !s->walking && !s->tokens.running && !s->ports.running;
}

/* The walk waits until its locations can be told with their bindings. */
static int step_find(struct scan *s)
{
	int r = find_step(s->find);

	if (r != 0) {
		find_free(s->find);
		s->find = NULL;
	}
	return r < 0 ? r : 0;
}

/* What is found elsewhere than in files. */
static int step_others(struct scan *s)
{
	int r = s->tokens.running ? tokens_step(&s->tokens) : 0;

	if (r == 0 && s->ports.running)
		r = ports_step(&s->ports);
	return r;
}

int scan_step(struct scan *s)
{
	int r = 0;

	if (s->ended)
		return 1;
	hold_back(s);
	for (size_t i = 0; i < s->n_parsers && r == 0; i++)
		r = read_parser(s, &s->parsers[i]);
	if (r == 0 && s->find) {
		r = step_find(s);
		s->heard = clock_steady_ms();
	}
	if (r == 0 && s->walking && !s->find)
		r = read_walk(s);
	if (r == 0)
		r = step_others(s);
	if (r < 0)
		return r;
	if (!is_over(s))
		return 0;
	r = match_keys(&s->match, pass_on, s);
	if (r < 0)
		return r;
	s->ended = true;
	coverage_finish(&s->coverage);
	r = remember_finish(&s->memory, s->coverage.message.complete);
	if (r < 0)
		log_warn("what was found cannot be kept in %s: %s: the next "
			 "scan looks at every file", s->config->state_dir,
			 strerror(-r));
	return 1;
}

int scan_run(struct scan *s)
{
	int r = 0;

	while (r == 0) {
		struct pollfd fds[SCAN_FDS];
		size_t n = scan_fds(s, fds);

		if (poll(fds, n, scan_timeout(s)) < 0 && errno != EINTR)
			return -errno;
		r = scan_step(s);
	}
	return r < 0 ? r : 0;
}

void scan_clock_set(struct scan *s)
{
	s->memory.clock_set = true;
}

void scan_note(struct scan *s, const char *note)
{
	coverage_note(&s->coverage, note);
}

const Cw__Coverage *scan_coverage(const struct scan *s)
{
	return &s->coverage.message;
}

void scan_free(struct scan *s)
{
	if (!s)
		return;
	find_free(s->find);
	tokens_free(&s->tokens);
	ports_free(&s->ports);
	child_end(&s->walk, s->ended ? 5 : 0);
	frame_receiver_free(&s->walk_in);
	for (size_t i = 0; i < s->n_parsers; i++) {
		struct parser *p = &s->parsers[i];

		child_end(&p->child, s->ended ? 5 : 0);
		frame_receiver_free(&p->in);
		unlock_forget(&p->answer);
		for (size_t k = 0; k < p->count; k++)
			job_free(&p->queue[k]);
	}
	unlock_end(&s->unlock);
	remember_free(&s->memory);
	coverage_free(&s->coverage);
	match_free(&s->match);
	bindings_free(&s->bindings);
	owners_free(&s->owners);
	free(s);
}
