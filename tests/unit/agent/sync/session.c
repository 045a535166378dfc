/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's side of the conversation against a collector in a few lines. */
#include "tests/unit/unit.h"

#include <errno.h>

#include "agent/sync/session.h"
#include "agent/sync/wire.h"
#include "lib/limits.h"
#include "lib/log.h"
#include "tests/unit/agent/sync/scratch.h"

#define MOST 30000

/* What a collector keeps of one agent. */
struct collector {
	uint64_t epoch, generation, full_generation;
	uint8_t hashes[MOST][HASH_SIZE];
	size_t count, objects, requests, parts, coverages, biggest;
	struct set_digest digest;
	bool pending, lack;
	uint8_t lacking[HASH_SIZE];
};

struct world {
	char *dir;
	Cw__HostFacts host;
	struct state state;
	struct session session;
	struct collector c;
};

static int begin(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	void *dir = NULL;

	if (scratch_make(&dir) < 0)
		return -1;
	log_level(LOG_LEVEL_ERROR);
	w->dir = dir;
	cw__host_facts__init(&w->host);
	w->host.hostname = (char *)(uintptr_t)"h";
	state_load(&w->state, w->dir);
	*state = w;
	return session_init(&w->session, &w->state, &w->host);
}

static int end(void **state)
{
	struct world *w = *state;
	void *dir = w->dir;
	int r;

	session_free(&w->session);
	state_free(&w->state);
	r = scratch_remove(&dir);
	free(w);
	return r;
}

static void restart(struct world *w)
{
	session_free(&w->session);
	state_free(&w->state);
	state_load(&w->state, w->dir);
	assert_int_equal(session_init(&w->session, &w->state, &w->host), 0);
}

/* Locations ${from} to ${to} of ${size} bytes, all with one object. */
static void scan(struct world *w, unsigned int from, unsigned int to,
		 size_t size, int64_t started)
{
	Cw__Coverage c = CW__COVERAGE__INIT;
	Cw__Object o = CW__OBJECT__INIT;
	struct snapshot_writer wr = {0};
	uint8_t der[3] = "abc", hash[HASH_SIZE];
	char path[4096];

	hash_sha256(der, 3, hash);
	o.sha256 = (ProtobufCBinaryData){HASH_SIZE, hash};
	o.der = (ProtobufCBinaryData){3, der};
	c.started = started;
	file_path(path, sizeof(path), w->dir, STATE_CURRENT);
	assert_int_equal(snapshot_begin(&wr, path), 0);
	for (unsigned int i = from; i < to; i++) {
		uint8_t *l = NULL;
		size_t len = scratch_location(i, size, &l);

		assert_int_equal(snapshot_add(&wr, l, len, &o), 0);
		free(l);
	}
	assert_int_equal(state_commit(&w->state, &wr, &c), 0);
	session_replaced(&w->session);
}

static size_t find(const struct collector *c, const uint8_t *hash)
{
	size_t i = 0;

	while (i < c->count && memcmp(c->hashes[i], hash, HASH_SIZE) != 0)
		i++;
	return i;
}

static void forget(struct collector *c, const uint8_t *hash)
{
	size_t i = find(c, hash);

	assert_true(i < c->count);
	set_digest_sub(&c->digest, hash);
	memmove(c->hashes[i], c->hashes[--c->count], HASH_SIZE);
}

static void keep(struct collector *c, const Cw__SyncRequest *m)
{
	for (size_t i = 0; i < m->n_removed; i++)
		forget(c, m->removed[i].data);
	for (size_t i = 0; i < m->n_added; i++) {
		assert_true(c->count < MOST);
		hash_sha256(m->added[i].data, m->added[i].len,
			    c->hashes[c->count]);
		set_digest_add(&c->digest, c->hashes[c->count++]);
	}
}

static bool fits(const struct collector *c, const Cw__SyncRequest *m)
{
	return !c->pending && c->epoch == m->epoch &&
	       c->generation == m->base_generation;
}

