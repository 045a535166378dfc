/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of a sync, each branch, over the decoded request. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/ingest/apply.h"
#include "lib/limits.h"
#include "tests/unit/collector-stub/store_case.h"


static int open_store(void **state)
{
	return store_case_open(state) < 0 || d->agent_add(s, "a", 1, 1) < 0;
}

/* A SubjectPublicKeyInfo: Ed25519, RFC 8410 section 4. */
static const uint8_t spki[] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65,
	0x70, 0x03, 0x21, 0x00, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
	32 };

/* What a request says; locations are numbers, ended by 0. */
struct say {
	const char *agent;		/* NULL: "a" */
	bool pki;
	uint64_t epoch, base, new;
	int add[8], remove[8], have[8];
	bool full, more;
	bool bad_digest;
	Cw__Object *object;
	Cw__CommandResult *result;
	Cw__Coverage *coverage;
	Cw__HostFacts *host;
};

/* All its fields have their defaults, so it is no bytes at all. */
#define EMPTY 99

static ProtobufCBinaryData location(int n)
{
	Cw__Location l = CW__LOCATION__INIT;
	uint8_t hash[HASH_SIZE];
	ProtobufCBinaryData ret;
	char entry[16];

	if (n == EMPTY)
		return (ProtobufCBinaryData){ 0, malloc(HASH_SIZE) };
	snprintf(entry, sizeof(entry), "%d", n);
	l.kind = CW__KIND__KIND_PRIVATE_KEY;
	l.entry = entry;
	/* numbers above 100 name the object, above 200 the broken one */
	if (n > 100) {
		hash_sha256(spki, sizeof(spki) - (n > 200), hash);
		l.object.data = hash;
		l.object.len = HASH_SIZE;
	}
	ret.len = cw__location__get_packed_size(&l);
	ret.data = malloc(ret.len);
	cw__location__pack(&l, ret.data);
	return ret;
}

static size_t locations(const int *numbers, ProtobufCBinaryData *ret)
{
	size_t n = 0;

	for (; numbers[n]; n++)
		ret[n] = location(numbers[n]);
	return n;
}

static void hash_all(ProtobufCBinaryData *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t hash[HASH_SIZE];

		hash_sha256(list[i].data, list[i].len, hash);
		list[i].data = realloc(list[i].data, HASH_SIZE);
		memcpy(list[i].data, hash, HASH_SIZE);
		list[i].len = HASH_SIZE;
	}
}

static void free_all(ProtobufCBinaryData *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i].data);
}

static struct buf pack(const struct say *w)
{
	ProtobufCBinaryData add[8], remove[8], have[8];
	Cw__SyncRequest m = CW__SYNC_REQUEST__INIT;
	struct set_digest digest = { .sum = { 0 } };
	size_t n_have = locations(w->have, have);
	struct buf b;

	m.n_added = locations(w->add, add);
	m.added = add;
	m.n_removed = locations(w->remove, remove);
	m.removed = remove;
	hash_all(remove, m.n_removed);
	hash_all(have, n_have);
	for (size_t i = 0; i < n_have; i++)
		set_digest_add(&digest, have[i].data);
	digest.sum[31] ^= w->bad_digest;
	m.digest.data = digest.sum;
	m.digest.len = HASH_SIZE;
	m.epoch = w->epoch;
	m.base_generation = w->base;
	m.new_generation = w->new;
	m.full = w->full;
	m.more = w->more;
	m.objects = (Cw__Object **)&w->object;
	m.n_objects = w->object != NULL;
	m.results = (Cw__CommandResult **)&w->result;
	m.n_results = w->result != NULL;
	m.coverage = w->coverage;
	m.host = w->host;
	buf_init(&b, MIB(4));
	buf_reserve(&b, cw__sync_request__get_packed_size(&m));
	b.len = cw__sync_request__pack(&m, b.data);
	free_all(add, m.n_added);
	free_all(remove, m.n_removed);
	free_all(have, n_have);
	return b;
}

static struct apply_result last;	/* its ${need} is freed already */
static size_t last_need;

static enum apply_verdict sync(struct say w)
{
	struct buf b = pack(&w);
	struct sync in = { .agent_id = w.agent ? w.agent : "a",
		.existing_pki = w.pki, .now = 1000 };
	const char *why = NULL;
	struct arena a;

	arena_init(&a, DECODE_MEMORY);
	assert_int_equal(decode_sync(b.data, b.len, &a, &in, &why), 0);
	assert_int_equal(apply_sync(s, &in, &last), 0);
	last_need = last.need.len / HASH_SIZE;
	buf_free(&last.need);
	arena_free(&a);
	buf_free(&b);
	return last.verdict;
}

