/* SPDX-License-Identifier: Apache-2.0 */
/* What goes when it is too old, and what must stay. */
#include "collector-stub/store/retain.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/collector-stub/store_case.h"


static int open_store(void **state)
{
	(void)state;
	if (store_test_open(&s) < 0)
		return -1;
	d = s->driver;
	return 0;
}

static struct retain_before all_before(int64_t time)
{
	return (struct retain_before){ .time = time, .word = time };
}

static int prune(struct store *of, int64_t time, int64_t most,
		 uint8_t *cursor, int64_t *ret_removed)
{
	return retain_prune_objects(of, all_before(time), most, cursor,
				    ret_removed);
}

static void begin(void)
{
	assert_int_equal(d->begin(s), 0);
}

static void commit(void)
{
	assert_int_equal(d->commit(s), 0);
}

/* ${claimed}: -1: it is no claim; 0: of no object. */
static struct store_object object(int n, int claimed, int64_t seen)
{
	struct store_object o = { .kind = 1, .seen = seen, .bad = "bad",
		.claimed = claimed < 0 ? NULL : store_hash(claimed) };

	memcpy(o.sha256, store_hash(n), HASH_SIZE);
	return o;
}

static void add_object(int n, int claimed, int64_t seen)
{
	struct store_object o = object(n, claimed, seen);

	assert_int_equal(d->object_add(s, &o, 1), 0);
}

/* Of an object and a claim, or 0. */
static void add_location(const char *id, int n, int of, int claim)
{
	struct store_object o = object(claim, of, 1);
	struct store_location l = { .bytes = (const uint8_t *)"", .kind = 1,
		.object = of ? store_hash(of) : NULL, .format = "pem",
		.claim = claim ? &o : NULL };
	size_t added = 0;

	memcpy(l.hash, store_hash(n), HASH_SIZE);
	assert_int_equal(d->location_add(s, id, 1, &l, 1, &added), 0);
	assert_int_equal(added, 1);
}

static void add_event(int number, int64_t time, int of, int facts, int prior)
{
	const struct store_event e = { .number = number, .time = time,
		.event = "new", .about = "certificate", .place = "",
		.object = of ? store_hash(of) : NULL,
		.facts = facts ? store_hash(facts) : NULL,
		.prior = prior ? store_hash(prior) : NULL };

	assert_int_equal(d->events->add(s, "a", &e, 1), 0);
}

static int ignore(void *arg, const uint8_t *bytes, size_t len)
{
	(void)arg, (void)bytes, (void)len;
	return 0;
}

static bool is_there(int n)
{
	return d->object_der(s, store_hash(n), ignore, NULL) == 0;
}

static void events_go_by_their_time_and_no_more_than_were_asked(void **state)
{
	int64_t removed = -1, left = -1;

	(void)state;
	begin();
	for (int i = 1; i <= 5; i++)
		add_event(i, i * 10, 0, 0, 0);
	assert_int_equal(retain_prune_events(s, 40, 2, &removed), 0);
	assert_int_equal(removed, 2);
	assert_int_equal(retain_prune_events(s, 40, 2, &removed), 0);
	assert_int_equal(removed, 1);
	assert_int_equal(retain_prune_events(s, 40, 2, &removed), 0);
	assert_int_equal(removed, 0);
	assert_int_equal(d->events->last(s, "a", &left), 0);
	assert_int_equal(left, 5);
	assert_int_equal(retain_prune_events(s, 1000, 1000, &removed), 0);
	assert_int_equal(removed, 2);
}

static void add_objects(void)
{
	static const uint8_t none[HASH_SIZE];
	struct store_object o = { .kind = 1, .seen = 1, .bad = "bad",
				  .claimed = none };

	begin();
	add_object(1, -1, 1);
	add_object(2, -1, 1);
	add_location("a", 1, 2, 0);
	add_object(3, 2, 1);
	add_object(4, 2, 1);
	add_location("a", 2, 2, 4);
	memcpy(o.sha256, store_hash(5), HASH_SIZE);
	assert_int_equal(d->object_add(s, &o, 1), 0);
	memcpy(o.sha256, store_hash(6), HASH_SIZE);
	assert_int_equal(d->object_add(s, &o, 1), 0);
	add_location("a", 3, 0, 6);
	add_object(7, 8, 1);
	add_object(8, -1, 1);
	add_event(1, 1, 8, 8, 0);
	add_object(10, 8, 1);
	add_event(2, 1, 8, 10, 0);
	add_object(12, -1, 1);
	add_event(3, 1, 8, 8, 12);
	add_object(15, -1, 100);
	commit();
}

