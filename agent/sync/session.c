/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sync/session.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/sync/wire.h"
#include "lib/limits.h"
#include "lib/message.h"

/* Numbers of the fields of cw.SyncRequest. */
enum { EPOCH = 1, BASE, NEW, ADDED, REMOVED, DIGEST, OBJECTS, COVERAGE,
	RESULTS, FULL, MORE, HOST };

/* bytes of a body for all but lists, coverage and host facts */
#define FIXED_FIELDS 128

/* commands of one reply that are passed on; the others come again */
#define COMMANDS_MAX 16

/* a generation beyond this from a reply is not taken up: it could wrap */
#define GENERATION_MAX (UINT64_MAX / 2)

int session_init(struct session *s, struct state *state,
		 const Cw__HostFacts *host)
{
	int r;

	*s = (struct session){.state = state};
	buf_init(&s->host, KIB(64));
	r = message_pack(&s->host, &host->base);
	if (r < 0)
		return r;
	hash_sha256(s->host.data, s->host.len, s->host_sha256);
	return 0;
}

void session_free(struct session *s)
{
	session_end(s);
	for (size_t i = 0; i < s->results_count; i++)
		free(s->results[i].data);
	free(s->results);
	buf_free(&s->host);
}

/* ------------------------------------------------------------- results */

/* False where there is none of that id. */
static bool drop_result(struct session *s, const char *id)
{
	for (size_t i = 0; i < s->results_count; i++) {
		struct session_result *r = &s->results[i];

		if (strcmp(r->id, id) != 0)
			continue;
		s->results_bytes -= r->len + WIRE_HEADER;
		free(r->data);
		*r = s->results[--s->results_count];
		return true;
	}
	return false;
}

int session_result(struct session *s, const uint8_t *data, size_t len)
{
	Cw__CommandResult *m = cw__command_result__unpack(NULL, len, data);
	struct session_result one = {.len = len};
	struct session_result *more;
	bool good = m && *m->id && strlen(m->id) < sizeof(one.id);

	if (good) {
		memcpy(one.id, m->id, strlen(m->id) + 1);
		drop_result(s, one.id);
	}
	if (m)
		cw__command_result__free_unpacked(m, NULL);
	if (!good)
		return -EBADMSG;
	if (s->results_bytes + len + WIRE_HEADER > SESSION_RESULTS)
		return -ENOBUFS;
	more = realloc(s->results,
		       (s->results_count + 1) * sizeof(*s->results));
	if (!more)
		return -ENOMEM;
	s->results = more;
	one.data = malloc(len + 1);
	if (!one.data)
		return -ENOMEM;
	memcpy(one.data, data, len);
	s->results[s->results_count++] = one;
	s->results_bytes += len + WIRE_HEADER;
	return 0;
}

bool session_has_result(const struct session *s)
{
	for (size_t i = 0; i < s->results_count; i++) {
		if (!s->results[i].sent)
			return true;
	}
	return false;
}

/* ---------------------------------------------------------- difference */

static void drop_difference(struct session *s)
{
	free(s->added);
	free(s->removed);
	s->added = NULL;
	s->removed = NULL;
	s->added_count = s->added_at = 0;
	s->removed_count = s->removed_at = 0;
}

static int find_added(struct session *s, bool *seen)
{
	const struct acked *a = &s->state->acked;
	struct snapshot_span span = {0};
	uint8_t hash[HASH_SIZE];
	size_t at = 0;

	s->added = calloc(s->map.locations + 1, sizeof(*s->added));
	if (!s->added)
		return -ENOMEM;
	while (snapshot_location(&s->map, &at, &span)) {
		ssize_t i;

		hash_sha256(span.data, span.len, hash);
		i = acked_index(a, hash);
		if (i >= 0)
			seen[i] = true;
		else
			s->added[s->added_count++] = span;
	}
	return 0;
}

static int find_removed(struct session *s, const bool *seen)
{
	const struct acked *a = &s->state->acked;

	for (size_t i = 0; i < a->count; i++)
		s->removed_count += !seen[i];
	s->removed = malloc(s->removed_count * HASH_SIZE + 1);
	if (!s->removed)
		return -ENOMEM;
	for (size_t i = 0, n = 0; i < a->count; i++) {
		if (!seen[i])
			memcpy(s->removed + n++ * HASH_SIZE,
			       a->hashes + i * HASH_SIZE, HASH_SIZE);
	}
	return 0;
}

static int find_difference(struct session *s)
{
	bool *seen;
	int r;

	drop_difference(s);
	seen = calloc(s->state->acked.count + 1, sizeof(*seen));
	if (!seen)
		return -ENOMEM;
	r = find_added(s, seen);
	if (r == 0)
		r = find_removed(s, seen);
	free(seen);
	return r;
}