#define acknowledged(...) \
	assert_int_equal(sync((struct say){ __VA_ARGS__ }), APPLY_ACKNOWLEDGED)
#define resync(...) \
	assert_int_equal(sync((struct say){ __VA_ARGS__ }), APPLY_RESYNC)

static struct store_agent row(void)
{
	struct store_agent a;

	assert_int_equal(d->agent_get(s, "a", &a), 0);
	return a;
}

/* The store's own locations have the digest of the row. */
static void assert_sound(void)
{
	struct store_agent a = row();
	struct set_digest digest;

	assert_int_equal(d->location_digest(s, "a", &digest), 0);
	assert_memory_equal(digest.sum, a.digest.sum, HASH_SIZE);
}

static void begin_with(uint64_t generation)
{
	acknowledged(.epoch = 7, .new = generation, .full = true,
		     .add = { 1, 2, 3 }, .have = { 1, 2, 3 });
	assert_sound();
}

static void a_fresh_agent_is_asked_for_everything(void **state)
{
	(void)state;
	resync(.epoch = 7, .base = 0, .new = 1, .add = { 1 }, .have = { 1 });
	resync(.epoch = 7, .base = 0, .new = 0);
	assert_int_equal(last.generation, 0);
	assert_int_equal(row().last_seen, 1000);
	begin_with(1);
	assert_int_equal(last.generation, 1);
}

static void a_heartbeat_changes_nothing(void **state)
{
	(void)state;
	begin_with(4);
	acknowledged(.epoch = 7, .base = 4, .new = 4, .have = { 1, 2, 3 });
	assert_int_equal(last.generation, 4);
	assert_sound();
}

static void a_heartbeat_of_another_state_is_a_resync(void **state)
{
	(void)state;
	begin_with(4);
	resync(.epoch = 8, .base = 4, .new = 4, .have = { 1, 2, 3 });
	resync(.epoch = 7, .base = 3, .new = 3, .have = { 1, 2, 3 });
	resync(.epoch = 7, .base = 5, .new = 5, .have = { 1, 2, 3 });
	resync(.epoch = 7, .base = 4, .new = 4, .have = { 1, 2 });
	resync(.epoch = 7, .base = 4, .new = 4, .add = { 5 },
	       .have = { 1, 2, 3, 5 });
	resync(.epoch = 7, .base = 4, .new = 3, .add = { 5 },
	       .have = { 1, 2, 3, 5 });
	assert_int_equal(last.generation, 4);
	assert_sound();
}

static void a_diff_is_applied_once(void **state)
{
	struct say w = { .epoch = 7, .base = 4, .new = 5, .add = { 4, 5 },
		.remove = { 1 }, .have = { 2, 3, 4, 5 } };

	(void)state;
	begin_with(4);
	assert_int_equal(sync(w), APPLY_ACKNOWLEDGED);
	assert_int_equal(last.generation, 5);
	assert_sound();
	assert_int_equal(sync(w), APPLY_ACKNOWLEDGED);
	assert_int_equal(last.generation, 5);
	assert_sound();
}

static void a_diff_that_does_not_fit_changes_nothing(void **state)
{
	(void)state;
	begin_with(4);
	resync(.epoch = 7, .base = 4, .new = 5, .add = { 5 }, .remove = { 9 },
	       .have = { 1, 2, 3, 5 });
	resync(.epoch = 7, .base = 4, .new = 5, .add = { 5, 3 },
	       .have = { 1, 2, 3, 5 });
	resync(.epoch = 7, .base = 4, .new = 5, .add = { 5, 5 },
	       .have = { 1, 2, 3, 5 });
	resync(.epoch = 7, .base = 4, .new = 5, .add = { 5 }, .remove = { 1 },
	       .have = { 2, 3, 5 }, .bad_digest = true);
	resync(.epoch = 7, .base = 3, .new = 5, .add = { 5 },
	       .have = { 1, 2, 3, 5 });
	assert_int_equal(row().generation, 4);
	assert_sound();
	/* a resync of a diff does not make the next diff impossible */
	acknowledged(.epoch = 7, .base = 4, .new = 5, .add = { 5 },
		     .have = { 1, 2, 3, 5 });
}

