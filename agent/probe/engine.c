/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/probe/engine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <uthash.h>

#include "agent/probe/connection.h"
#include "agent/probe/plan.h"
#include "agent/probe/result.h"
#include "agent/probe/target.h"
#include "lib/clock.h"
#include "lib/limits.h"

#define EVENTS 128
#define GUESSES 3
#define TIMEOUT_MAX 600000
/* Targets that may hold a large answer at a time.  What is usual has 4 KiB. */
#define LARGE KIB(64)
#define LARGE_MAX 16

struct owner {
	char *name;
	unsigned int active;
	UT_hash_handle hh;
};

struct target {
	Ipc__ProbeTarget *t;		/* owned */
	int fd;				/* lent by the supervisor, or -1 */
	struct owner *owner;		/* counted while it is active */
	struct sockaddr_storage to;
	socklen_t to_len;
	struct plan plan;
	struct result *result;
	struct connection c;
	bool connected;			/* ${c} is under way */
	bool large;
	const struct starttls *protocol;
	unsigned int guesses;		/* left */
	int64_t deadline;		/* of the connection */
	int64_t last;			/* of the target */
	struct target *next;		/* in the queue */
};

struct engine {
	const struct engine_sink *sink;
	int epoll;
	struct target *active[ENGINE_IN_FLIGHT];
	size_t n_active;
	struct target *queue, **tail;
	struct owner *owners;
	size_t n_large;
	double tokens;			/* connections that may begin */
	int64_t filled;			/* when they were counted */
};

int engine_new(const struct engine_sink *sink, struct engine **ret)
{
	struct engine *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->sink = sink;
	e->tail = &e->queue;
	e->filled = clock_steady_ms();
	e->tokens = ENGINE_IN_FLIGHT;
	e->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (e->epoll < 0) {
		free(e);
		return -errno;
	}
	*ret = e;
	return 0;
}

static void drop_target(struct engine *e, struct target *t)
{
	if (t->connected)
		connection_end(&t->c);
	/* the supervisor still has it open, so that closing it is not enough
	 * to have no more events from it */
	if (t->fd >= 0) {
		epoll_ctl(e->epoll, EPOLL_CTL_DEL, t->fd, NULL);
		close(t->fd);
	}
	if (t->large)
		e->n_large--;
	if (t->owner && --t->owner->active == 0) {
		HASH_DEL(e->owners, t->owner);
		free(t->owner->name);
		free(t->owner);
	}
	result_free(t->result);
	ipc__probe_target__free_unpacked(t->t, NULL);
	free(t);
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	for (size_t i = 0; i < e->n_active; i++)
		drop_target(e, e->active[i]);
	while (e->queue) {
		struct target *t = e->queue;

		e->queue = t->next;
		drop_target(e, t);
	}
	close(e->epoll);
	free(e);
}

static int set_address(struct target *t, const Ipc__ProbeTarget *m)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&t->to;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&t->to;

	if (m->port == 0 || m->port > 65535)
		return -EINVAL;
	if (m->address.len == 4) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)m->port);
		memcpy(&v4->sin_addr, m->address.data, 4);
		t->to_len = sizeof(*v4);
		return 0;
	}
	if (m->address.len != 16)
		return -EINVAL;
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons((uint16_t)m->port);
	v6->sin6_scope_id = m->scope;
	memcpy(&v6->sin6_addr, m->address.data, 16);
	t->to_len = sizeof(*v6);
	return 0;
}

/* What was asked for, else what process and port suggest. */
static int set_protocol(struct target *t, const Ipc__ProbeTarget *m)
{
	if (*m->starttls) {
		t->protocol = starttls_find(m->starttls);
		return t->protocol ? 0 : -EINVAL;
	}
	t->guesses = GUESSES;
	t->protocol = starttls_guess(m->process, (uint16_t)m->port);
	if (!t->protocol)
		t->protocol = starttls_find("tls");
	return 0;
}

static int check_names(const Ipc__ProbeTarget *m)
{
	for (size_t i = 0; i < m->n_names; i++) {
		if (!target_is_name(m->names[i]))
			return -EINVAL;
	}
	return 0;
}

int engine_add(struct engine *e, Ipc__ProbeTarget *m, int fd)
{
	struct target *t = calloc(1, sizeof(*t));
	int r = t ? 0 : -ENOMEM;

	if (!t) {
		if (fd >= 0)
			close(fd);
		ipc__probe_target__free_unpacked(m, NULL);
		return r;
	}
	t->t = m;
	t->fd = fd;
	r = set_address(t, m);
	if (r == 0)
		r = set_protocol(t, m);
	if (r == 0)
		r = check_names(m);
	if (r < 0) {
		drop_target(e, t);
		return r;
	}
	if (m->timeout_ms == 0 || m->timeout_ms > TIMEOUT_MAX)
		m->timeout_ms = ENGINE_TIMEOUT;
	plan_begin(&t->plan, (const char *const *)m->names, m->n_names);
	t->plan.repeat = m->repeat;
	t->plan.brief = m->brief;
	t->plan.alpn = !t->protocol->talk && !m->brief;
	plan_start(&t->plan);
	*e->tail = t;
	e->tail = &t->next;
	return 0;
}

