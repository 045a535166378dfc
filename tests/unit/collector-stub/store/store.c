/* SPDX-License-Identifier: Apache-2.0 */
/* One suite for every driver (store_test.h). */
#include "lib/chain.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector-stub/store/retain.h"
#include "tests/unit/collector-stub/store_case.h"


static struct store_token token(int n, int64_t expires, int64_t uses)
{
	struct store_token t = { .created = 100, .expires = expires,
		.uses = uses, .uses_left = uses };

	memcpy(t.sha256, store_hash(n), HASH_SIZE);
	return t;
}

static void a_token_is_taken_as_often_as_it_may_be(void **state)
{
	struct store_token t = token(1, 1000, 2);

	(void)state;
	assert_int_equal(d->token_add(s, &t), 0);
	assert_int_equal(d->token_take(s, store_hash(1), 500), 0);
	assert_int_equal(d->token_take(s, store_hash(1), 999), 0);
	assert_int_equal(d->token_take(s, store_hash(1), 999), -EDQUOT);
}

static void an_expired_or_unknown_token_is_not_taken(void **state)
{
	struct store_token t = token(1, 1000, 2);

	(void)state;
	assert_int_equal(d->token_add(s, &t), 0);
	assert_int_equal(d->token_take(s, store_hash(1), 1000), -ESTALE);
	assert_int_equal(d->token_take(s, store_hash(2), 1), -ENOENT);
	assert_int_equal(d->token_remove(s, store_hash(1)), 0);
	assert_int_equal(d->token_remove(s, store_hash(1)), -ENOENT);
	assert_int_equal(d->token_take(s, store_hash(1), 1), -ENOENT);
}

static int note_token(void *arg, const struct store_token *t)
{
	*(struct store_token *)arg = *t;
	return 7;
}

static void a_list_ends_where_its_reader_ends_it(void **state)
{
	struct store_token a = token(1, 1000, 2), b = token(2, 2000, 1), got;

	(void)state;
	assert_int_equal(d->token_list(s, note_token, &got), 0);
	assert_int_equal(d->token_add(s, &a), 0);
	assert_int_equal(d->token_add(s, &b), 0);
	assert_int_equal(d->token_list(s, note_token, &got), 7);
	assert_int_equal(got.expires, 1000);
	assert_memory_equal(got.sha256, store_hash(1), HASH_SIZE);
}

static void an_agent_is_there_once_added(void **state)
{
	struct store_agent a;

	(void)state;
	assert_int_equal(d->agent_get(s, "a", &a), -ENOENT);
	assert_int_equal(d->agent_add(s, "a", 100, 200), 0);
	assert_int_equal(d->agent_add(s, "a", 100, 200), -EEXIST);
	assert_int_equal(d->agent_get(s, "a", &a), 0);
	assert_string_equal(a.id, "a");
	assert_false(a.revoked || a.pending || a.lacking);
	assert_int_equal(a.generation | a.epoch | a.last_seen, 0);
	for (int i = 0; i < HASH_SIZE; i++)
		assert_int_equal(a.digest.sum[i], 0);
}

static void what_is_put_of_an_agent_is_got(void **state)
{
	struct store_agent a = { .id = "a", .last_seen = 5, .epoch = INT64_MIN,
		.generation = INT64_MAX, .pending = true, .full_epoch = -3,
		.full_generation = -1, .pass = 9, .lacking = true }, b;

	(void)state;
	memcpy(a.digest.sum, store_hash(0xee), HASH_SIZE);
	assert_int_equal(d->agent_add(s, "a", 100, 200), 0);
	assert_int_equal(d->agent_put(s, &a), 0);
	assert_int_equal(d->agent_get(s, "a", &b), 0);
	assert_int_equal(b.last_seen, 5);
	assert_true(b.epoch == INT64_MIN && b.generation == INT64_MAX);
	assert_memory_equal(b.digest.sum, a.digest.sum, HASH_SIZE);
	assert_true(b.pending && b.lacking);
	assert_int_equal(b.full_epoch, -3);
	assert_int_equal(b.full_generation, -1);
	assert_int_equal(b.pass, 9);
}