static void a_full_state_replaces_all(void **state)
{
	(void)state;
	begin_with(4);
	acknowledged(.epoch = 9, .new = 2, .full = true, .add = { 3, 8 },
		     .have = { 3, 8 });
	assert_int_equal(row().epoch, 9);
	assert_int_equal(row().generation, 2);
	assert_sound();
	acknowledged(.epoch = 9, .new = 3, .full = true);
	assert_sound();
}

/* An agent that lost its state counts anew: rows of its former life that have
 * the same generation must not survive. */
static void an_old_generation_of_the_same_number_is_swept(void **state)
{
	(void)state;
	begin_with(1);
	acknowledged(.epoch = 8, .new = 1, .full = true, .add = { 5 },
		     .have = { 5 });
	assert_sound();
}

static void parts_add_up_and_the_last_one_sweeps(void **state)
{
	struct set_digest digest;

	(void)state;
	begin_with(4);
	acknowledged(.epoch = 7, .new = 6, .full = true, .more = true,
		     .add = { 2, 5 }, .have = { 2, 5, 6 });
	assert_true(row().pending);
	assert_int_equal(last.generation, 4);
	/* 1 and 3 are not gone yet */
	assert_int_equal(d->location_digest(s, "a", &digest), 0);
	resync(.epoch = 7, .base = 4, .new = 4, .have = { 1, 2, 3 });
	resync(.epoch = 7, .base = 4, .new = 5, .add = { 9 },
	       .have = { 1, 2, 3, 9 });
	acknowledged(.epoch = 7, .new = 6, .full = true, .add = { 6 },
		     .have = { 2, 5, 6 });
	assert_false(row().pending);
	assert_int_equal(last.generation, 6);
	assert_sound();
	acknowledged(.epoch = 7, .new = 6, .full = true, .add = { 6 },
		     .have = { 2, 5, 6 });
	assert_sound();
}

static void a_full_state_that_was_given_up_leaves_nothing(void **state)
{
	(void)state;
	begin_with(4);
	acknowledged(.epoch = 7, .new = 6, .full = true, .more = true,
		     .add = { 50, 51 }, .have = { 50, 51, 52 });
	acknowledged(.epoch = 7, .new = 7, .full = true, .add = { 1 },
		     .have = { 1 });
	assert_sound();
}

static void a_full_state_with_a_wrong_digest_begins_again(void **state)
{
	(void)state;
	begin_with(4);
	acknowledged(.epoch = 7, .new = 6, .full = true, .more = true,
		     .add = { 60 }, .have = { 61 });
	resync(.epoch = 7, .new = 6, .full = true, .add = { 61 },
	       .have = { 61 });
	assert_true(row().pending);
	resync(.epoch = 7, .base = 4, .new = 4, .have = { 1, 2, 3 });
	/* the same generation again: 60 must not linger */
	acknowledged(.epoch = 7, .new = 6, .full = true, .add = { 61 },
		     .have = { 61 });
	assert_false(row().pending);
	assert_sound();
}

static void a_first_state_is_counted_before_it_is_written(void **state)
{
	struct set_digest digest, none = { .sum = { 0 } };

	(void)state;
	resync(.epoch = 7, .new = 4, .full = true, .add = { 1, 2 },
	       .have = { 1, 3 });
	assert_int_equal(d->location_digest(s, "a", &digest), 0);
	assert_memory_equal(digest.sum, none.sum, HASH_SIZE);
	acknowledged(.epoch = 7, .new = 4, .full = true, .add = { 1, 2 },
		     .have = { 1, 2 });
	assert_sound();
}

static void a_first_state_may_name_a_location_twice(void **state)
{
	(void)state;
	acknowledged(.epoch = 7, .new = 4, .full = true, .add = { 1, 2, 1 },
		     .have = { 1, 2 });
	assert_false(row().pending);
	assert_sound();
	acknowledged(.epoch = 7, .new = 5, .full = true, .add = { 2 },
		     .have = { 2 });
	assert_sound();
}

static void who_is_unknown_or_revoked_is_refused(void **state)
{
	struct say w = { .agent = "b", .epoch = 1, .new = 1, .full = true };

	(void)state;
	assert_int_equal(sync(w), APPLY_UNKNOWN);
	w.pki = true;
	assert_int_equal(sync(w), APPLY_ACKNOWLEDGED);
	assert_int_equal(d->agent_revoke(s, "b", 1), 0);
	assert_int_equal(sync(w), APPLY_REVOKED);
	w.pki = false;
	assert_int_equal(sync(w), APPLY_REVOKED);
}

