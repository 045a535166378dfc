/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/ingest/apply.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/ingest/change.h"
#include "collector-stub/ingest/objects.h"
#include "collector-stub/order/audit.h"
#include "lib/encode.h"
#include "lib/limits.h"
#include "lib/outcome.h"

/* no full state is under way, or it failed */
#define NO_FULL (-1)

/* 1 where a row that should change did not: the two sides have drifted. */
static int apply_removed(struct store *s, const struct sync *in,
			 struct store_agent *a, struct change *c)
{
	const Cw__SyncRequest *m = in->request;
	size_t removed = 0;
	int r = 0;

	if (m->n_removed > 0)
		r = s->driver->location_remove(s, a->id, m->removed,
					       m->n_removed, change_removed,
					       c, &removed);
	return r < 0 ? r : removed != m->n_removed;
}

/* Facts that locations carry, in rows of their own. */
static int add_claims(struct store *s, const struct sync *in)
{
	struct store_object *claims = NULL;
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < in->request->n_added; i++)
		n += in->added[i].claim != NULL;
	if (n == 0)
		return 0;
	claims = calloc(n, sizeof(*claims));
	if (!claims)
		return -ENOMEM;
	n = 0;
	for (size_t i = 0; i < in->request->n_added; i++)
		if (in->added[i].claim)
			claims[n++] = *in->added[i].claim;
	r = s->driver->object_add(s, claims, n);
	free(claims);
	return r;
}

static int apply_added(struct store *s, const struct sync *in,
		       struct store_agent *a, struct change *c)
{
	const size_t n = in->request->n_added;
	size_t added = 0;
	int r = 0;

	if (n > 0)
		r = s->driver->location_add(s, a->id, a->pass, in->added, n,
					    &added);
	if (r == 0 && added == n)
		r = add_claims(s, in);
	if (r < 0 || added != n)
		return r < 0 ? r : 1;
	for (size_t i = 0; i < n; i++)
		change_added(c, &in->added[i]);
	return 0;
}

static bool is_digest(const struct set_digest *a, const struct set_digest *b)
{
	return memcmp(a->sum, b->sum, HASH_SIZE) == 0;
}

static void arrive(const struct sync *in, struct store_agent *a)
{
	a->epoch = (int64_t)in->request->epoch;
	a->generation = (int64_t)in->request->new_generation;
	a->digest = in->digest;
	a->pending = false;
	a->full_generation = NO_FULL;
}

static int apply_diff(struct store *s, const struct sync *in,
		      struct store_agent *a, struct change *c)
{
	int r = apply_removed(s, in, a, c);

	if (r == 0)
		r = apply_added(s, in, a, c);
	if (r == 0)
		arrive(in, a);
	return r;
}

/* The first full state of an agent that has no row yet, as a whole: nothing is
 * to be swept then, nor counted again. */
static bool is_first(const struct sync *in, const struct store_agent *a)
{
	return in->request->full && !in->request->more && !a->pending &&
		a->epoch == 0 && a->generation == 0 && a->pass == 0;
}

/* A full state may name a location twice. */
static bool is_repeated(const struct sync *in, size_t i)
{
	return in->request->full && i > 0 &&
		memcmp(in->added[i].hash, in->added[i - 1].hash,
		       HASH_SIZE) == 0;
}

/* What can be told before anything is written: a diff or a first state that
 * does not arrive at its digest. */
static bool may_fit(const struct sync *in, const struct store_agent *a)
{
	const Cw__SyncRequest *m = in->request;
	struct set_digest d = a->digest;

	if (m->full && !is_first(in, a))
		return true;
	for (size_t i = 0; !m->full && i < m->n_removed; i++)
		set_digest_sub(&d, m->removed[i].data);
	for (size_t i = 0; i < m->n_added; i++)
		if (!is_repeated(in, i))
			set_digest_add(&d, in->added[i].hash);
	return is_digest(&d, &in->digest);
}

static int apply_first(struct store *s, const struct sync *in,
		       struct store_agent *a, struct change *c)
{
	const size_t n = in->request->n_added;
	size_t different = 0, added = 0;
	int r = 0;