/* What undo() returns. */
static int undo_a_part(void)
{
	const char *const ids[] = { "b", "none", "a", "b" };
	struct store_agent a, b;
	int r = 0;

	assert_int_equal(d->agent_add(s, "a", 100, 200), 0);
	assert_int_equal(d->agent_add(s, "b", 100, 200), 0);
	assert_int_equal(d->expect(s, ids, 4), 0);
	assert_int_equal(d->agent_get(s, "none", &a), -ENOENT);
	assert_int_equal(d->agent_get(s, "b", &b), 0);
	b.generation = 7;
	assert_int_equal(d->agent_put(s, &b), 0);
	assert_int_equal(d->savepoint(s), 0);
	assert_int_equal(d->agent_get(s, "a", &a), 0);
	a.generation = 8;
	assert_int_equal(d->agent_put(s, &a), 0);
	r = d->undo(s);
	if (r < 0)
		return r;
	assert_int_equal(d->agent_get(s, "a", &a), 0);
	assert_int_equal(a.generation, 0);
	a.generation = 9;
	assert_int_equal(d->agent_put(s, &a), 0);
	assert_int_equal(d->savepoint(s), 0);
	a.generation = 10;
	assert_int_equal(d->agent_put(s, &a), 0);
	assert_int_equal(d->undo(s), 0);
	assert_int_equal(d->agent_get(s, "b", &b), 0);
	assert_int_equal(b.generation, 7);
	assert_int_equal(d->agent_get(s, "a", &a), 0);
	assert_int_equal(a.generation, 9);
	return 0;
}

static void agents_may_be_expected_or_not(void **state)
{
	int r = undo_a_part();

	(void)state;
	if (r == -EAGAIN) {
		d->rollback(s);
		assert_int_equal(d->begin(s), 0);
		r = undo_a_part();
	}
	assert_int_equal(r, 0);
}

static void revoking_lasts_over_a_put(void **state)
{
	struct store_agent a;

	(void)state;
	assert_int_equal(d->agent_add(s, "a", 100, 200), 0);
	assert_int_equal(d->agent_get(s, "a", &a), 0);
	assert_int_equal(d->agent_revoke(s, "a", 300), 0);
	assert_int_equal(d->agent_revoke(s, "a", 300), -ENOENT);
	assert_int_equal(d->agent_revoke(s, "b", 300), -ENOENT);
	assert_int_equal(d->agent_put(s, &a), 0);
	assert_int_equal(d->agent_get(s, "a", &a), 0);
	assert_true(a.revoked);
}

static struct store_location location(int n, int object)
{
	static uint8_t bytes[16];
	struct store_location l = { .bytes = bytes, .len = 0, .kind = 1,
		.object = object ? store_hash(object) : NULL, .format = "pem",
		.path = (const uint8_t *)"/a\xff\n", .path_len = 4 };

	memcpy(l.hash, store_hash(n), HASH_SIZE);
	return l;
}

static void add(const char *id, int64_t pass, struct store_location l)
{
	size_t added = 0;

	assert_int_equal(d->location_add(s, id, pass, &l, 1, &added), 0);
	assert_int_equal(added, 1);
}

static bool names(const char *id, int object)
{
	struct store_object o = { .kind = 1 };
	bool is = false;

	memcpy(o.sha256, store_hash(object), HASH_SIZE);
	assert_int_equal(d->location_names(s, id, &o, 1, &is), 0);
	return is;
}

static void a_location_is_added_and_removed_once(void **state)
{
	struct store_location l = location(1, 2);
	size_t added = 9;

	(void)state;
	add("a", 1, l);
	assert_int_equal(d->location_add(s, "a", 2, &l, 1, &added), 0);
	assert_int_equal(added, 0);
	add("b", 1, l);
	assert_int_equal(store_remove("a", 1), 1);
	assert_int_equal(store_remove("a", 1), 0);
	assert_true(names("b", 2));
	assert_false(names("a", 2));
}