/* Finds the owner, or makes it: NULL without memory. */
static struct owner *owner_of(struct engine *e, const char *name)
{
	struct owner *o = NULL;

	HASH_FIND_STR(e->owners, name, o);
	if (o)
		return o;
	o = calloc(1, sizeof(*o));
	if (o)
		o->name = strdup(name);
	if (!o || !o->name) {
		free(o);
		return NULL;
	}
	HASH_ADD_KEYPTR(hh, e->owners, o->name, strlen(o->name), o);
	return o;
}

static bool may_begin(const struct engine *e, const struct target *t)
{
	struct owner *o = NULL;

	if (!*t->t->owner)
		return true;
	HASH_FIND_STR(e->owners, t->t->owner, o);
	return !o || o->active < ENGINE_PER_OWNER;
}

/* Takes the first of the queue whose owner has room; NULL for none. */
static struct target *take_queued(struct engine *e)
{
	for (struct target **p = &e->queue; *p; p = &(*p)->next) {
		struct target *t = *p;

		if (!may_begin(e, t))
			continue;
		*p = t->next;
		if (e->tail == &t->next)
			e->tail = p;
		t->next = NULL;
		return t;
	}
	return NULL;
}

/* Delivers the result and lets go of the target at ${i}. */
static int finish(struct engine *e, size_t i)
{
	struct target *t = e->active[i];
	int r = e->sink->result(e->sink->arg,
				result_finish(t->result, &t->plan,
					      t->protocol->name));

	e->active[i] = e->active[--e->n_active];
	drop_target(e, t);
	return r;
}

/* The word for an error, as in ProbeResult.failure. */
static const char *failure_word(int error)
{
	switch (-error) {
	case ECONNREFUSED:
		return "refused";
	case ETIMEDOUT:
		return "timeout";
	case ECONNABORTED:
	case ECONNRESET:
	case EPIPE:
		return "closed";
	case EBADMSG:
		return "no-tls";
	case EOPNOTSUPP:
		return "no-starttls";
	case EMSGSIZE:
		return "too-large";
	default:
		return "unreachable";
	}
}

static void fail(struct target *t, int error, const char *why)
{
	const char *word = failure_word(error);

	if (error == -EBADMSG && t->connected && t->c.reply.hello)
		word = "malformed";
	result_fail(t->result, word, *why ? why : strerror(-error));
	t->plan.stage = PLAN_END;
}

/* Does it look as if the server spoke another protocol?  One that waits for a
 * greeting may meet one that waits for a hello. */
static bool is_other_protocol(const struct target *t,
			      const struct connection *c)
{
	switch (-c->error) {
	case EBADMSG:
	case ECONNABORTED:
	case ECONNRESET:
		return true;
	case ETIMEDOUT:
		return t->protocol->talk && c->n_first == 0 &&
		       c->state != CONNECTION_CONNECTING;
	default:
		return false;
	}
}

/* Another protocol, where the first was a guess: what the greeting tells, else
 * TLS at once. */
static bool guess_again(struct target *t, const struct connection *c)
{
	const struct starttls *next =
		starttls_recognise(c->first, c->n_first);

	if (t->guesses == 0 || t->plan.has_chain || c->reply.hello ||
	    !is_other_protocol(t, c))
		return false;
	t->guesses--;
	if (!next && t->protocol->talk)
		next = starttls_find("tls");
	if (!next || next == t->protocol)
		return false;
	t->protocol = next;
	t->plan.alpn = !next->talk && !t->plan.brief;
	plan_start(&t->plan);
	return true;
}

/* Takes in the outcome of a connection. */
static int connection_over(struct target *t)
{
	struct connection *c = &t->c;
	enum suite_auth key = SUITE_ANY;
	int r = 0;

	if (c->error == 0) {
		/* it is TLS */
		if (c->reply.hello || c->reply.alerted)
			t->guesses = 0;
		r = result_answer(t->result, &t->plan, &c->reply, &key);
		if (r == 0)
			plan_answer(&t->plan, &c->reply, key);
	} else if (!guess_again(t, c)) {
		fail(t, c->error, c->why);
	}
	connection_end(c);
	t->connected = false;
	return r;
}