static int map(struct session *s)
{
	return s->map.data ? 0 : state_map(s->state, &s->map);
}

static bool is_difference(const struct state *s)
{
	return memcmp(s->acked.digest.sum, s->current.digest, HASH_SIZE) != 0;
}

/* In memory the acknowledged state starts again from nothing; the file stays
 * until the last part is through. */
static int begin_full(struct session *s)
{
	struct state *st = s->state;
	int r = map(s);

	if (r < 0)
		return r;
	if (st->acked.epoch == st->current.epoch &&
	    st->acked.generation > s->last)
		s->last = st->acked.generation;
	if (st->current.generation > s->last)
		s->last = st->current.generation;
	acked_free(&st->acked);
	st->acked.epoch = st->current.epoch;
	st->hashes_loaded = true;
	st->acked_unsaved = false;
	s->last++;
	s->full = s->full_wanted = true;
	return find_difference(s);
}

static int begin(struct session *s)
{
	struct state *st = s->state;
	int r;

	if (!st->has_acked || st->acked.epoch != st->current.epoch ||
	    s->full_wanted)
		return begin_full(s);
	if (!is_difference(st))
		return 0;
	r = map(s);
	if (r < 0)
		return r;
	state_load_acked(st);
	return st->has_acked ? find_difference(s) : begin_full(s);
}

int session_begin(struct session *s)
{
	int r;

	session_end(s);
	if (!s->state->current.usable)
		return 0;
	s->active = true;
	if (s->state->acked_unsaved)
		state_store_acked(s->state);
	r = begin(s);
	if (r < 0)
		session_end(s);
	return r < 0 ? r : 1;
}

void session_end(struct session *s)
{
	bool half = s->active && s->full;

	drop_difference(s);
	hashset_free(&s->need);
	snapshot_close(&s->map);
	free(s->sent.hashes);
	memset(&s->sent, 0, sizeof(s->sent));
	s->active = s->full = s->resynced = s->said = s->stale = false;
	s->object_at = 0;
	s->need_left = 0;
	if (half) {
		s->state->hashes_loaded = false;
		state_load_acked(s->state);
	}
	state_drop_hashes(s->state);
}

void session_replaced(struct session *s)
{
	s->stale = s->active;
}

void session_pending(struct session *s, uint64_t *ret_added,
		     uint64_t *ret_removed)
{
	struct state *st = s->state;
	uint64_t added = 0, removed = 0;

	if (s->active) {
		added = s->added_count - s->added_at;
		removed = s->removed_count - s->removed_at;
	} else if (st->current.usable && !st->has_acked) {
		added = st->current.locations;
	} else if (st->current.usable && is_difference(st) && map(s) == 0) {
		state_load_acked(st);
		if (find_difference(s) == 0) {
			added = s->added_count;
			removed = s->removed_count;
		}
		session_end(s);
	}
	*ret_added = added;
	*ret_removed = removed;
}

/* ------------------------------------------------------------ requests */

static bool is_more(const struct session *s)
{
	return s->added_at + s->sent.added < s->added_count ||
	       s->removed_at + s->sent.removed < s->removed_count;
}

static void put_removed(struct session *s, struct buf *body)
{
	while (s->removed_at + s->sent.removed < s->removed_count &&
	       s->sent.removed < LIMIT_SYNC_LOCATIONS) {
		wire_put_bytes(body, REMOVED,
			       s->removed + (s->removed_at + s->sent.removed) *
						    HASH_SIZE,
			       HASH_SIZE);
		s->sent.removed++;
	}
}

static int put_added(struct session *s, struct buf *body, size_t room)
{
	size_t most = LIMIT_SYNC_LOCATIONS - s->sent.removed;
	size_t left = s->added_count - s->added_at;

	most = most < left ? most : left;
	s->sent.hashes = malloc(most * HASH_SIZE + 1);
	if (!s->sent.hashes)
		return -ENOMEM;
	for (; s->sent.added < most; s->sent.added++) {
		const struct snapshot_span *l =
			&s->added[s->added_at + s->sent.added];

		if (body->len + l->len + WIRE_HEADER > room)
			break;
		wire_put_bytes(body, ADDED, l->data, l->len);
		hash_sha256(l->data, l->len,
			    s->sent.hashes + s->sent.added * HASH_SIZE);
	}
	return 0;
}