	for (size_t i = 0; i < n; i++)
		different += !is_repeated(in, i);
	a->pass = 1;
	if (n > 0)
		r = s->driver->location_add(s, a->id, a->pass, in->added, n,
					    &added);
	if (r == 0)
		r = add_claims(s, in);
	if (r < 0 || added != different)
		return r < 0 ? r : 1;
	arrive(in, a);
	return change_host(c, in->now, "joined");
}

/* What a full state changed is told by one event alone. */
static int apply_full(struct store *s, const struct sync *in,
		      struct store_agent *a, struct change *c)
{
	const Cw__SyncRequest *m = in->request;
	struct set_digest now = { .sum = { 0 } };
	bool first = a->epoch == 0 && a->generation == 0;
	int r = 0;

	if (!a->pending || a->full_epoch != (int64_t)m->epoch ||
	    a->full_generation != (int64_t)m->new_generation) {
		a->pending = true;
		a->full_epoch = (int64_t)m->epoch;
		a->full_generation = (int64_t)m->new_generation;
		a->pass++;
	}
	if (m->n_added > 0)
		r = s->driver->location_see(s, a->id, a->pass, in->added,
					    m->n_added);
	if (r == 0)
		r = add_claims(s, in);
	if (r < 0 || m->more)
		return r;
	r = s->driver->location_sweep(s, a->id, a->pass);
	if (r == 0)
		r = s->driver->location_digest(s, a->id, &now);
	if (r == 0 && !is_digest(&now, &in->digest))
		r = 1;
	if (r != 0)
		return r;
	arrive(in, a);
	return change_host(c, in->now, first ? "joined" : "resynced");
}

static int apply_part(struct store *s, const struct sync *in,
		      struct store_agent *a, struct change *c)
{
	int r = s->driver->savepoint(s), end = 0;

	if (r < 0)
		return r;
	if (!in->request->full)
		r = apply_diff(s, in, a, c);
	else if (is_first(in, a))
		r = apply_first(s, in, a, c);
	else
		r = apply_full(s, in, a, c);
	if (r < 0)
		return r;
	end = r == 0 ? s->driver->release(s) : s->driver->undo(s);
	return end < 0 ? end : r;
}

/* Applies all or nothing: 0, 1 for nothing, -errno. */
static int apply_change(struct store *s, const struct sync *in,
			struct store_agent *a, struct change *c)
{
	struct store_agent before = *a;
	int r = may_fit(in, a) ? apply_part(s, in, a, c) : 1;

	if (r < 0)
		return r;
	if (r == 0)
		return change_write(c, s, in);
	*a = before;
	if (in->request->full) {
		/* earlier parts are in the table: begin another pass */
		a->pending = true;
		a->full_generation = NO_FULL;
	}
	return 1;
}

/* What an agent tells of a command that was not made for it is passed over. */
static int add_result(struct store *s, const struct sync *in,
			const struct store_agent *a,
			const Cw__CommandResult *m)
{
	char hex[HASH_HEX] = "";
	bool added = false;
	int r = s->driver->result_add(s, a->id, in->now, m, &added);

	if (r < 0 || !added)
		return r;
	if (m->journal_hash.len == HASH_SIZE)
		encode_hex(m->journal_hash.data, HASH_SIZE, hex);
	return audit_event(s, in->now, "agent", "command-result",
			   (struct audit_field[]){
				   { "agent", a->id },
				   { "command", m->id },
				   { "outcome", outcome_word(m->outcome) },
				   { "journal", hex },
				   { NULL, NULL } });
}

/* What comes beside the locations. */
static int apply_rest(struct store *s, const struct sync *in,
		      const struct store_agent *a)
{
	const Cw__SyncRequest *m = in->request;
	int r = 0;

	if (in->n_objects > 0)
		r = objects_keep(s, in, a->id);
	for (size_t i = 0; r == 0 && i < m->n_results; i++)
		r = add_result(s, in, a, m->results[i]);
	if (r == 0 && m->coverage)
		r = change_coverage(s, in);
	if (r == 0 && m->coverage)
		r = s->driver->agent_coverage(s, a->id, m->coverage);
	if (r == 0 && m->host)
		r = s->driver->agent_host(s, a->id, in->hostname, m->host);
	return r;
}