static void begin_connection(struct engine *e, struct target *t)
{
	struct epoll_event ev = {.events = EPOLLIN | EPOLLOUT | EPOLLET,
				 .data.ptr = t};
	const char *name = t->t->n_names > 0 ? t->t->names[0] : "";

	e->tokens -= 1;
	t->deadline = clock_steady_ms() + t->t->timeout_ms;
	connection_start(&t->c, t->fd, (struct sockaddr *)&t->to, t->to_len,
			 t->protocol, name, plan_question(&t->plan));
	t->connected = true;
	/* a socket that is lent stays known to epoll */
	if (t->c.state != CONNECTION_OVER &&
	    epoll_ctl(e->epoll, EPOLL_CTL_ADD, t->c.fd, &ev) < 0 &&
	    (errno != EEXIST ||
	     epoll_ctl(e->epoll, EPOLL_CTL_MOD, t->c.fd, &ev) < 0)) {
		t->c.error = -errno;
		t->c.state = CONNECTION_OVER;
	}
}

static void fill_tokens(struct engine *e)
{
	int64_t now = clock_steady_ms();

	e->tokens += (double)(now - e->filled) * ENGINE_PER_SECOND / 1000;
	if (e->tokens > ENGINE_IN_FLIGHT)
		e->tokens = ENGINE_IN_FLIGHT;
	e->filled = now;
}

static int begin_target(struct engine *e, struct target *t)
{
	t->result = result_new(t->t);
	if (*t->t->owner && t->result) {
		t->owner = owner_of(e, t->t->owner);
		if (t->owner)
			t->owner->active++;
	}
	if (!t->result || (*t->t->owner && !t->owner)) {
		drop_target(e, t);
		return -ENOMEM;
	}
	t->last = clock_steady_ms() +
		  (int64_t)t->t->timeout_ms * ENGINE_QUESTIONS;
	e->active[e->n_active++] = t;
	return 0;
}

/* Is there too much in memory for one more large answer? */
static void watch_size(struct engine *e, struct target *t)
{
	if (t->large || t->c.received < LARGE)
		return;
	if (e->n_large < LARGE_MAX) {
		t->large = true;
		e->n_large++;
		return;
	}
	t->c.state = CONNECTION_OVER;
	t->c.error = -EMSGSIZE;
	t->c.why = "too many large answers at a time";
}

/* Moves one target on: its connection's end, its deadlines, its next
 * connection.  1 where the target has come to its end. */
static int move_on(struct engine *e, struct target *t, int64_t now)
{
	int r = 0;

	if (t->connected && t->c.state != CONNECTION_OVER &&
	    (now >= t->deadline || now >= t->last)) {
		t->c.error = -ETIMEDOUT;
		t->c.why = "";
		r = connection_over(t);
	}
	while (r == 0 && t->connected && t->c.state == CONNECTION_OVER)
		r = connection_over(t);
	if (r < 0 || t->plan.stage == PLAN_END)
		return r < 0 ? r : 1;
	if (!t->connected && now >= t->last) {
		fail(t, -ETIMEDOUT, "");
		return 1;
	}
	if (!t->connected && e->tokens >= 1)
		begin_connection(e, t);
	return 0;
}

static int take_events(struct engine *e)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(e->epoll, events, EVENTS, 0);

	if (n < 0 && errno != EINTR)
		return -errno;
	for (int i = 0; i < n; i++) {
		struct target *t = events[i].data.ptr;

		/* of a lent socket, between two connections */
		if (!t->connected || t->c.state == CONNECTION_OVER)
			continue;
		if (!connection_step(&t->c))
			watch_size(e, t);
	}
	return n == EVENTS ? 1 : 0;
}

int engine_step(struct engine *e)
{
	int64_t now = 0;
	int r = 0;

	do
		r = take_events(e);
	while (r > 0);
	now = clock_steady_ms();
	fill_tokens(e);
	for (size_t i = 0; r == 0 && i < e->n_active;) {
		r = move_on(e, e->active[i], now);
		if (r == 1)
			r = finish(e, i);
		else
			i++;
	}
	while (r == 0 && e->n_active < ENGINE_IN_FLIGHT && e->tokens >= 1) {
		struct target *t = take_queued(e);

		if (!t)
			break;
		r = begin_target(e, t);
		if (r == 0)
			begin_connection(e, t);
	}
	return r;
}

int engine_fd(const struct engine *e)
{
	return e->epoll;
}

int engine_timeout(const struct engine *e)
{
	int64_t now = clock_steady_ms(), least = INT64_MAX;

	for (size_t i = 0; i < e->n_active; i++) {
		const struct target *t = e->active[i];

		/* over already, or waits for a token */
		if (!t->connected || t->c.state == CONNECTION_OVER)
			return 1;
		if (t->deadline < least)
			least = t->deadline;
		if (t->last < least)
			least = t->last;
	}
	if (e->queue && e->n_active < ENGINE_IN_FLIGHT && e->tokens < 1)
		return 1;
	if (least == INT64_MAX)
		return -1;
	return least <= now ? 0 : (int)(least - now) + 1;
}
