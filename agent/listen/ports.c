/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/listen/ports.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/listen/answers.h"
#include "agent/proc/ipc.h"
#include "lib/clock.h"
#include "lib/endpoint_text.h"
#include "lib/log.h"

#define BURST 64	/* frames taken at a time */
/* Questions to a listener with several workers: the kernel picks one at random,
 * so that of four each is met with 99 in 100. */
#define REPEAT_EACH 4
#define REPEAT_MAX 32

/* UDP sockets of clients have ports of the kernel's choice (ip(7),
 * ip_local_port_range) and come and go. */
#define UDP_PORT_MAX 32767

static void gap(struct ports *t, Cw__GapKind kind, const char *path,
		const char *reason)
{
	ProtobufCBinaryData p = {strlen(path), (uint8_t *)(uintptr_t)path};

	coverage_gap(t->coverage, kind, &p, reason);
}

static void broken(struct ports *t, Cw__GapKind kind, const char *reason)
{
	log_warn("listening sockets: %s", reason);
	gap(t, kind, "net:", reason);
}

/* ---------------------------------------------------------------- places */

static char *name_of(const ProtobufCBinaryData *exe)
{
	char *name = malloc(exe->len + 1);

	if (!name)
		return NULL;
	memcpy(name, exe->data, exe->len);
	name[exe->len] = '\0';
	return name;
}

/* The program's path: of a script, its interpreter's. */
static char *process_of(const Ipc__Listener *l)
{
	static const ProtobufCBinaryData none = {0, (uint8_t *)(uintptr_t)""};
	const ProtobufCBinaryData *exe = &none;

	if (l->n_processes > 0 && l->processes[0]->exe.data)
		exe = &l->processes[0]->exe;
	return name_of(exe);
}

struct composed {
	Ipc__Candidate candidate;
	Cw__EndpointPlace place;
	char *process;
	char netns[24];
};

static int compose(struct composed *c, const Ipc__Listener *l)
{
	Cw__EndpointPlace *p = &c->place;

	ipc__candidate__init(&c->candidate);
	cw__endpoint_place__init(p);
	c->candidate.endpoint = p;
	c->process = process_of(l);
	if (!c->process)
		return -ENOMEM;
	p->address = l->address;
	p->port = l->port;
	p->transport = l->transport;
	p->process = c->process;
	if (l->n_processes > 0) {
		p->unit = l->processes[0]->unit;
		p->container = l->processes[0]->container;
	}
	if (l->netns > 0) {
		snprintf(c->netns, sizeof(c->netns), "%llu",
			 (unsigned long long)l->netns);
		p->netns = c->netns;
	}
	return 0;
}

/* The endpoint itself. */
static int pass_endpoint(struct ports *t, const Ipc__Candidate *c)
{
	Ipc__Finding f = IPC__FINDING__INIT;

	f.kind = CW__KIND__KIND_ENDPOINT;
	f.format = (char *)(uintptr_t)"tls";
	return t->told.take(t->told.arg, c, &f);
}

/* What was served, with what the probe noted of it. */
static int pass_served(struct ports *t, struct composed *c,
		       const Ipc__Listener *l, const Ipc__ProbeResult *m,
		       const Ipc__ProbeServed *s)
{
	char *empty = (char *)(uintptr_t)"";
	Cw__EndpointPlace brief = c->place, whole = *s->place;
	int r;

	whole.address = brief.address;
	whole.port = brief.port;
	whole.transport = brief.transport;
	whole.process = brief.process;
	whole.unit = brief.unit;
	whole.container = brief.container;
	whole.netns = brief.netns;
	join_judge(t->join, l, m, s, &whole);
	t->lasts &= strcmp(whole.state, "live") == 0 &&
		    t->join->serving.n_fit > 0;
	c->candidate.endpoint = &whole;
	r = pass_endpoint(t, &c->candidate);
	brief.sni = whole.sni;
	brief.starttls = whole.starttls;
	c->candidate.endpoint = &brief;
	for (size_t i = 0; i < s->n_chain && r == 0; i++) {
		Ipc__Finding f;

		f = *m->certificates[s->chain[i]];
		f.format = (char *)(uintptr_t)"tls";
		f.chain_position = (uint32_t)i + 1;
		/* the leaf is what the state is about */
		brief.state = i == 0 ? whole.state : empty;
		r = t->told.take(t->told.arg, &c->candidate, &f);
	}
	c->candidate.endpoint = &c->place;
	return r;
}