static void put_digest(const struct session *s, struct buf *body)
{
	struct set_digest d = s->state->acked.digest;

	if (s->full) {
		wire_put_bytes(body, DIGEST, s->map.digest, HASH_SIZE);
		return;
	}
	for (size_t i = 0; i < s->sent.removed; i++)
		set_digest_sub(&d, s->removed +
					   (s->removed_at + i) * HASH_SIZE);
	for (size_t i = 0; i < s->sent.added; i++)
		set_digest_add(&d, s->sent.hashes + i * HASH_SIZE);
	wire_put_bytes(body, DIGEST, d.sum, HASH_SIZE);
}

/* Room in a body beside what the last part carries along. */
static size_t room_for_lists(const struct session *s)
{
	return LIMIT_SYNC_BODY - FIXED_FIELDS - s->map.coverage.len -
	       s->host.len - 2 * WIRE_HEADER - s->results_bytes;
}

static uint64_t part_generation(const struct session *s)
{
	const struct state *st = s->state;
	uint64_t base = st->acked.generation, to = st->current.generation;
	uint64_t from = to - STATE_ROOM / 2;

	if (s->full)
		return s->last;
	if (s->sent.last && to > base)
		return to;
	return (to > STATE_ROOM / 2 && from > base ? from : base) + 1;
}

static bool is_coverage_new(const struct session *s)
{
	const struct state *st = s->state;

	return st->current.started != 0 &&
	       st->current.started != st->acked.coverage_started;
}

static void put_news(struct session *s, struct buf *body)
{
	if (is_coverage_new(s) && map(s) == 0 && s->map.coverage.data) {
		wire_put_bytes(body, COVERAGE, s->map.coverage.data,
			       s->map.coverage.len);
		s->sent.started = s->map.started;
	}
	if (memcmp(s->host_sha256, s->state->acked.host, HASH_SIZE) != 0) {
		wire_put_bytes(body, HOST, s->host.data, s->host.len);
		s->sent.host = true;
	}
	for (size_t i = 0; i < s->results_count; i++) {
		wire_put_bytes(body, RESULTS, s->results[i].data,
			       s->results[i].len);
		s->results[i].sent = true;
	}
}

static void put_numbers(struct session *s, struct buf *body,
			uint64_t generation)
{
	const struct state *st = s->state;

	wire_put_fixed64(body, EPOCH, st->current.epoch);
	if (st->acked.generation && !s->full)
		wire_put_varint(body, BASE, st->acked.generation);
	wire_put_varint(body, NEW, generation);
	s->sent.generation = generation;
}

static int build_part(struct session *s, struct buf *body)
{
	int r;

	s->sent.kind = SESSION_PART;
	put_removed(s, body);
	r = put_added(s, body, room_for_lists(s));
	if (r < 0)
		return r;
	s->sent.last = !is_more(s);
	put_numbers(s, body, part_generation(s));
	put_digest(s, body);
	if (s->full)
		wire_put_varint(body, FULL, 1);
	if (s->full && !s->sent.last)
		wire_put_varint(body, MORE, 1);
	if (s->sent.last)
		put_news(s, body);
	return 0;
}

/* The objects that are asked for and not yet sent, as many as fit. */
static size_t put_objects(struct session *s, struct buf *body)
{
	struct snapshot_span o = {0};
	uint8_t hash[HASH_SIZE];
	size_t n = 0, at = s->object_at;

	for (; snapshot_object(&s->map, &at, &o); s->object_at = at) {
		if (body->len + o.len + WIRE_HEADER + FIXED_FIELDS >
		    LIMIT_SYNC_BODY)
			break;
		if (snapshot_object_hash(&o, hash) < 0 ||
		    !hashset_mark(&s->need, hash) ||
		    !snapshot_object_is_whole(&o))
			continue;
		wire_put_bytes(body, OBJECTS, o.data, o.len);
		n++;
	}
	return n;
}

static int build_objects(struct session *s, struct buf *body)
{
	int r = map(s);

	if (r < 0)
		return r;
	if (put_objects(s, body) == 0) {
		s->need_left = 0;
		return 0;
	}
	s->sent.kind = SESSION_OBJECTS;
	put_numbers(s, body, s->state->acked.generation);
	put_digest(s, body);
	return 1;
}

static void build_word(struct session *s, struct buf *body)
{
	s->sent.kind = SESSION_WORD;
	put_numbers(s, body, s->state->acked.generation);
	put_digest(s, body);
	put_news(s, body);
}

static bool is_part_due(const struct session *s)
{
	return s->added_at < s->added_count ||
	       s->removed_at < s->removed_count || (s->full && !s->said);
}