static Cw__Object object_of(const void *der, size_t len, uint8_t *hash)
{
	Cw__Object o = CW__OBJECT__INIT;

	hash_sha256(der, len, hash);
	o.kind = CW__KIND__KIND_PRIVATE_KEY;
	o.sha256.data = hash;
	o.sha256.len = HASH_SIZE;
	o.der.data = (uint8_t *)der;
	o.der.len = len;
	return o;
}

static void objects_are_asked_for_until_they_are_here(void **state)
{
	uint8_t hash[HASH_SIZE];
	Cw__Object o = object_of(spki, sizeof(spki), hash);

	(void)state;
	acknowledged(.epoch = 7, .new = 1, .full = true, .add = { 1, 101, 102 },
		     .have = { 1, 101, 102 });
	assert_int_equal(last_need, 1);
	acknowledged(.epoch = 7, .base = 1, .new = 1, .have = { 1, 101, 102 });
	assert_int_equal(last_need, 1);
	/* a diff asks too */
	acknowledged(.epoch = 7, .base = 1, .new = 2, .remove = { 1 },
		     .have = { 101, 102 });
	assert_int_equal(last_need, 1);
	o.der.len--;
	acknowledged(.epoch = 7, .base = 2, .new = 2, .have = { 101, 102 },
		     .object = &o);
	assert_int_equal(last_need, 1);
	o.der.len++;
	acknowledged(.epoch = 7, .base = 2, .new = 2, .have = { 101, 102 },
		     .object = &o);
	assert_int_equal(last_need, 0);
	assert_false(row().lacking);
}

static int count(void *arg, const struct store_place *p)
{
	int *n = arg;

	n[0] += p->facts != NULL;
	n[1] += p->bad != NULL;
	return 0;
}

/* Not what it says to be, but of the right hash: it will never be better. */
static void a_bad_object_is_remembered_and_not_asked_for_again(void **state)
{
	uint8_t hash[HASH_SIZE];
	Cw__Object o = object_of(spki, sizeof(spki) - 1, hash);
	int n[2] = { 0, 0 };

	(void)state;
	acknowledged(.epoch = 7, .new = 1, .full = true, .add = { 201 },
		     .have = { 201 }, .object = &o);
	assert_int_equal(last_need, 0);
	assert_int_equal(d->places(s, hash, count, n), 0);
	assert_int_equal(n[0], 0);
	assert_int_equal(n[1], 1);
}

/* Else one agent could spoil it for all that have it too. */
static void an_object_is_taken_for_what_it_is_whatever_it_is_called(
	void **state)
{
	uint8_t hash[HASH_SIZE];
	Cw__Object o = object_of(spki, sizeof(spki), hash);
	int n[2] = { 0, 0 };

	(void)state;
	o.kind = CW__KIND__KIND_CERTIFICATE;
	acknowledged(.epoch = 7, .new = 1, .full = true, .add = { 101 },
		     .have = { 101 }, .object = &o);
	assert_int_equal(last_need, 0);
	assert_int_equal(d->places(s, hash, count, n), 0);
	assert_int_equal(n[0], 1);
	assert_int_equal(n[1], 0);
}

static void an_object_that_no_location_names_is_not_kept(void **state)
{
	uint8_t hash[HASH_SIZE];
	Cw__Object o = object_of(spki, sizeof(spki), hash);

	(void)state;
	acknowledged(.epoch = 7, .new = 1, .full = true, .add = { 1 },
		     .have = { 1 }, .object = &o);
	acknowledged(.epoch = 7, .base = 1, .new = 2, .add = { 101 },
		     .have = { 1, 101 });
	assert_int_equal(last_need, 1);
}

/* Else it would have the key under which another agent's word stands. */
static void what_a_claim_is_the_hash_of_is_no_object(void **state)
{
	static const uint8_t claim[] = "certwalk facts\0and what they are";
	uint8_t hash[HASH_SIZE];
	Cw__Object o = object_of(claim, sizeof(claim), hash);
	struct buf b = pack(&(struct say){ .epoch = 7, .new = 1, .full = true,
					   .object = &o });
	struct sync in = { .agent_id = "a", .now = 1000 };
	const char *why = NULL;
	struct arena a;

	(void)state;
	arena_init(&a, DECODE_MEMORY);
	assert_int_equal(decode_sync(b.data, b.len, &a, &in, &why), 0);
	assert_int_equal(in.n_objects, 0);
	assert_int_equal(in.n_mismatched, 1);
	arena_free(&a);
	buf_free(&b);
}