static bool is_known(const struct sync *in, const struct store_agent *a)
{
	const Cw__SyncRequest *m = in->request;

	return !a->pending && a->epoch == (int64_t)m->epoch &&
		a->generation == (int64_t)m->new_generation &&
		is_digest(&a->digest, &in->digest);
}

static bool is_drifted(const struct sync *in, const struct store_agent *a)
{
	const Cw__SyncRequest *m = in->request;

	return a->pending || a->epoch != (int64_t)m->epoch ||
		a->generation != (int64_t)m->base_generation ||
		m->new_generation <= m->base_generation;
}

/* Both ends of the silence: the first may be there already. */
static int note_back(struct store *s, const char *id, int64_t last_seen,
		     int64_t now)
{
	const struct store_event e = {
		.number = now * STORE_EVENT_NUMBER + 1, .time = now,
		.event = "back", .about = "host", .place = "",
	};
	int64_t last = 0;
	int r = s->driver->events->last(s, id, &last);

	/* not where it was the collector that did not listen */
	if (r < 0 || last != (last_seen + STORE_SILENT) * STORE_EVENT_NUMBER)
		return r;
	return s->driver->events->add(s, id, &e, 1);
}

static int apply_new(struct store *s, const struct sync *in,
		     struct store_agent *a)
{
	struct change *c = change_new();
	int r = c ? apply_change(s, in, a, c) : -ENOMEM;

	change_free(c);
	return r;
}

static int apply(struct store *s, const struct sync *in, struct store_agent *a,
		 struct apply_result *res)
{
	int64_t before = a->last_seen;
	bool changed = false;
	int r = 0;

	a->last_seen = in->now;
	if (before > 0 && before + STORE_SILENT < in->now)
		r = note_back(s, a->id, before, in->now);
	if (r == 0 && !is_known(in, a)) {
		if (!in->request->full && is_drifted(in, a))
			r = 1;
		else
			r = apply_new(s, in, a);
		changed = r == 0;
	}
	if (r == 0)
		r = apply_rest(s, in, a);
	else if (r == 1)
		res->verdict = APPLY_RESYNC;
	if (r == 0)
		r = objects_need(s, in, a, changed, &res->need);
	res->generation = (uint64_t)a->generation;
	return r < 0 ? r : s->driver->agent_put(s, a);
}

/* Nothing but that the agent is there, and which state it has. */
static bool is_heartbeat(const struct sync *in)
{
	const Cw__SyncRequest *m = in->request;

	return m->n_added == 0 && m->n_removed == 0 && m->n_objects == 0 &&
		m->n_results == 0 && !m->coverage && !m->host;
}

/* By one statement, where there is nothing to look at: *ret_done. */
static int apply_heartbeat(struct store *s, const struct sync *in,
			   bool *ret_done)
{
	struct store_agent a = {
		.last_seen = in->now,
		.epoch = (int64_t)in->request->epoch,
		.generation = (int64_t)in->request->new_generation,
		.digest = in->digest,
	};

	if (!s->driver->agent_beat || !is_heartbeat(in))
		return 0;
	snprintf(a.id, sizeof(a.id), "%s", in->agent_id);
	return s->driver->agent_beat(s, &a, in->now - STORE_SILENT, ret_done);
}

int apply_sync(struct store *s, const struct sync *in,
	       struct apply_result *ret)
{
	struct apply_result res = { .verdict = APPLY_ACKNOWLEDGED,
		.generation = in->request->new_generation };
	struct store_agent a = { .id = "" };
	bool done = false;
	int r = apply_heartbeat(s, in, &done);

	if (r == 0 && !done)
		r = s->driver->agent_get(s, in->agent_id, &a);
	buf_init(&res.need, LIMIT_SYNC_NEED * HASH_SIZE);
	if (r == -ENOENT && in->existing_pki) {
		r = s->driver->agent_add(s, in->agent_id, in->now, 0);
		res.enrolled = r == 0;
		if (r == 0)
			r = s->driver->agent_get(s, in->agent_id, &a);
	}
	if (r == -ENOENT || (r == 0 && a.revoked)) {
		res.verdict = r == 0 ? APPLY_REVOKED : APPLY_UNKNOWN;
		r = 0;
	} else if (r == 0 && !done) {
		r = apply(s, in, &a, &res);
	}
	if (r == 0)
		*ret = res;
	else
		buf_free(&res.need);
	return r;
}