/* The probe role reads what is hostile: what it says of itself is checked. */
static bool is_sound(const Ipc__ProbeResult *m)
{
	for (size_t i = 0; i < m->n_served; i++) {
		const Ipc__ProbeServed *s = m->served[i];

		if (!s->place)
			return false;
		for (size_t k = 0; k < s->n_chain; k++) {
			if (s->chain[k] >= m->n_certificates)
				return false;
		}
	}
	for (size_t i = 0; i < m->n_certificates; i++) {
		if (m->certificates[i]->sha256.len != HASH_SIZE)
			return false;
	}
	return true;
}

/* What another look could tell is a gap: then true. */
static bool is_gap(struct ports *t, const Cw__EndpointPlace *place,
		   const Ipc__ProbeResult *m)
{
	static const struct {
		const char *word;
		Cw__GapKind kind;
	} kinds[] = {
		{"timeout", CW__GAP_KIND__GAP_TIMEOUT},
		{"crashed", CW__GAP_KIND__GAP_CRASHED},
		{"unreachable", CW__GAP_KIND__GAP_UNREADABLE},
		{"malformed", CW__GAP_KIND__GAP_MALFORMED},
		{"too-large", CW__GAP_KIND__GAP_TOO_LARGE},
	};
	struct buf path;
	bool yes = false;

	buf_init(&path, LIMIT_GAP_PATH);
	endpoint_text(&path, place);
	/* what was known stands only where nothing was seen instead */
	if (m->n_served > 0)
		buf_adds(&path, " in part");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(m->failure, kinds[i].word) != 0)
			continue;
		gap(t, kinds[i].kind, buf_str(&path),
		    *m->reason ? m->reason : m->failure);
		yes = true;
	}
	buf_free(&path);
	return yes;
}

static int take_result(void *arg, const Ipc__ProbeResult *m)
{
	struct ports *t = arg;
	const Ipc__Listener *l = m->id < t->n ? t->listeners[m->id] : NULL;
	struct composed c;
	bool missed;
	int r;

	if (!l)
		return 0;
	if (!is_sound(m))
		return -EPROTO;
	r = compose(&c, l);
	if (r < 0)
		return r;
	t->lasts = strcmp(m->failure, "crashed") != 0;
	for (size_t i = 0; i < m->n_served && r == 0; i++)
		r = pass_served(t, &c, l, m, m->served[i]);
	t->n_tls += m->n_served > 0;
	if (m->n_served > 0)
		t->told.serves(t->told.arg, l);
	missed = is_gap(t, &c.place, m);
	if (missed)
		join_unsure(t->join, l);
	if (r == 0 && m->n_served == 0 && !missed) {
		c.place.failure = *m->failure ? m->failure
				  : (char *)(uintptr_t)"no-certificate";
		r = pass_endpoint(t, &c.candidate);
	}
	free(c.process);
	if (t->lasts)
		answers_keep(t->memory, t->keys[m->id], m);
	return r;
}

/* ------------------------------------------------------------- listeners */

static bool is_acceptable(const Ipc__Listener *l)
{
	bool udp = l && strcmp(l->transport, "udp") == 0;

	return l && (l->address.len == 4 || l->address.len == 16) &&
	       l->port > 0 && l->port <= 65535 &&
	       (udp || strcmp(l->transport, "tcp") == 0);
}

/* Who listens on any address is asked on the loopback one. */
static void target_address(const Ipc__Listener *l,
			   uint8_t address[static 16])
{
	static const uint8_t any[16];

	memcpy(address, l->address.data, l->address.len);
	if (memcmp(address, any, l->address.len) != 0)
		return;
	if (l->address.len == 4)
		address[0] = 127;
	address[l->address.len - 1] = 1;
}

/* The names that it is to be asked for: ${names} has room for LIMIT_SNI_NAMES.
 * Those that are left out are a gap. */
static void set_names(struct ports *t, const Ipc__Listener *l, char **names,
		      Ipc__ProbeTarget *m)
{
	const struct option_list *first = &t->config->sni;
	Cw__EndpointPlace place = CW__ENDPOINT_PLACE__INIT;
	struct buf path;
	char why[96];
	size_t more = serving_names(&t->join->serving, l, first->items,
				    first->count, names, &m->n_names);

	m->names = names;
	if (more == 0)
		return;
	join_unsure(t->join, l);
	place.address = l->address;
	place.port = l->port;
	buf_init(&path, LIMIT_GAP_PATH);
	endpoint_text(&path, &place);
	buf_adds(&path, " in part");
	snprintf(why, sizeof(why), "%zu more names are configured than one "
		 "listener is asked for", more);
	gap(t, CW__GAP_KIND__GAP_TOO_LARGE, buf_str(&path), why);
	buf_free(&path);
}

