/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/http.h>

#include "collector-stub/http/server.h"
#include "collector-stub/ingest/apply.h"
#include "collector-stub/ingest/handlers.h"
#include "collector-stub/order/audit.h"
#include "collector-stub/order/hold.h"
#include "collector-stub/order/order.h"
#include "lib/clock.h"
#include "lib/encode.h"
#include "lib/limits.h"
#include "lib/log.h"

/* one message for each of the first bad objects of a request */
#define BAD_TOLD 3

struct sync_work {
	struct server *server;
	bool entered;		/* takes a part of its agent's share */
	long long held;		/* of server->held, and of that share */
	int64_t brought;	/* of that share, unless it is stored */
	struct arena arena;
	struct sync sync;
};

static void free_work(void *arg)
{
	struct sync_work *w = arg;

	atomic_fetch_sub(&w->server->held, w->held);
	if (w->brought > 0)
		share_return(w->server->share, w->sync.agent_id, w->brought);
	if (w->entered)
		share_leave(w->server->share, w->sync.agent_id, w->held);
	arena_free(&w->arena);
	free(w);
}

/* Counts what was decoded; -EAGAIN where it is too much beside all else. */
static int hold(struct sync_work *w)
{
	w->held = (long long)w->arena.used;
	if (atomic_fetch_add(&w->server->held, w->held) + w->held >
	    (long long)SERVER_HELD_MAX && w->arena.used > SERVER_SMALL)
		return -EAGAIN;
	return share_hold(w->server->share, w->sync.agent_id, w->held) ? 0 :
		-EAGAIN;
}

void handle_in_writer(struct exchange *x,
		      int (*run)(struct exchange *x, struct store *s),
		      void *work, void (*free_fn)(void *work))
{
	x->run = run;
	x->work = work;
	x->free_work = free_fn;
	if (writer_submit(x->server->writer, x) == 0)
		return;
	reply_later(&x->reply, "overloaded", "too many requests wait");
	exchange_finish(x);
}

/* Commands go out with what is acknowledged. */
static int take_commands(struct exchange *x, struct store *s,
			 const struct apply_result *res, Cw__SyncReply *m)
{
	struct sync_work *w = x->work;

	if (res->verdict != APPLY_ACKNOWLEDGED ||
	    !hold_has_commands(x->server->hold, w->sync.agent_id))
		return 0;
	return order_take(s, w->sync.agent_id, w->sync.now, &w->arena,
			  &m->commands, &m->n_commands);
}

static int reply_sync(struct exchange *x, struct store *s,
		      const struct sync *in, const struct apply_result *res)
{
	Cw__SyncReply m = CW__SYNC_REPLY__INIT;
	size_t n = res->need.len / HASH_SIZE;
	ProtobufCBinaryData need[LIMIT_SYNC_NEED];
	char **kept = NULL;
	int r = take_commands(x, s, res, &m);

	if (r < 0)
		return r;
	/* what has something to say is not held back */
	if (m.n_commands > 0 || n > 0 || in->request->n_results > 0 ||
	    res->verdict != APPLY_ACKNOWLEDGED)
		x->hold = 0;
	m.status = res->verdict == APPLY_RESYNC ?
		CW__SYNC_REPLY__STATUS__RESYNC :
		CW__SYNC_REPLY__STATUS__ACKNOWLEDGED;
	m.generation = res->generation;
	m.heartbeat_seconds = (uint32_t)x->server->config->heartbeat;
	for (size_t i = 0; i < n; i++) {
		need[i].data = res->need.data + i * HASH_SIZE;
		need[i].len = HASH_SIZE;
	}
	m.n_need = n;
	m.need = need;
	if (res->verdict == APPLY_ACKNOWLEDGED && in->request->n_results > 0)
		kept = calloc(in->request->n_results, sizeof(*kept));
	for (size_t i = 0; kept && i < in->request->n_results; i++)
		kept[m.n_results_kept++] = in->request->results[i]->id;
	m.results_kept = kept;
	reply_message(&x->reply, &m.base);
	free(kept);
	return 0;
}

/* An agent of an existing PKI enrols by its first report. */
static int note(struct exchange *x)
{
	struct sync_work *w = x->work;
	const struct audit_field fields[] = {
		{ "agent", w->sync.agent_id }, { NULL, NULL },
	};

	x->audit = audit_entry(&w->arena, "existing PKI", "agent-enrolled",
			       fields);
	return x->audit ? 0 : -ENOMEM;
}