static void begin_full(struct collector *c, const Cw__SyncRequest *m)
{
	if (c->pending && c->full_generation == m->new_generation)
		return;
	c->count = 0;
	c->digest = (struct set_digest){{0}};
	c->pending = true;
	c->full_generation = m->new_generation;
}

static bool is_known(const struct collector *c, const Cw__SyncRequest *m)
{
	return !c->pending && c->epoch == m->epoch &&
	       c->generation == m->new_generation &&
	       memcmp(c->digest.sum, m->digest.data, HASH_SIZE) == 0;
}

static bool apply(struct collector *c, const Cw__SyncRequest *m)
{
	if (is_known(c, m))
		return true;
	if (m->full)
		begin_full(c, m);
	else if (!fits(c, m) || m->new_generation == m->base_generation)
		return false;
	keep(c, m);
	if (m->more)
		return true;
	if (memcmp(c->digest.sum, m->digest.data, HASH_SIZE) != 0)
		return false;
	c->epoch = m->epoch;
	c->generation = m->new_generation;
	c->pending = false;
	return true;
}

static void collect(struct collector *c, const struct buf *body,
		    struct buf *reply)
{
	Cw__SyncRequest *m = cw__sync_request__unpack(NULL, body->len,
						      body->data);

	assert_non_null(m);
	assert_true(body->len <= LIMIT_SYNC_BODY);
	assert_true(m->n_added + m->n_removed <= LIMIT_SYNC_LOCATIONS);
	c->requests++;
	c->parts += m->n_added + m->n_removed > 0;
	c->coverages += m->coverage != NULL;
	c->biggest = body->len > c->biggest ? body->len : c->biggest;
	buf_reset(reply);
	if (apply(c, m)) {
		wire_put_varint(reply, 1, CW__SYNC_REPLY__STATUS__ACKNOWLEDGED);
		for (size_t i = 0; i < m->n_objects; i++, c->objects++)
			c->lack = false;
		if (c->lack)
			wire_put_bytes(reply, 3, c->lacking, HASH_SIZE);
	} else {
		wire_put_varint(reply, 1, CW__SYNC_REPLY__STATUS__RESYNC);
	}
	wire_put_varint(reply, 2, c->generation);
	cw__sync_request__free_unpacked(m, NULL);
}

/* Speaks until nothing is left, or for at most ${turns} requests, the last of
 * which is answered only where ${answered}. */
static int speak(struct world *w, int turns, bool answered)
{
	const char *why = NULL;
	struct buf body, reply;
	int64_t heartbeat = 0;
	int r = session_begin(&w->session);

	buf_init(&body, LIMIT_SYNC_BODY);
	buf_init(&reply, LIMIT_REPLY);
	while (r >= 0 && turns-- > 0 &&
	       (r = session_request(&w->session, &body)) > 0) {
		collect(&w->c, &body, &reply);
		if (turns > 0 || answered)
			r = session_reply(&w->session, reply.data, reply.len,
					  &heartbeat, &why);
	}
	session_end(&w->session);
	buf_free(&body);
	buf_free(&reply);
	return r;
}

static void check(struct world *w)
{
	uint64_t added = 0, removed = 0;

	assert_int_equal(w->c.count, w->state.current.locations);
	assert_memory_equal(w->c.digest.sum, w->state.current.digest,
			    HASH_SIZE);
	assert_false(w->c.pending);
	session_pending(&w->session, &added, &removed);
	assert_int_equal(added + removed, 0);
}

static void without_a_scan_there_is_nothing_to_say(void **state)
{
	struct world *w = *state;

	assert_int_equal(session_begin(&w->session), 0);
}