/* Is what it answered before still so?  1, and then it was passed on; 0; or
 * negative. */
static int take_last(struct ports *t, const Ipc__Listener *l,
		     const Ipc__ProbeTarget *m)
{
	Ipc__ProbeResult *last = NULL;
	int r;

	t->keys[m->id] = answers_key(t->memory, t->join, l, m->names,
				     m->n_names);
	last = answers_last(t->memory, t->join, l, t->keys[m->id]);
	if (!last)
		return 0;
	last->id = m->id;
	t->n_kept++;
	r = take_result(t, last);
	ipc__probe_result__free_unpacked(last, NULL);
	return r < 0 ? r : 1;
}

/* ${fd} is stolen. */
static int ask(struct ports *t, const Ipc__Listener *l, uint64_t id, int fd)
{
	Ipc__ProbeTarget m = IPC__PROBE_TARGET__INIT;
	uint32_t workers = l->holders > l->sockets ? l->holders : l->sockets;
	char *process = process_of(l), owner[32] = "", *slash;
	char *names[LIMIT_SNI_NAMES];
	uint8_t address[16] = {0};
	int r;

	if (!process) {
		if (fd >= 0)
			close(fd);
		return -ENOMEM;
	}
	target_address(l, address);
	slash = strrchr(process, '/');
	m.id = id;
	m.address = (ProtobufCBinaryData){l->address.len, address};
	m.scope = l->scope;
	m.port = l->port;
	m.process = slash ? slash + 1 : process;
	if (workers > 1)
		m.repeat = workers > REPEAT_MAX / REPEAT_EACH
				   ? REPEAT_MAX
				   : workers * REPEAT_EACH;
	if (l->n_processes > 0)
		snprintf(owner, sizeof(owner), "%u", l->processes[0]->pid);
	m.owner = owner;
	set_names(t, l, names, &m);
	r = take_last(t, l, &m);
	if (r == 0)
		r = probe_add(t->probe, &m, fd);
	else if (fd >= 0)
		close(fd);
	free(process);
	return r < 0 ? r : 0;
}

/* Listed only: nothing is asked. */
static int pass_udp(struct ports *t, const Ipc__Listener *l)
{
	struct composed c;
	int r = compose(&c, l);

	if (r < 0)
		return r;
	c.place.failure = (char *)(uintptr_t)"not-asked";
	r = l->port > UDP_PORT_MAX ? 0 : pass_endpoint(t, &c.candidate);
	free(c.process);
	return r;
}

static int take_listener(struct ports *t, const struct frame *f)
{
	Ipc__Listener *l = ipc__listener__unpack(NULL, f->len, f->data);
	Ipc__Listener **more = NULL;
	uint64_t *keys = NULL;

	if (is_acceptable(l) && t->n < LIMIT_LISTENERS)
		keys = reallocarray(t->keys, t->n + 1, sizeof(*keys));
	if (keys) {
		t->keys = keys;
		keys[t->n] = 0;
		more = reallocarray(t->listeners, t->n + 1, sizeof(*more));
	}
	if (!more) {
		ipc__listener__free_unpacked(l, NULL);
		if (f->fd >= 0)
			close(f->fd);
		return -EPROTO;
	}
	t->listeners = more;
	t->listeners[t->n++] = l;
	t->n_unknown += l->n_processes == 0;
	if (strcmp(l->transport, "tcp") == 0)
		return ask(t, l, t->n - 1, f->fd);
	if (f->fd >= 0)
		close(f->fd);
	return pass_udp(t, l);
}

static int take_done(struct ports *t, const struct frame *f)
{
	Ipc__ListenDone *m = ipc__listen_done__unpack(NULL, f->len, f->data);
	char why[96];

	if (f->fd >= 0)
		close(f->fd);
	if (!m)
		return -EPROTO;
	t->namespaces = m->namespaces;
	for (size_t i = 0; i < m->n_gaps; i++)
		coverage_gap(t->coverage, m->gaps[i]->kind, &m->gaps[i]->path,
			     m->gaps[i]->reason);
	snprintf(why, sizeof(why), "%u processes are hidden from us, and "
		 "network namespaces with them", m->hidden);
	if (m->hidden > 0)
		gap(t, CW__GAP_KIND__GAP_UNREADABLE, "/proc", why);
	ipc__listen_done__free_unpacked(m, NULL);
	child_end(&t->child, 1);
	frame_receiver_free(&t->in);
	t->listing = false;
	return 0;
}

/* -------------------------------------------------------------- the whole */