static void remove_objects(void)
{
	uint8_t cursor[HASH_SIZE] = { 0 };
	int64_t removed = 0;

	begin();
	for (int i = 1; i <= 3; i++)
		assert_int_equal(store_remove("a", i), 1);
	assert_int_equal(retain_prune_events(s, 1000, 1000, &removed), 0);
	commit();
	assert_int_equal(prune(s, 1000, 1000, cursor, &removed), 0);
	for (int i = 1; i <= 15; i++)
		assert_false(is_there(i));
}

static void objects_go_that_nothing_names(void **state)
{
	/* 15 is young; the others are named */
	static const bool goes[16] = { [1] = true, [3] = true, [5] = true,
				       [7] = true, [10] = true };
	static const int all[] = { 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15 };
	static const uint8_t zeros[HASH_SIZE];
	uint8_t cursor[HASH_SIZE] = { 0 };
	int64_t removed = -1;

	(void)state;
	add_objects();
	assert_int_equal(prune(s, 100, 1000, cursor, &removed), 0);
	assert_int_equal(removed, 5);
	assert_memory_equal(cursor, zeros, HASH_SIZE);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		assert_int_equal(is_there(all[i]), !goes[all[i]]);
	remove_objects();
}

static void what_only_an_agent_told_goes_after_a_day(void **state)
{
	const int64_t day = 86400, now = 1000 * day;
	struct retain_before before = retain_before(now, 0);
	uint8_t cursor[HASH_SIZE] = { 0 };
	int64_t removed = -1;

	(void)state;
	assert_int_equal(before.time, 0);
	assert_int_equal(retain_before(now, 400 * day).time, 600 * day);
	assert_int_equal(retain_before(now, 60).word, now - 60);
	begin();
	add_object(1, 9, now - day - 1);
	add_object(2, 9, now - day + 1);
	add_object(3, 9, now - day - 1);
	add_location("a", 1, 9, 3);
	add_object(4, -1, 1);
	commit();
	assert_int_equal(retain_prune_objects(s, before, 1000, cursor,
					      &removed), 0);
	assert_int_equal(removed, 1);
	assert_false(is_there(1));
	for (int i = 2; i <= 4; i++)
		assert_true(is_there(i));
	begin();
	assert_int_equal(store_remove("a", 1), 1);
	commit();
	before = all_before(now);
	assert_int_equal(retain_prune_objects(s, before, 1000, cursor,
					      &removed), 0);
	assert_int_equal(removed, 3);
}

static void a_round_has_its_bound_and_the_next_goes_on(void **state)
{
	static const uint8_t zeros[HASH_SIZE];
	uint8_t cursor[HASH_SIZE] = { 0 };
	int64_t removed = 0, sum = 0;
	int rounds = 0;

	(void)state;
	add_objects();
	do {
		assert_int_equal(prune(s, 100, 2, cursor, &removed), 0);
		assert_true(removed <= 2);
		sum += removed;
		rounds++;
	} while (memcmp(cursor, zeros, HASH_SIZE) != 0 && rounds < 20);
	assert_int_equal(sum, 5);
	assert_true(rounds >= 4 && rounds <= 6);
	remove_objects();
}

/* Where two can write at the same time. */
static void a_report_that_is_being_written_loses_no_object(void **state)
{
	uint8_t cursor[HASH_SIZE] = { 0 };
	struct store *other = NULL;
	int64_t removed = 0;

	(void)state;
	if (!d->concurrent)
		skip();
	begin();
	add_object(1, -1, 1);
	commit();
	assert_int_equal(store_test_open(&other), 0);
	begin();
	add_location("a", 1, 1, 0);
	assert_int_equal(prune(other, 100, 1000, cursor, &removed),
			 -EBUSY);
	commit();
	memset(cursor, 0, sizeof(cursor));
	assert_int_equal(prune(other, 100, 1000, cursor, &removed), 0);
	assert_int_equal(removed, 0);
	assert_true(is_there(1));
	store_close(other);
	begin();
	assert_int_equal(store_remove("a", 1), 1);
	commit();
	assert_int_equal(prune(s, 100, 1000, cursor, &removed), 0);
	assert_int_equal(removed, 1);
}

