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

#include "agent/listen/ports.h"
#include "agent/proc/child.h"
#include "agent/proc/coverage.h"
#include "agent/proc/deliver.h"
#include "agent/proc/find.h"
#include "agent/proc/foreign.h"
#include "agent/proc/ipc.h"
#include "agent/proc/parsers.h"
#include "agent/proc/remember.h"
#include "agent/proc/throttle.h"
#include "agent/token/tokens.h"
#include "lib/clock.h"
#include "lib/frame.h"
#include "lib/limits.h"
#include "lib/log.h"

#define WALK_SILENCE 60000	/* ms, beyond answer_timeout for the paths, and
				 * for what is in them */
#define BURST 64	/* frames taken from one process at a time */

struct scan {
	const struct agent_config *config;
	const struct scan_sink *sink;
	struct child walk;
	struct frame_receiver walk_in;
	bool walking;
	int64_t heard;		/* of the walk, steady ms */
	struct parsers parsers;
	struct tokens tokens;
	struct ports ports;
	bool asked;		/* the listening sockets */
	struct deliver deliver;
	struct coverage coverage;
	struct throttle throttle;
	struct find *find;
	struct views views;
	struct foreign foreign;	/* files that the walk does not come by */
	bool bound;		/* all bindings are known */
	struct coverage found;	/* what could not be read for bindings */
	struct remember memory;
	bool unfit;		/* for an update: more has to be looked at */
	bool ended;
};

static bool is_room(const struct scan *s)
{
	return parsers_have_room(&s->parsers);
}