static void list_failed(struct ports *t, bool timeout)
{
	char fate[80], why[128];
	int status = child_end(&t->child, timeout ? 0 : 1);

	frame_receiver_free(&t->in);
	t->listing = false;
	snprintf(why, sizeof(why), "the process that lists them %s",
		 timeout ? "took longer than parse_timeout"
			 : child_fate(status, fate, sizeof(fate)));
	broken(t, timeout ? CW__GAP_KIND__GAP_TIMEOUT
			  : CW__GAP_KIND__GAP_CRASHED, why);
}

/* More wait in the listen role while the probe has enough to do. */
static bool is_room(const struct ports *t)
{
	return probe_pending(t->probe) < PROBE_WINDOW;
}

static int take_frame(struct ports *t, const struct frame *f)
{
	if (f->op == IPC_LISTEN_LISTENER)
		return take_listener(t, f);
	return take_done(t, f);
}

static int read_list(struct ports *t)
{
	struct frame f = {.fd = -1};
	int r = 0;

	for (int i = 0; i < BURST && r == 0 && t->listing && is_room(t); i++) {
		r = frame_recv(&t->in, t->child.sock, IPC_LISTEN__END, &f);
		if (r == -EAGAIN)
			break;
		t->since = clock_steady_ms();
		r = r == 1 ? take_frame(t, &f) : -EPROTO;
		if (r == -EPROTO)
			list_failed(t, false);
	}
	if (r < 0 && r != -EPROTO && r != -EAGAIN)
		return r;
	if (t->listing && is_room(t) &&
	    clock_steady_ms() - t->since > t->config->parse_timeout * 1000)
		list_failed(t, true);
	return 0;
}

static void finish(struct ports *t)
{
	char text[192];

	snprintf(text, sizeof(text), "listening sockets: %zu in %u network "
		 "namespaces, %zu with TLS", t->n, t->namespaces, t->n_tls);
	coverage_note(t->coverage, text);
	if (t->n_kept > 0) {
		snprintf(text, sizeof(text), "listening sockets not asked "
			 "again, since nothing of theirs has changed: %zu",
			 t->n_kept);
		coverage_note(t->coverage, text);
	}
	if (t->n_unknown > 0) {
		snprintf(text, sizeof(text), "listening sockets of unknown "
			 "processes: %zu", t->n_unknown);
		coverage_note(t->coverage, text);
	}
	t->running = false;
}

void ports_start(struct ports *t, const struct agent_config *config,
		 struct coverage *coverage, struct join *join,
		 struct remember *memory, const struct ports_sink *sink)
{
	int r;

	*t = (struct ports){.config = config, .coverage = coverage,
			    .join = join, .memory = memory, .told = *sink,
			    .child = {.sock = -1}};
	if (!config->ports)
		return;
	t->sink = (struct probe_sink){.result = take_result, .arg = t};
	r = probe_start(config, &t->sink, &t->probe);
	if (r == 0)
		r = child_start(&t->child, &role_listen, config);
	t->since = clock_steady_ms();
	t->running = t->listing = r == 0;
	if (r < 0)
		broken(t, CW__GAP_KIND__GAP_CRASHED, strerror(-r));
}

size_t ports_fds(const struct ports *t, struct pollfd fds[static PORTS_FDS])
{
	size_t n = 0;

	fds[n++] = probe_fd(t->probe);
	if (t->listing && is_room(t))
		fds[n++] = (struct pollfd){.fd = t->child.sock,
					   .events = POLLIN};
	return n;
}

int ports_timeout(const struct ports *t)
{
	int64_t left = t->since + t->config->parse_timeout * 1000 -
		       clock_steady_ms();

	if (!t->listing)
		return 60000;
	return left < 0 ? 0 : left > 60000 ? 60000 : (int)left + 1;
}

int ports_step(struct ports *t)
{
	int r = probe_step(t->probe);

	if (r == -ECHILD) {
		broken(t, CW__GAP_KIND__GAP_CRASHED,
		       "the probe cannot be kept alive");
		t->running = false;
		return 0;
	}
	if (r == 0 && t->listing)
		r = read_list(t);
	if (r < 0)
		return r;
	if (!t->listing && probe_pending(t->probe) == 0)
		finish(t);
	return 0;
}

void ports_free(struct ports *t)
{
	if (t->child.pid > 0)
		child_end(&t->child, 0);
	frame_receiver_free(&t->in);
	probe_free(t->probe);
	for (size_t i = 0; i < t->n; i++)
		ipc__listener__free_unpacked(t->listeners[i], NULL);
	free(t->listeners);
	free(t->keys);
	*t = (struct ports){.child = {.sock = -1}};
}