static void first_everything_then_differences_then_heartbeats(void **state)
{
	struct world *w = *state;

	scan(w, 0, 100, 10, 1);
	assert_int_equal(speak(w, 99, true), 0);
	check(w);
	assert_int_equal(w->c.requests, 1);
	assert_int_equal(w->c.coverages, 1);
	scan(w, 10, 110, 10, 2);
	assert_int_equal(speak(w, 99, true), 0);
	check(w);
	assert_int_equal(w->c.requests, 2);
	w->c.biggest = 0;
	assert_int_equal(speak(w, 99, true), 0);
	assert_int_equal(w->c.requests, 3);
	assert_true(w->c.biggest < 80);
	assert_int_equal(w->c.coverages, 2);
	restart(w);
	assert_int_equal(speak(w, 99, true), 0);
	assert_int_equal(w->c.requests, 4);
	assert_int_equal(w->c.coverages, 2);
}

static void many_locations_go_in_parts_by_count_and_by_size(void **state)
{
	struct world *w = *state;

	scan(w, 0, 12000, 10, 1);
	assert_int_equal(speak(w, 99, true), 0);
	check(w);
	assert_int_equal(w->c.parts, 3);
	scan(w, 6000, 18000, 10, 2);
	assert_int_equal(speak(w, 99, true), 0);
	check(w);
	assert_int_equal(w->c.parts, 6);
	assert_int_equal(w->c.generation, w->state.current.generation);
	scan(w, 0, 40, 900000, 3);
	assert_int_equal(speak(w, 999, true), 0);
	check(w);
}

static void a_part_that_was_acknowledged_is_not_sent_again(void **state)
{
	struct world *w = *state;

	scan(w, 0, 10, 10, 1);
	assert_int_equal(speak(w, 99, true), 0);
	scan(w, 0, 12000, 10, 2);
	w->c.requests = 0;
	speak(w, 2, true);
	restart(w);
	assert_int_equal(speak(w, 99, true), 0);
	assert_int_equal(w->c.requests, 3);
	check(w);
}

static void a_lost_answer_costs_nothing_but_the_same_again(void **state)
{
	struct world *w = *state;

	scan(w, 0, 10, 10, 1);
	assert_int_equal(speak(w, 99, true), 0);
	scan(w, 5, 15, 10, 2);
	speak(w, 1, false);
	restart(w);
	w->c.requests = 0;
	assert_int_equal(speak(w, 99, true), 0);
	assert_int_equal(w->c.requests, 1);
	check(w);
}

static void a_lost_answer_and_a_newer_scan_heal_by_resync(void **state)
{
	struct world *w = *state;

	scan(w, 0, 10, 10, 1);
	assert_int_equal(speak(w, 99, true), 0);
	scan(w, 5, 15, 10, 2);
	speak(w, 1, false);
	restart(w);
	scan(w, 7, 17, 10, 3);
	assert_int_equal(speak(w, 99, true), 0);
	check(w);
}

static void an_older_copy_of_the_database_heals_by_resync(void **state)
{
	struct world *w = *state;
	struct collector *old = malloc(sizeof(*old));

	scan(w, 0, 10, 10, 1);
	assert_int_equal(speak(w, 99, true), 0);
	memcpy(old, &w->c, sizeof(*old));
	scan(w, 5, 12000, 10, 2);
	assert_int_equal(speak(w, 99, true), 0);
	memcpy(&w->c, old, sizeof(*old));
	assert_int_equal(speak(w, 99, true), 0);
	check(w);
	free(old);
}

static void a_full_sync_that_was_cut_off_begins_anew(void **state)
{
	struct world *w = *state;

	scan(w, 0, 12000, 10, 1);
	speak(w, 2, true);
	scan(w, 100, 12100, 10, 2);
	restart(w);
	assert_int_equal(speak(w, 99, true), 0);
	check(w);
}

static void a_collector_that_never_takes_it_is_given_up(void **state)
{
	static const uint8_t resync[] = {8, 2};
	struct world *w = *state;
	const char *why = NULL;
	int64_t heartbeat = 0;
	struct buf body;

	buf_init(&body, LIMIT_SYNC_BODY);
	scan(w, 0, 10, 10, 1);
	assert_int_equal(session_begin(&w->session), 1);
	assert_int_equal(session_request(&w->session, &body), 1);
	assert_int_equal(session_reply(&w->session, resync, 2, &heartbeat,
				       &why), 0);
	assert_int_equal(session_request(&w->session, &body), 1);
	assert_int_equal(session_reply(&w->session, resync, 2, &heartbeat,
				       &why), -ESTALE);
	buf_free(&body);
}