static void add_agent(const char *id, int64_t revoked, int64_t until)
{
	assert_int_equal(d->agent_add(s, id, 1, until), 0);
	if (revoked)
		assert_int_equal(d->agent_revoke(s, id, revoked), 0);
	for (int i = 1; i <= 3; i++)
		add_location(id, i, 0, 0);
}

static size_t locations(const char *id)
{
	size_t n = 0;

	for (int i = 1; i <= 3; i++)
		n += store_remove(id, i);
	return n;
}

static void a_host_that_was_revoked_long_ago_goes(void **state)
{
	struct store_command c = { .agent_id = "r", .id = "c", .sequence = 1,
		.action = "x", .not_before = 10, .expires = 20, .needed = 1,
		.payload = (const uint8_t *)"", .payload_len = 0 };
	struct store_agent a;
	int64_t removed = -1, last = -1;

	(void)state;
	begin();
	add_agent("r", 50, 60);
	add_agent("valid", 50, 200);
	add_agent("pki", 50, 0);
	add_agent("young", 100, 60);
	add_agent("live", 0, 60);
	assert_int_equal(d->command_add(s, &c), 0);
	assert_int_equal(retain_prune_revoked(s, 100, 7, &removed), 0);
	assert_int_equal(removed, 7);
	assert_int_equal(retain_prune_revoked(s, 100, 7, &removed), 0);
	assert_int_equal(removed, 2);
	assert_int_equal(d->agent_get(s, "r", &a), -ENOENT);
	assert_int_equal(d->command_sequence(s, "r", &last), 0);
	assert_int_equal(last, 0);
	/* whose certificates could still be shown */
	assert_int_equal(d->agent_get(s, "valid", &a), 0);
	assert_true(a.revoked);
	assert_int_equal(d->agent_get(s, "pki", &a), 0);
	assert_true(a.revoked);
	assert_int_equal(locations("valid"), 0);
	assert_int_equal(locations("pki"), 0);
	assert_int_equal(locations("young"), 3);
	assert_int_equal(locations("live"), 3);
}

/* Counts rounds; ends after the one that makes it zero. */
static bool count_down(void *arg, int64_t ms)
{
	assert_true(ms >= 0);
	return --*(int *)arg != 0;
}

static void all_that_is_old_goes_at_once(void **state)
{
	uint8_t cursor[HASH_SIZE] = { 0 };
	int64_t removed = -1;
	struct store_agent a;
	int rounds = 1;

	(void)state;
	begin();
	add_agent("r", 50, 60);
	add_event(1, 50, 1, 1, 0);
	add_object(1, -1, 1);
	commit();
	/* orders alone, of which there are none */
	assert_int_equal(retain_all(s, all_before(100), cursor, count_down,
				    &rounds, &removed), 0);
	assert_int_equal(removed, 0);
	/* the event named the object */
	assert_int_equal(retain_all(s, all_before(100), cursor, count_down,
				    &rounds, &removed), 0);
	assert_int_equal(removed, 5);
	assert_int_equal(d->agent_get(s, "r", &a), -ENOENT);
	assert_false(is_there(1));
	assert_int_equal(retain_all(s, all_before(100), cursor, count_down,
				    &rounds, &removed), 0);
	assert_int_equal(removed, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_store, \
						   store_case_close)
	const struct CMUnitTest tests[] = {
		TEST(events_go_by_their_time_and_no_more_than_were_asked),
		TEST(objects_go_that_nothing_names),
		TEST(what_only_an_agent_told_goes_after_a_day),
		TEST(a_round_has_its_bound_and_the_next_goes_on),
		TEST(a_report_that_is_being_written_loses_no_object),
		TEST(a_host_that_was_revoked_long_ago_goes),
		TEST(all_that_is_old_goes_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