static int note_view(void *arg, const struct store_agent_view *v)
{
	*(int64_t *)arg = v->coverage_finished;
	assert_string_equal(v->hostname, "web\xef\xbf\xbd");
	return 0;
}

static void what_comes_beside_is_kept_only_when_acknowledged(void **state)
{
	Cw__Coverage c = CW__COVERAGE__INIT;
	Cw__HostFacts h = CW__HOST_FACTS__INIT;
	Cw__CommandResult r = CW__COMMAND_RESULT__INIT;
	int64_t finished = 0;

	(void)state;
	h.hostname = (char *)"web\xff";
	r.id = (char *)"c1";
	begin_with(4);
	c.finished = 55;
	acknowledged(.epoch = 7, .base = 4, .new = 4, .have = { 1, 2, 3 },
		     .coverage = &c, .host = &h, .result = &r);
	c.finished = 66;
	resync(.epoch = 7, .base = 9, .new = 9, .coverage = &c);
	assert_int_equal(d->agent_list(s, note_view, &finished), 0);
	assert_int_equal(finished, 55);
}

static const char *why_not(Cw__SyncRequest *m)
{
	struct buf b;
	struct sync in = { .agent_id = "a" };
	const char *why = NULL;
	struct arena a;
	int r;

	arena_init(&a, DECODE_MEMORY);
	buf_init(&b, MIB(4));
	buf_reserve(&b, cw__sync_request__get_packed_size(m));
	b.len = cw__sync_request__pack(m, b.data);
	r = decode_sync(b.data, b.len, &a, &in, &why);
	arena_free(&a);
	buf_free(&b);
	return r == -EBADMSG ? why : r == 0 ? "good" : "memory";
}

static void an_empty_location_is_one_too(void **state)
{
	(void)state;
	acknowledged(.epoch = 7, .new = 1, .full = true, .add = { EMPTY },
		     .have = { EMPTY });
	assert_sound();
}

static void malformed_requests_are_refused(void **state)
{
	Cw__SyncRequest m = CW__SYNC_REQUEST__INIT;
	Cw__CommandResult result = CW__COMMAND_RESULT__INIT;
	Cw__CommandResult *results[] = { &result };
	ProtobufCBinaryData odd = { 3, (uint8_t *)"\xff\xff\xff" };
	uint8_t digest[HASH_SIZE] = { 0 };

	(void)state;
	assert_string_equal(why_not(&m), "digest is not a SHA-256");
	m.digest.data = digest;
	m.digest.len = HASH_SIZE;
	assert_string_equal(why_not(&m), "good");
	m.removed = &odd;
	m.n_removed = 1;
	assert_string_equal(why_not(&m), "a removed location is not a SHA-256");
	m.n_removed = 0;
	m.added = &odd;
	m.n_added = 1;
	assert_string_equal(why_not(&m), "a location is not one");
	/* field 2, object: one byte */
	odd.data = (uint8_t *)"\x12\x01x";
	assert_string_equal(why_not(&m),
			    "a location's object is not a SHA-256");
	m.n_added = 0;
	m.new_generation = UINT64_MAX;
	assert_string_equal(why_not(&m), "generation above 2^63");
	m.new_generation = 0;
	m.results = results;
	m.n_results = 1;
	assert_string_equal(why_not(&m), "a result without a proper id");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_store, store_case_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_fresh_agent_is_asked_for_everything),
		CASE(a_heartbeat_changes_nothing),
		CASE(a_heartbeat_of_another_state_is_a_resync),
		CASE(a_diff_is_applied_once),
		CASE(a_diff_that_does_not_fit_changes_nothing),
		CASE(a_full_state_replaces_all),
		CASE(an_old_generation_of_the_same_number_is_swept),
		CASE(parts_add_up_and_the_last_one_sweeps),
		CASE(a_full_state_that_was_given_up_leaves_nothing),
		CASE(a_full_state_with_a_wrong_digest_begins_again),
		CASE(a_first_state_is_counted_before_it_is_written),
		CASE(a_first_state_may_name_a_location_twice),
		CASE(who_is_unknown_or_revoked_is_refused),
		CASE(objects_are_asked_for_until_they_are_here),
		CASE(a_bad_object_is_remembered_and_not_asked_for_again),
		CASE(an_object_is_taken_for_what_it_is_whatever_it_is_called),
		CASE(an_object_that_no_location_names_is_not_kept),
		CASE(what_a_claim_is_the_hash_of_is_no_object),
		CASE(what_comes_beside_is_kept_only_when_acknowledged),
		CASE(an_empty_location_is_one_too),
		CASE(malformed_requests_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