static void objects_go_when_they_are_asked_for_and_once(void **state)
{
	struct world *w = *state;

	hash_sha256("abc", 3, w->c.lacking);
	w->c.lack = true;
	scan(w, 0, 10, 10, 1);
	assert_int_equal(speak(w, 99, true), 0);
	assert_int_equal(w->c.objects, 1);
	assert_int_equal(w->c.requests, 2);
	hash_sha256("xyz", 3, w->c.lacking);	/* we have no such object */
	w->c.lack = true;
	assert_int_equal(speak(w, 99, true), 0);
	assert_int_equal(w->c.objects, 1);
	assert_int_equal(w->c.requests, 3);
}

static void broken_state_files_are_told_and_survived(void **state)
{
	struct world *w = *state;
	uint64_t before;
	void *dir = w->dir;

	scan(w, 0, 10, 10, 1);
	assert_int_equal(speak(w, 99, true), 0);
	before = w->state.current.epoch;
	log_level(LOG_LEVEL_ERROR);
	assert_int_equal(file_replace(scratch_path(&dir, STATE_ACKNOWLEDGED),
				      0600, "garbage", 7), 0);
	restart(w);
	assert_int_equal(speak(w, 99, true), 0);
	check(w);
	assert_int_equal(file_replace(scratch_path(&dir, STATE_CURRENT), 0600,
				      "garbage", 7), 0);
	restart(w);
	assert_int_equal(session_begin(&w->session), 0);
	scan(w, 3, 13, 10, 2);
	assert_true(w->state.current.epoch == before);
	assert_true(w->state.current.generation > w->c.generation);
	assert_int_equal(speak(w, 99, true), 0);
	check(w);
}

static void the_same_content_keeps_its_generation(void **state)
{
	struct world *w = *state;
	uint64_t generation;

	scan(w, 0, 10, 10, 1);
	generation = w->state.current.generation;
	scan(w, 0, 10, 10, 2);
	assert_true(w->state.current.generation == generation);
	scan(w, 0, 11, 10, 3);
	assert_true(w->state.current.generation > generation);
}

static void a_scan_amid_a_conversation_is_taken_up(void **state)
{
	struct world *w = *state;
	const char *why = NULL;
	struct buf body, reply;
	int64_t heartbeat = 0;
	int n = 0;

	buf_init(&body, LIMIT_SYNC_BODY);
	buf_init(&reply, LIMIT_REPLY);
	scan(w, 0, 12000, 10, 1);
	assert_int_equal(session_begin(&w->session), 1);
	while (session_request(&w->session, &body) > 0) {
		if (n++ == 1)
			scan(w, 5, 6000, 10, 2);
		collect(&w->c, &body, &reply);
		assert_int_equal(session_reply(&w->session, reply.data,
					       reply.len, &heartbeat, &why),
				 0);
	}
	session_end(&w->session);
	check(w);
	buf_free(&body);
	buf_free(&reply);
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(without_a_scan_there_is_nothing_to_say),
		T(first_everything_then_differences_then_heartbeats),
		T(many_locations_go_in_parts_by_count_and_by_size),
		T(a_part_that_was_acknowledged_is_not_sent_again),
		T(a_lost_answer_costs_nothing_but_the_same_again),
		T(a_lost_answer_and_a_newer_scan_heal_by_resync),
		T(an_older_copy_of_the_database_heals_by_resync),
		T(a_full_sync_that_was_cut_off_begins_anew),
		T(a_collector_that_never_takes_it_is_given_up),
		T(objects_go_when_they_are_asked_for_and_once),
		T(broken_state_files_are_told_and_survived),
		T(the_same_content_keeps_its_generation),
		T(a_scan_amid_a_conversation_is_taken_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