static int run_sync(struct exchange *x, struct store *s)
{
	struct sync_work *work = x->work;
	const struct sync *in = &work->sync;
	struct apply_result res = { .verdict = APPLY_UNKNOWN };
	int r = apply_sync(s, in, &res);

	if (r == 0 && res.enrolled)
		r = note(x);
	if (r < 0) {
		buf_free(&res.need);
		return r;
	}
	if (res.verdict == APPLY_ACKNOWLEDGED)
		work->brought = 0;
	switch (res.verdict) {
	case APPLY_REVOKED:
		reply_problem(&x->reply, 403, "revoked",
			      "this agent was revoked at the collector");
		break;
	case APPLY_UNKNOWN:
		reply_problem(&x->reply, 403, "unknown-agent",
			      "the collector does not know this agent");
		break;
	default:
		r = reply_sync(x, s, in, &res);
	}
	buf_free(&res.need);
	return r;
}

static void tell_bad(const struct sync *s)
{
	int told = 0;

	for (size_t i = 0; i < s->n_objects && told < BAD_TOLD; i++) {
		char hex[HASH_HEX];

		if (!s->objects[i].bad)
			continue;
		encode_hex(s->objects[i].sha256, HASH_SIZE, hex);
		log_warn("agent %s: object %s is not kept: %s", s->agent_id,
			 hex, s->objects[i].bad);
		told++;
	}
	if (s->n_cut > 0)
		log_warn("agent %s: %zu locations cut: of each, a text above "
			 "%zu bytes, a path above %zu, a list above %d entries,"
			 " or more than %zu bytes in all", s->agent_id,
			 s->n_cut, LIMIT_LOCATION_TEXT, LIMIT_LOCATION_PATH,
			 LIMIT_LOCATION_LIST, LIMIT_LOCATION);
	if (s->n_mismatched > 0)
		log_warn("agent %s: %zu objects ignored: their SHA-256 is "
			 "another", s->agent_id, s->n_mismatched);
}

/* "Prefer: wait=N" (RFC 7240 section 4.3) */
static int64_t wanted_hold(struct exchange *x)
{
	const char *h = evhttp_find_header(
		evhttp_request_get_input_headers(x->request), "Prefer");
	const char *at = h ? strstr(h, "wait=") : NULL;
	long n = at ? strtol(at + 5, NULL, 10) : 0;

	return n < 0 ? 0 : n > HOLD_MAX ? HOLD_MAX : n;
}

static void refuse(struct exchange *x, int r, const char *why)
{
	if (r == -EBADMSG)
		reply_problem(&x->reply, 400, "bad-request", why);
	else if (r == -EAGAIN || r == -ENOMEM)
		reply_later(&x->reply, "overloaded", "too much waits");
	else
		reply_problem(&x->reply, 413, "too-large",
			      "the request needs too much memory");
}

bool handle_too_often(struct exchange *x)
{
	int wait = share_enter(x->server->share, x->identity.agent_id,
			       clock_steady_ms());

	if (wait == 0)
		return false;
	reply_problem(&x->reply, 429, "too-often",
		      "this agent asks more often than it may");
	x->reply.retry_after = wait;
	exchange_finish(x);
	return true;
}

/* Of reports that would fill the disk. */
static bool is_too_much(struct exchange *x, struct sync_work *w)
{
	const char *id = x->identity.agent_id;
	int64_t bytes = (int64_t)x->len +
		(int64_t)w->sync.request->n_added * SHARE_ROW;
	bool first = false;
	int wait = share_bring(x->server->share, id, bytes, clock_steady_ms(),
			       &first);

	if (wait == 0) {
		w->brought = bytes;
		return false;
	}
	if (first)
		log_warn("agent %s: %lld bytes of its reports were stored "
			 "within a day: another of %zu is taken in %d s", id,
			 (long long)SHARE_DAY, x->len, wait);
	reply_problem(&x->reply, 429, "too-much",
		      "this agent sends more in a day than it may");
	x->reply.retry_after = wait;
	return true;
}

void handle_sync(struct exchange *x)
{
	struct sync_work *w = NULL;
	const char *why = NULL;
	int r = -ENOMEM;

	if (handle_too_often(x))
		return;
	w = calloc(1, sizeof(*w));
	if (w) {
		w->server = x->server;
		w->entered = true;
		arena_init(&w->arena, DECODE_MEMORY);
		w->sync.agent_id = x->identity.agent_id;
		w->sync.existing_pki = x->identity.existing_pki;
		w->sync.now = clock_now();
		x->hold = wanted_hold(x);
		r = decode_sync(x->body, x->len, &w->arena, &w->sync, &why);
		if (r == 0)
			r = hold(w);
	}
	if (r == 0 && is_too_much(x, w)) {
		free_work(w);
		exchange_finish(x);
		return;
	}
	if (r == 0) {
		tell_bad(&w->sync);
		handle_in_writer(x, run_sync, w, free_work);
		return;
	}
	refuse(x, r, why);
	if (w)
		free_work(w);
	else
		share_leave(x->server->share, x->identity.agent_id, 0);
	exchange_finish(x);
}