static int take_progress(struct scan *s, const struct frame *f)
{
	Ipc__WalkProgress *m = NULL;

	m = ipc__walk_progress__unpack(NULL, f->len, f->data);
	if (f->fd >= 0)
		close(f->fd);
	if (!m)
		return -EPROTO;
	s->unfit |= m->linked;
	if (!s->memory.update) {
		s->coverage.message.directories = m->directories;
		s->coverage.message.files = m->files;
	}
	s->coverage.message.bytes = m->bytes;
	s->memory.lost |= m->index_lost;
	for (size_t i = 0; i < m->n_counts; i++)
		coverage_count(&s->coverage, m->counts[i]->kind,
			       m->counts[i]->count);
	for (size_t i = 0; i < m->n_gaps; i++)
		coverage_name(&s->coverage, m->gaps[i]->kind,
			      &m->gaps[i]->path, m->gaps[i]->reason);
	for (size_t i = 0; i < m->n_notes; i++)
		coverage_note(&s->coverage, m->notes[i]);
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

static int take_told(void *arg, const Ipc__Candidate *place,
		     const Ipc__Finding *f)
{
	struct scan *s = arg;

	return deliver_found(&s->deliver, place, f);
}

static int take_token(void *arg, const Ipc__Candidate *place,
		      const Ipc__Finding *f)
{
	struct scan *s = arg;

	remember_other(&s->memory, place, f);
	return deliver_found(&s->deliver, place, f);
}

static int take_endpoint(void *arg, const Ipc__Candidate *place,
			 const Ipc__Finding *f)
{
	struct scan *s = arg;

	return deliver_endpoint(&s->deliver, place, f);
}

static void take_serves(void *arg, const Ipc__Listener *l)
{
	const struct scan *s = arg;

	if (s->sink->serves)
		s->sink->serves(s->sink->arg, l);
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
		return parsers_give(&s->parsers, f);
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
	const struct agent_config *c = s->config;
	int64_t limit = c->answer_timeout * 1000 * 2 + WALK_SILENCE;

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

/* The processes of the scan, for the throttle: each keeps its place. */
static size_t all_pids(const struct scan *s, pid_t pids[THROTTLE_PIDS])
{
	_Static_assert(PARSERS_MAX < THROTTLE_PIDS, "room for walk too");
	pids[0] = s->walking ? s->walk.pid : 0;
	return 1 + parsers_pids(&s->parsers, pids + 1);
}

static void hold_back(struct scan *s)
{
	pid_t pids[THROTTLE_PIDS];
	size_t n = all_pids(s, pids);
	int64_t stood = throttle_step(&s->throttle, pids, n);

	if (stood > 0)
		parsers_excuse(&s->parsers, stood);
}

static void set_limits(struct scan *s)
{
	double pressure = 0;
	char note[128];
	int r = 0;

	s->throttle.cpu_limit = s->config->cpu_limit;
	s->throttle.pressure = s->config->pause_on_pressure;
	s->throttle.longest = s->config->longest_pause * 1000;
	s->throttle.folder = "/proc/pressure";
	if (s->throttle.pressure > 0)
		r = throttle_pressure(s->throttle.folder, &pressure);
	if (r == 0)
		return;
	s->throttle.pressure = 0;
	snprintf(note, sizeof(note), "pause_on_pressure: this kernel does not "
		 "tell: %s: %s", s->throttle.folder, strerror(-r));
	log_warn("%s", note);
	coverage_note(&s->coverage, note);
}

/* The coverage of the last scan has it. */
static void drop_gap(void *arg, const Ipc__Candidate *place, const Cw__Gap *g)
{
	(void)arg;
	(void)place;
	(void)g;
}

/* What did not change, for an update. */
static int keep_others(struct scan *s)
{
	const struct remember_sink sink = {take_told, drop_gap, s};

	return remember_keep_others(&s->memory, &sink);
}

static int take_over_coverage(struct scan *s)
{
	Cw__Coverage *last = remember_last_coverage(&s->memory);

	if (!last)
		return -EAGAIN;
	coverage_add(&s->coverage, last, &s->memory.changed);
	s->coverage.message.directories = last->directories;
	s->coverage.message.files = last->files;
	cw__coverage__free_unpacked(last, NULL);
	return 0;
}

int scan_start(const struct agent_config *config, const struct scan_sink *sink,
	       struct scan **ret)
{
	return scan_start_index(config, sink, NULL, ret);
}

static struct scan *scan_new(const struct agent_config *config,
			     const struct scan_sink *sink)
{
	struct scan *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->config = config;
	s->sink = sink;
	s->walk.sock = -1;
	s->tokens.child.sock = -1;
	s->ports.child.sock = -1;
	views_init(&s->views);
	cw__coverage__init(&s->found.message);
	deliver_start(&s->deliver, sink, &s->coverage, config->ports);
	s->parsers = (struct parsers){.config = config,
				      .coverage = &s->coverage,
				      .memory = &s->memory,
				      .take = take_told, .arg = s};
	return s;
}

static int start_find(struct scan *s)
{
	const struct find_sink sink = {&s->found, &s->deliver.bindings,
				       &s->views, s->sink->asked,
				       s->sink->arg};

	return find_start(s->config, &sink, &s->find);
}

/* What each kind of scan needs; the memory was started. */
static int begin(struct scan *s)
{
	const struct agent_config *config = s->config;
	int r = 0;

	s->coverage.message.last_full = s->memory.next.full;
	parsers_start(&s->parsers);
	set_limits(s);
	if (r == 0 && s->memory.update && !s->memory.aside)
		r = take_over_coverage(s);
	if (r == 0 && config->bindings)
		r = start_find(s);
	if (r == 0)
		r = child_start(&s->walk, &role_walk, config);
	if (r == 0)
		r = remember_send(&s->memory, s->walk.sock);
	s->walking = r == 0;
	s->heard = clock_steady_ms();
	return r;
}

int scan_start_index(const struct agent_config *config,
		     const struct scan_sink *sink, struct index *index,
		     struct scan **ret)
{
	struct scan *s = scan_new(config, sink);
	int r;

	if (!s)
		return -ENOMEM;
	remember_start(&s->memory, index);
	coverage_start(&s->coverage, config);
	if (!index || !index->stands)
		s->memory.next.full = s->coverage.message.started;
	r = begin(s);
	if (r < 0) {
		scan_free(s);
		return r;
	}
	tokens_start(&s->tokens, config, &s->coverage, take_token, s);
	*ret = s;
	return 0;
}

/* ${start} is given the names. */
static int start_names(const struct agent_config *config,
		       const struct scan_sink *sink, struct index *index,
		       const void *names, size_t len,
		       int (*start)(struct remember *m, struct index *index,
				    const void *names, size_t len),
		       struct scan **ret)
{
	struct scan *s = scan_new(config, sink);
	int r;

	if (!s)
		return -ENOMEM;
	r = start(&s->memory, index, names, len);
	coverage_start(&s->coverage, config);
	if (r == 0)
		r = begin(s);
	if (r < 0)
		scan_free(s);
	else
		*ret = s;
	return r;
}

int scan_start_update(const struct agent_config *config,
		      const struct scan_sink *sink, struct index *index,
		      const void *names, size_t len, struct scan **ret)
{
	return start_names(config, sink, index, names, len,
			   remember_start_update, ret);
}

int scan_start_aside(const struct agent_config *config,
		     const struct scan_sink *sink, struct index *index,
		     const void *names, size_t len, struct scan **ret)
{
	int r = start_names(config, sink, index, names, len,
			    remember_start_aside, ret);

	/* what a key belongs to may lie where nothing is known of, be told
	 * beside the same scan, or come next */
	if (r == 0)
		(*ret)->deliver.match.full = true;
	return r;
}

bool scan_is_unfit(const struct scan *s)
{
	return s->unfit;
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
	return n + parsers_fds(&s->parsers, fds + n);
}

int scan_timeout(const struct scan *s)
{
	int64_t least = parsers_timeout(&s->parsers);
	int soon = throttle_timeout(&s->throttle);

	if (soon >= 0 && soon < least)
		least = soon;
	if (s->find && find_timeout(s->find) < least)
		least = find_timeout(s->find);
	if (s->tokens.running && tokens_timeout(&s->tokens) < least)
		least = tokens_timeout(&s->tokens);
	if (s->ports.running && ports_timeout(&s->ports) < least)
		least = ports_timeout(&s->ports);
	return least < 0 ? 0 : least > 60000 ? 60000 : (int)least + 1;
}

static bool is_disk_done(const struct scan *s)
{
	return parsers_are_idle(&s->parsers) && !s->walking && s->bound &&
	       !s->tokens.running && s->foreign.next == s->foreign.n;
}

/* The walk waits until its locations can be told with their bindings. */
static int step_find(struct scan *s)
{
	int r = s->find ? find_step(s->find) : 1;

	s->heard = clock_steady_ms();
	if (r == 0)
		return 0;
	find_free(s->find);
	s->find = NULL;
	s->bound = true;
	if (s->config->bindings)
		deliver_bound(&s->deliver);
	foreign_start(&s->foreign, s->config, &s->views, &s->coverage,
		      &s->deliver.bindings);
	return r > 0 && s->memory.update ? keep_others(s) : r < 0 ? r : 0;
}

/* What lies in files, once the lines that name them are known. */
static int step_files(struct scan *s)
{
	struct frame f = {.fd = -1};
	int r = 0;

	if (!s->bound)
		r = step_find(s);
	if (!s->bound)
		return r;
	while (r == 0 && is_room(s) && foreign_next(&s->foreign, &f))
		r = parsers_give(&s->parsers, &f);
	return r == 0 && s->walking ? read_walk(s) : r;
}

/* What is found elsewhere than in files.  Listeners come last: what they are
 * asked, and what their answers mean, hangs on all that lies on disk. */
static int step_others(struct scan *s)
{
	const struct ports_sink sink = {take_endpoint, take_serves, s};
	int r = s->tokens.running ? tokens_step(&s->tokens) : 0;

	if (r == 0 && !s->asked && is_disk_done(s)) {
		s->asked = true;
		remember_coverage(&s->memory, &s->coverage.message);
		ports_start(&s->ports, s->config, &s->coverage,
			    &s->deliver.join, &s->memory, &sink);
	}
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
	r = parsers_step(&s->parsers, s->throttle.stopped);
	if (r == 0)
		r = step_files(s);
	if (r == 0)
		r = step_others(s);
	if (r < 0)
		return r;
	if (!s->asked || s->ports.running)
		return 0;
	r = deliver_rest(&s->deliver);
	if (r < 0)
		return r;
	s->ended = true;
	coverage_add(&s->coverage, &s->found.message, NULL);
	s->coverage.lost |= s->found.lost;
	coverage_finish(&s->coverage);
	r = remember_finish(&s->memory,
			    s->coverage.message.complete && !s->unfit);
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
	foreign_free(&s->foreign);
	views_free(&s->views);
	tokens_free(&s->tokens);
	ports_free(&s->ports);
	child_end(&s->walk, s->ended ? 5 : 0);
	frame_receiver_free(&s->walk_in);
	parsers_end(&s->parsers, s->ended);
	remember_free(&s->memory);
	coverage_free(&s->coverage);
	deliver_free(&s->deliver);
	coverage_free(&s->found);
	free(s);
}