int session_request(struct session *s, struct buf *body)
{
	int r = s->stale ? session_begin(s) : 1;

	if (r <= 0)
		return r;
	assert(s->active);
	r = 0;
	buf_reset(body);
	free(s->sent.hashes);
	memset(&s->sent, 0, sizeof(s->sent));
	if (is_part_due(s)) {
		r = build_part(s, body);
		r = r < 0 ? r : 1;
	} else if (s->need_left > 0) {
		r = build_objects(s, body);
	}
	if (r == 0 && !s->said) {
		build_word(s, body);
		r = 1;
	}
	return r < 0 ? r : body->failed ? -ENOMEM : r;
}

bool session_is_word(const struct session *s)
{
	return s->active && s->sent.kind == SESSION_WORD;
}

/* ------------------------------------------------------------- replies */

static int take_part(struct session *s)
{
	struct state *st = s->state;
	int r = acked_apply(&st->acked, s->removed + s->removed_at * HASH_SIZE,
			    s->sent.removed, s->sent.hashes, s->sent.added);

	if (r < 0)
		return r;
	s->removed_at += s->sent.removed;
	s->added_at += s->sent.added;
	st->acked.generation = s->sent.generation;
	return 0;
}

/* Coverage and host facts are remembered beside the hashes, in one file. */
static void take_news(struct session *s)
{
	struct state *st = s->state;

	if (s->sent.kind == SESSION_WORD && !s->sent.started && !s->sent.host)
		return;
	state_load_acked(st);
	if (s->sent.started)
		st->acked.coverage_started = s->sent.started;
	if (s->sent.host)
		memcpy(st->acked.host, s->host_sha256, HASH_SIZE);
	if (s->sent.kind == SESSION_PART)
		st->has_acked = true;
	if (st->has_acked)
		state_store_acked(st);
}

static int take_acknowledged(struct session *s, const Cw__SyncReply *m,
			     const char **ret_why)
{
	bool half = s->full && !s->sent.last;
	int r = 0;

	if (!half && m->generation != s->sent.generation) {
		*ret_why = "acknowledges a generation that was not sent";
		return -EBADMSG;
	}
	if (s->sent.kind == SESSION_PART)
		r = take_part(s);
	if (r < 0)
		return r;
	s->said = true;
	if (s->sent.kind == SESSION_OBJECTS || half)
		return 0;
	take_news(s);
	if (s->sent.kind == SESSION_PART)
		s->full = s->full_wanted = false;
	return 0;
}

static int take_need(struct session *s, const Cw__SyncReply *m)
{
	for (size_t i = 0; i < m->n_need && i < LIMIT_SYNC_NEED; i++) {
		int r;

		if (m->need[i].len != HASH_SIZE)
			continue;
		r = hashset_add(&s->need, m->need[i].data);
		if (r < 0)
			return r;
		s->need_left += (size_t)r;
		if (r > 0)
			s->object_at = 0;
	}
	return 0;
}

static int take_resync(struct session *s, const Cw__SyncReply *m)
{
	if (m->generation < GENERATION_MAX && m->generation > s->last)
		s->last = m->generation;
	s->full_wanted = true;
	if (s->stale)
		return 0;
	if (s->resynced)
		return -ESTALE;
	s->resynced = true;
	s->said = false;
	hashset_free(&s->need);
	s->need_left = 0;
	return begin_full(s);
}

static void take_commands(struct session *s, const Cw__SyncReply *m)
{
	const struct session_hooks *h = s->hooks;
	size_t n = 0;

	for (size_t i = 0; h && h->command && i < m->n_commands &&
	     i < COMMANDS_MAX; i++)
		h->command(h->arg, m->commands[i]);
	for (size_t i = 0; i < m->n_results_kept; i++) {
		char *id = m->results_kept[i];

		if (!drop_result(s, id))
			continue;
		m->results_kept[i] = m->results_kept[n];
		m->results_kept[n++] = id;
	}
	if (h && h->kept && n > 0)
		h->kept(h->arg, m->results_kept, n);
}

int session_reply(struct session *s, const uint8_t *data, size_t len,
		  int64_t *ret_heartbeat, const char **ret_why)
{
	Cw__SyncReply *m = cw__sync_reply__unpack(NULL, len, data);
	int r = -EBADMSG;

	if (!m) {
		*ret_why = "not a SyncReply";
		return -EBADMSG;
	}
	if (m->status == CW__SYNC_REPLY__STATUS__ACKNOWLEDGED)
		r = take_acknowledged(s, m, ret_why);
	else if (m->status == CW__SYNC_REPLY__STATUS__RESYNC)
		r = take_resync(s, m);
	else
		*ret_why = "unknown status";
	if (r == 0)
		r = take_need(s, m);
	if (r == 0) {
		take_commands(s, m);
		*ret_heartbeat = m->heartbeat_seconds;
	}
	cw__sync_reply__free_unpacked(m, NULL);
	return r;
}