/* Each of 300 is there once, whatever else is there. */
static void many_locations_are_added_and_removed_at_once(void **state)
{
	static struct store_location l[300];
	ProtobufCBinaryData removed[3];
	struct store_object o[3] = { { .kind = 1 } };
	bool named[3] = { false, false, false };
	struct set_digest digest;
	uint8_t one[HASH_SIZE];
	size_t n = 9;

	(void)state;
	memcpy(one, store_hash(1), HASH_SIZE);
	for (int i = 0; i < 300; i++) {
		l[i] = location(0, 0);
		l[i].object = i % 2 ? one : NULL;
		l[i].hash[0] = (uint8_t)(i / 256);
		l[i].hash[1] = (uint8_t)i;
		l[i].has_facts = i % 3 == 0;
		l[i].not_after = i % 5;
		if (i % 7 == 0)
			l[i].path = NULL;
	}
	add("a", 1, l[5]);
	add("b", 1, l[6]);
	assert_int_equal(d->location_add(s, "a", 1, l, 300, &n), 0);
	assert_int_equal(n, 299);
	l[1] = l[0];		/* the same twice */
	assert_int_equal(d->location_see(s, "a", 2, l, 300), 0);
	assert_int_equal(d->location_sweep(s, "a", 2), 0);
	for (int i = 0; i < 3; i++) {
		removed[i].data = l[i].hash;
		removed[i].len = HASH_SIZE;
		memcpy(o[i].sha256, store_hash(i), HASH_SIZE);
	}
	assert_int_equal(d->location_names(s, "a", o, 3, named), 0);
	assert_true(named[1] && !named[0] && !named[2]);
	assert_int_equal(d->location_remove(s, "a", removed, 3,
					    store_no_location, NULL, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(d->location_digest(s, "a", &digest), 0);
	assert_int_equal(digest.sum[0] * 256 + digest.sum[1],
			 /* 3 + 4 + ... + 299 */ 44847 % 65536);
}

static void a_sweep_takes_what_its_pass_has_not_seen(void **state)
{
	struct store_location old = location(2, 0), kept = location(1, 0);
	struct set_digest digest = { .sum = { 0 } };

	(void)state;
	add("a", 1, kept);
	add("a", 1, old);
	add("b", 1, old);
	assert_int_equal(d->location_see(s, "a", 2, &kept, 1), 0);
	kept = location(3, 0);
	assert_int_equal(d->location_see(s, "a", 2, &kept, 1), 0);
	assert_int_equal(d->location_sweep(s, "a", 2), 0);
	assert_int_equal(d->location_digest(s, "a", &digest), 0);
	/* 01... plus 03... */
	assert_memory_equal(digest.sum, store_hash(4), HASH_SIZE);
	assert_int_equal(d->location_digest(s, "b", &digest), 0);
	assert_memory_equal(digest.sum, store_hash(2), HASH_SIZE);
	assert_int_equal(d->location_digest(s, "c", &digest), 0);
	assert_memory_equal(digest.sum, store_hash(0), HASH_SIZE);
}

static int count_hash(void *arg, const uint8_t h[static HASH_SIZE])
{
	int *seen = arg;

	seen[h[0]]++;
	return 0;
}

static void lacking_is_what_is_named_and_not_there(void **state)
{
	struct store_location l = location(6, 16);
	struct store_object bad = { .kind = 1, .bad = "no certificate" };
	int seen[256] = { 0 };

	(void)state;
	add("a", 1, location(1, 11));
	add("a", 1, location(2, 11));
	add("a", 1, location(3, 12));
	add("a", 1, location(4, 0));
	l.has_facts = true;
	add("a", 1, l);
	l = location(7, 17);
	l.kind = 1000;
	add("a", 1, l);
	add("b", 1, location(5, 15));
	memcpy(bad.sha256, store_hash(12), HASH_SIZE);
	assert_int_equal(d->object_add(s, &bad, 1), 0);
	assert_int_equal(d->object_lacking(s, "a", 10, count_hash, seen), 0);
	assert_int_equal(seen[11], 1);
	assert_int_equal(seen[12] + seen[15] + seen[16] + seen[17], 0);
	add("a", 1, location(8, 18));
	memset(seen, 0, sizeof(seen));
	assert_int_equal(d->object_lacking(s, "a", 1, count_hash, seen), 0);
	assert_int_equal(seen[11] + seen[18], 1);
}

struct seen_places {
	char order[16];
	int n;
};

static int note_place(void *arg, const struct store_place *p)
{
	struct seen_places *seen = arg;

	seen->order[seen->n++] = p->object ? (char)('a' + p->object[0]) : '-';
	if (p->facts) {
		Cw__Facts *f = cw__facts__unpack(NULL, p->facts_len, p->facts);

		assert_non_null(f);
		cw__facts__free_unpacked(f, NULL);
	}
	return 0;
}

static void put_certificate(int n, int64_t not_after)
{
	Cw__Facts f = CW__FACTS__INIT;
	struct store_object o = { .kind = 1, .der = (const uint8_t *)"der",
		.len = 3, .facts = &f };

	f.has_validity = 1;
	f.not_after = not_after;
	memcpy(o.sha256, store_hash(n), HASH_SIZE);
	assert_int_equal(d->object_add(s, &o, 1), 0);
	assert_int_equal(d->object_add(s, &o, 1), 0);
}

static void places_come_by_expiry_the_unknown_last(void **state)
{
	struct seen_places seen = { .n = 0 };
	struct store_location l = location(5, 3);

	(void)state;
	assert_int_equal(d->agent_add(s, "x", 1, 1), 0);
	assert_int_equal(d->agent_add(s, "y", 1, 1), 0);
	put_certificate(1, 3000);
	put_certificate(2, 1000);
	add("x", 1, location(1, 1));
	add("x", 1, location(2, 2));
	add("x", 1, location(3, 0));
	add("y", 1, location(4, 1));
	l.has_facts = true;
	l.not_after = 2000;
	add("y", 1, l);
	assert_int_equal(d->places(s, NULL, note_place, &seen), 0);
	assert_memory_equal(seen.order, "cdbb-", 5);
	assert_int_equal(seen.n, 5);
	seen.n = 0;
	assert_int_equal(d->places(s, store_hash(1), note_place, &seen), 0);
	assert_int_equal(seen.n, 2);
}

static int note_view(void *arg, const struct store_agent_view *v)
{
	(void)arg;
	assert_string_equal(v->agent->id, "a");
	assert_string_equal(v->hostname, "web1");
	assert_int_equal(v->locations, 1);
	assert_int_equal(v->coverage_finished, 77);
	assert_true(v->coverage_complete);
	assert_int_equal(v->gaps, 3);
	assert_int_equal(v->certificate_until, 250);
	return 1;
}

static void an_agents_view_has_host_and_coverage(void **state)
{
	Cw__HostFacts h = CW__HOST_FACTS__INIT;
	Cw__Coverage c = CW__COVERAGE__INIT;
	Cw__GapCount skipped = CW__GAP_COUNT__INIT, other = skipped;
	Cw__GapCount *counts[] = { &skipped, &other };
	bool later = false;

	(void)state;
	skipped.kind = CW__GAP_KIND__GAP_SKIPPED;
	skipped.count = 50;
	other.kind = CW__GAP_KIND__GAP_LOCKED;
	other.count = 3;
	c.finished = 77;
	c.complete = 1;
	c.counts = counts;
	c.n_counts = 2;
	assert_int_equal(d->agent_add(s, "a", 100, 200), 0);
	assert_int_equal(d->agent_certificate(s, "a", 250, 240, &later), 0);
	assert_true(later);
	assert_int_equal(d->agent_certificate(s, "a", 251, 240, &later), 0);
	assert_false(later);
	assert_int_equal(d->agent_host(s, "a", "web1", &h), 0);
	assert_int_equal(d->agent_coverage(s, "a", &c), 0);
	add("a", 1, location(1, 1));
	assert_int_equal(d->agent_list(s, note_view, NULL), 1);
}

static void add_command(const char *id, int64_t sequence)
{
	struct store_command c = { .agent_id = "a", .id = id,
		.sequence = sequence, .action = "x", .not_before = 10,
		.expires = 100, .needed = 1,
		.payload = (const uint8_t *)id, .payload_len = strlen(id) };

	assert_int_equal(d->command_add(s, &c), 0);
}

static void a_result_is_kept_once_and_only_of_a_command(void **state)
{
	Cw__CommandResult r = CW__COMMAND_RESULT__INIT;
	bool added = true;

	(void)state;
	r.id = (char *)"c";
	assert_int_equal(d->result_add(s, "a", 1, &r, &added), 0);
	assert_false(added);
	add_command("c", 1);
	assert_int_equal(d->result_add(s, "b", 1, &r, &added), 0);
	assert_false(added);
	assert_int_equal(d->result_add(s, "a", 1, &r, &added), 0);
	assert_true(added);
	assert_int_equal(d->result_add(s, "a", 2, &r, &added), 0);
	assert_false(added);
}

static int count_commands(void *arg, const struct store_command *c)
{
	int *n = arg;

	assert_int_equal(c->sequence, ++*n);
	return 0;
}

static int count_text(void *arg, const char *text)
{
	assert_string_equal(text, "a");
	++*(int *)arg;
	return 0;
}

static void open_commands_come_by_their_sequence(void **state)
{
	Cw__CommandResult r = CW__COMMAND_RESULT__INIT;
	bool added = false;
	struct store_key k = { .id = "0123456789abcdef", .name = "n",
			       .created = 1 };
	int64_t last = -1;
	int n = 0;

	(void)state;
	assert_int_equal(d->command_sequence(s, "a", &last), 0);
	assert_int_equal(last, 0);
	add_command("two", 2);
	add_command("one", 1);
	add_command("three", 3);
	assert_int_equal(d->command_sequence(s, "a", &last), 0);
	assert_int_equal(last, 3);
	assert_int_equal(d->command_open(s, "a", 50, count_commands, &n), 0);
	assert_int_equal(n, 3);
	n = 0;
	assert_int_equal(d->command_agents(s, 50, count_text, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(d->key_add(s, &k), 0);
	assert_int_equal(d->command_sign(s, "a", "one", k.id,
					 (const uint8_t *)"s", 1), 0);
	assert_int_equal(d->command_agents(s, 50, count_text, &n), 0);
	assert_int_equal(n, 1);
	n = 0;
	assert_int_equal(d->command_agents(s, 5, count_text, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(d->command_cancel(s, "three", 60), 0);
	assert_int_equal(d->command_cancel(s, "three", 60), -ENOENT);
	r.id = (char *)"three";
	assert_int_equal(d->result_add(s, "a", 70, &r, &added), 0);
	assert_true(added);
	assert_int_equal(d->result_add(s, "a", 70, &r, &added), 0);
	assert_false(added);
	n = 0;
	assert_int_equal(d->command_open(s, "a", 50, count_commands, &n), 0);
	assert_int_equal(n, 2);
	n = 0;
	assert_int_equal(d->command_open(s, "a", 100, count_commands, &n), 0);
	assert_int_equal(n, 0);
}

static int count_all(void *arg, const struct store_command *c)
{
	(void)c;
	++*(int *)arg;
	return 0;
}

static int count_tokens(void *arg, const struct store_token *t)
{
	(void)t;
	++*(int *)arg;
	return 0;
}

static void what_is_older_than_its_retention_goes(void **state)
{
	const struct store_token old = token(1, 100, 1), young =
		token(2, 200, 1);
	Cw__CommandResult m = CW__COMMAND_RESULT__INIT;
	int64_t removed = -1;
	bool added = false;
	int n = 0;

	(void)state;
	for (int i = 1; i <= 3; i++)
		add_command(i == 1 ? "one" : i == 2 ? "two" : "three", i);
	m.id = (char *)"one";
	assert_int_equal(d->result_add(s, "a", 1, &m, &added), 0);
	assert_int_equal(d->command_sign(s, "a", "one", "k", store_hash(1),
					 HASH_SIZE), 0);
	assert_int_equal(d->token_add(s, &old), 0);
	assert_int_equal(d->token_add(s, &young), 0);

	/* what ends at 100 has not ended before 100 */
	assert_int_equal(retain_prune(s, 100, &removed), 0);
	assert_int_equal(removed, 0);
	assert_int_equal(retain_prune(s, 101, &removed), 0);
	assert_int_equal(removed, 3);
	assert_int_equal(d->command_list(s, NULL, count_all, &n), 0);
	assert_int_equal(n, 1);
	n = 0;
	assert_int_equal(d->token_list(s, count_tokens, &n), 0);
	assert_int_equal(n, 1);
	/* and neither its result nor its signature is left behind */
	assert_int_equal(d->command_sequence(s, "a", &removed), 0);
	assert_int_equal(removed, 3);
	add_command("one", 4);
	assert_int_equal(d->result_add(s, "a", 1, &m, &added), 0);
	assert_true(added);
}

static int count_signatures(void *arg, const struct store_command *c)
{
	*(int64_t *)arg = c->signatures;
	return 0;
}

static void a_removed_keys_signature_does_not_count(void **state)
{
	struct store_key k = { .id = "0123456789abcdef", .name = "n",
			       .created = 1 };
	int64_t n = -1;

	(void)state;
	add_command("c", 1);
	assert_int_equal(d->key_add(s, &k), 0);
	assert_int_equal(d->key_add(s, &k), -EEXIST);
	assert_int_equal(d->command_sign(s, "a", "c", k.id,
					 (const uint8_t *)"s", 1), 0);
	assert_int_equal(d->command_sign(s, "a", "c", "unknown",
					 (const uint8_t *)"s", 1), 0);
	assert_int_equal(d->command_list(s, "c", count_signatures, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(d->key_remove(s, k.id, 5), 0);
	assert_int_equal(d->key_remove(s, k.id, 5), -ENOENT);
	assert_int_equal(d->command_list(s, "c", count_signatures, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(d->key_add(s, &k), 0);
	assert_int_equal(d->command_list(s, "c", count_signatures, &n), 0);
	assert_int_equal(n, 1);
}

static int check_entry(void *arg, const struct store_audit *a)
{
	struct chain *c = arg;

	chain_add(c, a->time, a->text, strlen(a->text));
	assert_int_equal(a->number, c->number);
	assert_memory_equal(a->hash, c->hash, HASH_SIZE);
	return 0;
}

static void audit_entries_are_chained(void **state)
{
	struct chain c = { .number = 0 };

	(void)state;
	assert_int_equal(d->audit_add(s, 5, "{}"), 0);
	assert_int_equal(d->audit_add(s, 5, "{}"), 0);
	assert_int_equal(d->audit_add(s, 4, "{\"a\":1}"), 0);
	assert_int_equal(d->audit_add_many(s, 6, (const char *const[]){
		"{\"b\":\"'\"}", "{\"b\":\"\xc3\xbc\"}", "{}" }, 3), 0);
	assert_int_equal(d->audit_add_many(s, 6, NULL, 0), 0);
	assert_int_equal(d->audit_add(s, 7, "{}"), 0);
	assert_int_equal(d->audit_list(s, check_entry, &c), 0);
	assert_int_equal(c.number, 7);
}

static void a_lease_is_one_collectors_until_its_end(void **state)
{
	bool mine = false;

	(void)state;
	assert_int_equal(d->lease_take(s, "w", "a", 100, 200, &mine), 0);
	assert_true(mine);
	assert_int_equal(d->lease_take(s, "w", "b", 199, 300, &mine), 0);
	assert_false(mine);
	assert_int_equal(d->lease_take(s, "w", "a", 150, 250, &mine), 0);
	assert_true(mine);
	assert_int_equal(d->lease_take(s, "w", "b", 250, 300, &mine), 0);
	assert_true(mine);
	assert_int_equal(d->lease_take(s, "v", "a", 250, 300, &mine), 0);
	assert_true(mine);
}

static int note_ticket(void *arg, const struct store_ticket *t)
{
	int64_t *last = arg;

	assert_true(t->number < *last && t->made == 7);
	assert_int_equal(t->bytes[79], t->number);
	*last = t->number;
	return 0;
}

static void a_ticket_key_has_a_number_of_its_own(void **state)
{
	struct store_ticket t = { .made = 7 };
	int64_t last = 100;

	(void)state;
	for (t.number = 1; t.number < 5; t.number++) {
		t.bytes[79] = (uint8_t)t.number;
		assert_int_equal(d->ticket_add(s, &t), 0);
	}
	t.number = 2;
	assert_int_equal(d->ticket_add(s, &t), -EEXIST);
	assert_int_equal(d->ticket_remove(s, 3), 0);
	assert_int_equal(d->ticket_list(s, note_ticket, &last), 0);
	assert_int_equal(last, 3);
}

static void a_savepoint_is_undone_alone(void **state)
{
	struct store_agent a;

	(void)state;
	assert_int_equal(d->agent_add(s, "a", 1, 1), 0);
	assert_int_equal(d->savepoint(s), 0);
	assert_int_equal(d->agent_add(s, "b", 1, 1), 0);
	assert_int_equal(d->undo(s), 0);
	assert_int_equal(d->savepoint(s), 0);
	assert_int_equal(d->agent_add(s, "c", 1, 1), 0);
	assert_int_equal(d->release(s), 0);
	assert_int_equal(d->agent_get(s, "a", &a), 0);
	assert_int_equal(d->agent_get(s, "b", &a), -ENOENT);
	assert_int_equal(d->agent_get(s, "c", &a), 0);
}

static void text_is_made_valid(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 1000);
	assert_string_equal(store_text(&a, "a\xff" "b\xc3\xa9"),
			    "a\xef\xbf\xbd" "b\xc3\xa9");
	assert_string_equal(store_text(&a, NULL), "");
	arena_free(&a);
}

static void what_is_no_database_is_told(void **state)
{
	struct store *none = NULL;
	char error[256] = "";

	(void)state;
	assert_int_equal(store_open("oracle:x", false, &none, error,
				    sizeof(error)), -ENOTSUP);
	assert_int_equal(store_open("sqlite:/nonexistent/x", false, &none,
				    error, sizeof(error)), -ENOENT);
	assert_int_equal(store_open("sqlite:/nonexistent/x", true, &none,
				    error, sizeof(error)), -ENOENT);
	assert_int_equal(store_open("sqlite:/dev/null", true, &none, error,
				    sizeof(error)), -EEXIST);
	assert_null(none);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, store_case_open, \
						store_case_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_token_is_taken_as_often_as_it_may_be),
		CASE(an_expired_or_unknown_token_is_not_taken),
		CASE(a_list_ends_where_its_reader_ends_it),
		CASE(an_agent_is_there_once_added),
		CASE(what_is_put_of_an_agent_is_got),
		CASE(agents_may_be_expected_or_not),
		CASE(revoking_lasts_over_a_put),
		CASE(a_location_is_added_and_removed_once),
		CASE(many_locations_are_added_and_removed_at_once),
		CASE(a_sweep_takes_what_its_pass_has_not_seen),
		CASE(lacking_is_what_is_named_and_not_there),
		CASE(places_come_by_expiry_the_unknown_last),
		CASE(an_agents_view_has_host_and_coverage),
		CASE(a_result_is_kept_once_and_only_of_a_command),
		CASE(open_commands_come_by_their_sequence),
		CASE(a_removed_keys_signature_does_not_count),
		CASE(audit_entries_are_chained),
		CASE(a_lease_is_one_collectors_until_its_end),
		CASE(a_ticket_key_has_a_number_of_its_own),
		CASE(a_savepoint_is_undone_alone),
		CASE(what_is_older_than_its_retention_goes),
		cmocka_unit_test(text_is_made_valid),
		cmocka_unit_test(what_is_no_database_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
