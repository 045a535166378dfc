/* SPDX-License-Identifier: Apache-2.0 */
/* Which events a difference is, by way of the whole sync. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/ingest/apply.h"
#include "collector-stub/query/query.h"
#include "lib/limits.h"
#include "tests/unit/collector-stub/store_case.h"

#define DAY INT64_C(86400)

static int64_t now;
static uint64_t generation;
static struct set_digest digest;

static int open_store(void **state)
{
	now = 1000 * DAY;
	generation = 0;
	digest = (struct set_digest){ .sum = { 0 } };
	return store_case_open(state) < 0 || d->agent_add(s, "a", 1, 1) < 0;
}

/* A certificate in a file, or served by a port, or the port itself. */
struct thing {
	char object;		/* letter of the certificate; 0: an endpoint */
	const char *path;	/* NULL: served at ${port} */
	unsigned int port;
	unsigned int position;	/* in its chain */
	unsigned int mode;
	const char *state, *cause;	/* of an endpoint */
};

#define IN(o, p) { .object = (o), .path = (p) }
#define LOCKED(o, p) { .object = (o), .path = (p), .mode = 0600 }
#define LINK(o, p, n) { .object = (o), .path = (p), .position = (n) }
#define SERVED(o, p) { .object = (o), .port = (p), .position = 1 }
#define PORT(p, s, c) { .port = (p), .state = (s), .cause = (c) }

static void hash_of(char object, uint8_t ret[static HASH_SIZE])
{
	hash_sha256(&object, 1, ret);
}

static ProtobufCBinaryData pack(const struct thing *t)
{
	Cw__Location l = CW__LOCATION__INIT;
	Cw__FilePlace f = CW__FILE_PLACE__INIT;
	Cw__EndpointPlace e = CW__ENDPOINT_PLACE__INIT;
	uint8_t hash[HASH_SIZE], address[] = { 192, 0, 2, 1 };
	ProtobufCBinaryData ret;

	hash_of(t->object, hash);
	l.kind = t->object ? CW__KIND__KIND_CERTIFICATE :
		CW__KIND__KIND_ENDPOINT;
	if (t->object)
		l.object = (ProtobufCBinaryData){ HASH_SIZE, hash };
	l.chain_position = t->position;
	if (t->path) {
		f.path = (ProtobufCBinaryData){ strlen(t->path),
						(uint8_t *)(uintptr_t)t->path };
		f.mode = t->mode;
		l.place_case = CW__LOCATION__PLACE_FILE;
		l.file = &f;
	} else {
		e.address = (ProtobufCBinaryData){ 4, address };
		e.port = t->port;
		e.state = (char *)(uintptr_t)(t->state ? t->state : "");
		e.cause = (char *)(uintptr_t)(t->cause ? t->cause : "");
		l.place_case = CW__LOCATION__PLACE_ENDPOINT;
		l.endpoint = &e;
	}
	ret.len = cw__location__get_packed_size(&l);
	ret.data = malloc(ret.len);
	cw__location__pack(&l, ret.data);
	return ret;
}

#define THINGS 4

struct say {
	struct thing add[THINGS], remove[THINGS];
	bool full;
};

static bool is_end(const struct thing *t)
{
	return !t->object && !t->path && !t->port;
}

static void send_request(Cw__SyncRequest *m)
{
	struct sync in = { .agent_id = "a", .now = now };
	struct apply_result res = { .generation = 0 };
	size_t len = 0;
	uint8_t *body = NULL;
	const char *why = NULL;
	struct arena a;

	m->epoch = 7;
	m->digest = (ProtobufCBinaryData){ HASH_SIZE, digest.sum };
	len = cw__sync_request__get_packed_size(m);
	body = malloc(len + 1);
	cw__sync_request__pack(m, body);
	arena_init(&a, DECODE_MEMORY);
	assert_int_equal(decode_sync(body, len, &a, &in, &why), 0);
	assert_int_equal(apply_sync(s, &in, &res), 0);
	assert_int_equal(res.verdict, APPLY_ACKNOWLEDGED);
	buf_free(&res.need);
	arena_free(&a);
	free(body);
}

static void sync(struct say w)
{
	Cw__SyncRequest m = CW__SYNC_REQUEST__INIT;
	ProtobufCBinaryData add[THINGS], remove[THINGS];
	uint8_t hash[HASH_SIZE];

	for (; m.n_added < THINGS && !is_end(&w.add[m.n_added]); m.n_added++) {
		add[m.n_added] = pack(&w.add[m.n_added]);
		hash_sha256(add[m.n_added].data, add[m.n_added].len, hash);
		set_digest_add(&digest, hash);
	}
	for (; m.n_removed < THINGS && !is_end(&w.remove[m.n_removed]);
	     m.n_removed++) {
		ProtobufCBinaryData one = pack(&w.remove[m.n_removed]);

		hash_sha256(one.data, one.len, hash);
		set_digest_sub(&digest, hash);
		free(one.data);
		remove[m.n_removed].data = malloc(HASH_SIZE);
		memcpy(remove[m.n_removed].data, hash, HASH_SIZE);
		remove[m.n_removed].len = HASH_SIZE;
	}
	m.added = add;
	m.removed = remove;
	m.full = w.full;
	m.base_generation = w.full ? 0 : generation;
	m.new_generation = ++generation;
	send_request(&m);
	for (size_t i = 0; i < m.n_added; i++)
		free(add[i].data);
	for (size_t i = 0; i < m.n_removed; i++)
		free(remove[i].data);
	now++;
}

#define diff(...) sync((struct say){ __VA_ARGS__ })
#define full(...) sync((struct say){ .full = true, __VA_ARGS__ })

static void heartbeat(void)
{
	Cw__SyncRequest m = CW__SYNC_REQUEST__INIT;

	m.base_generation = m.new_generation = generation;
	send_request(&m);
	now++;
}

/* A scan that changed nothing and could not look at ${gaps} things. */
static void scan(bool complete, uint64_t gaps)
{
	Cw__SyncRequest m = CW__SYNC_REQUEST__INIT;
	Cw__Coverage c = CW__COVERAGE__INIT;
	Cw__GapCount n[2] = { CW__GAP_COUNT__INIT, CW__GAP_COUNT__INIT };
	Cw__GapCount *counts[] = { &n[0], &n[1] };

	n[0].kind = CW__GAP_KIND__GAP_SKIPPED;
	n[0].count = 1000 - gaps;
	n[1].kind = CW__GAP_KIND__GAP_UNREADABLE;
	n[1].count = gaps;
	c.started = now - 1;
	c.finished = now;
	c.complete = complete;
	c.counts = counts;
	c.n_counts = 2;
	m.coverage = &c;
	m.base_generation = m.new_generation = generation;
	send_request(&m);
	now++;
}

/* The collector then has the certificate itself. */
static void know(char object, const char *name, int64_t not_after)
{
	Cw__Facts f = CW__FACTS__INIT;
	char *names[] = { (char *)(uintptr_t)name };
	struct store_object o = { .kind = CW__KIND__KIND_CERTIFICATE,
				  .facts = &f };

	hash_of(object, o.sha256);
	f.subject = (char *)(uintptr_t)"";
	f.dns_names = names;
	f.n_dns_names = 1;
	f.has_validity = true;
	f.not_after = not_after;
	assert_int_equal(d->object_add(s, &o, 1), 0);
}

static struct buf said;

static void add_text(const struct query_row *row, const char *name)
{
	const struct store_value *v = query_value(row, name);

	assert_non_null(v);
	if (v->type != STORE_TEXT)
		return;
	buf_addch(&said, ' ');
	buf_add(&said, v->data, v->len);
}

static int say_event(void *arg, const struct query_row *row)
{
	static const char *const names[] = { "event", "place", "was", "cause" };
	const struct store_value *prior = query_value(row, "prior");

	(void)arg;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		add_text(row, names[i]);
	if (prior->type == STORE_TEXT)
		buf_adds(&said, " prior");
	buf_adds(&said, "\n");
	return 0;
}

/* All events but the first, the latest first. */
static void assert_events(const char *want)
{
	struct filter_fault fault = { .column = 0 };
	const struct query q = { .subject = query_subject("events"),
				 .filter = "event != joined", .now = now };

	buf_init(&said, MIB(1));
	assert_int_equal(query_rows(s, &q, say_event, NULL, &fault), 0);
	assert_string_equal(buf_str(&said), want);
	buf_free(&said);
}

static void a_first_report_is_one_event(void **state)
{
	struct filter_fault fault = { .column = 0 };
	const struct query q = { .subject = query_subject("events"),
				 .now = now };

	(void)state;
	full(.add = { IN('x', "/x"), IN('y', "/y") });
	buf_init(&said, MIB(1));
	assert_int_equal(query_rows(s, &q, say_event, NULL, &fault), 0);
	assert_string_equal(buf_str(&said), " joined\n");
	buf_free(&said);
}

static void what_comes_is_new_and_what_goes_is_gone(void **state)
{
	(void)state;
	full(.add = { IN('x', "/x") });
	diff(.add = { IN('y', "/y") });
	assert_events(" new /y\n");
	diff(.remove = { IN('x', "/x") });
	assert_events(" gone /x\n new /y\n");
}

static void a_copy_is_not_new_and_only_the_last_one_is_missed(void **state)
{
	(void)state;
	full(.add = { IN('x', "/x") });
	diff(.add = { IN('x', "/copy") });
	diff(.remove = { IN('x', "/x") });
	assert_events("");
	/* moved, and other rights */
	diff(.remove = { IN('x', "/copy") }, .add = { IN('x', "/moved") });
	diff(.remove = { IN('x', "/moved") },
	     .add = { LOCKED('x', "/moved") });
	assert_events("");
	diff(.remove = { LOCKED('x', "/moved") });
	assert_events(" gone /moved\n");
}

static void a_scan_that_leaves_out_more_is_worse(void **state)
{
	(void)state;
	full(.add = { IN('x', "/x") });
	/* the first one has none before it */
	scan(true, 2);
	scan(true, 2);
	scan(true, 1);
	assert_events("");
	scan(true, 3);
	scan(true, 3);
	assert_events(" worse complete, 3 gaps; before: complete, 1\n");
	scan(false, 0);
	scan(false, 0);
	assert_events(" worse not complete, 0 gaps; before: complete, 3\n"
		      " worse complete, 3 gaps; before: complete, 1\n");
	scan(true, 0);
	scan(true, 0);
	assert_events(" worse not complete, 0 gaps; before: complete, 3\n"
		      " worse complete, 3 gaps; before: complete, 1\n");
}

static void another_at_its_place_is_a_renewal_if_names_are_the_same(
	void **state)
{
	(void)state;
	full(.add = { LINK('x', "/x", 1) });
	know('x', "a.test", 100);
	know('y', "a.test", 200);
	know('z', "b.test", 300);
	diff(.remove = { LINK('x', "/x", 1) },
	     .add = { LINK('y', "/x", 1) });
	assert_events(" renewed /x prior\n");
	diff(.remove = { LINK('y', "/x", 1) },
	     .add = { LINK('z', "/x", 1) });
	assert_events(" replaced /x prior\n renewed /x prior\n");
	/* an older one again */
	diff(.remove = { LINK('z', "/x", 1) },
	     .add = { LINK('x', "/x", 1) });
	assert_events(" replaced /x prior\n replaced /x prior\n"
		      " renewed /x prior\n");
}

static void the_next_number_of_an_archive_is_a_renewal(void **state)
{
	uint8_t hash[HASH_SIZE];

	(void)state;
	full(.add = { IN('x', "/archive/1.pem") });
	know('x', "a.test", 100);
	know('y', "a.test", 200);
	diff(.add = { IN('y', "/archive/2.pem") });
	assert_events(" renewed /archive/2.pem prior\n");
	/* whose names are known later */
	diff(.add = { IN('z', "/archive/3.pem") });
	know('z', "a.test", 300);
	hash_of('z', hash);
	assert_int_equal(d->events->settle(s, "a", hash, 1), 0);
	assert_events(" renewed /archive/3.pem prior\n"
		      " renewed /archive/2.pem prior\n");
	/* which nobody misses */
	diff(.remove = { IN('x', "/archive/1.pem") });
	assert_events(" renewed /archive/3.pem prior\n"
		      " renewed /archive/2.pem prior\n");
}

static void what_followed_and_went_before_it_replaces_nothing(void **state)
{
	(void)state;
	full(.add = { IN('x', "/x") });
	know('x', "a.test", 100);
	know('y', "a.test", 200);
	diff(.add = { IN('y', "/tmp/y") });
	diff(.remove = { IN('y', "/tmp/y") });
	diff(.remove = { IN('x', "/x") });
	assert_events(" gone /x\n gone /tmp/y\n renewed /tmp/y prior\n");
}

static void an_agent_has_its_share_of_events(void **state)
{
	static struct store_event had[LIMIT_EVENTS_HOUR - 1];
	const size_t n = sizeof(had) / sizeof(*had);

	(void)state;
	full(.add = { IN('x', "/x") });
	for (size_t i = 0; i < n; i++)
		had[i] = (struct store_event){
			.number = now * STORE_EVENT_NUMBER + (int64_t)i + 1,
			.time = now, .about = "host", .event = "joined",
			.place = "",
		};
	now++;
	assert_int_equal(d->events->add(s, "a", had, n - 1), 0);
	diff(.add = { IN('y', "/y"), IN('z', "/z") });
	assert_events(" many 2 more at once\n");
	diff(.add = { IN('v', "/v") });
	assert_events(" many 2 more at once\n");
	now += 3601;
	diff(.add = { IN('w', "/w") });
	assert_events(" new /w\n many 2 more at once\n");
}

static void a_bundle_that_moves_up_is_no_renewal(void **state)
{
	(void)state;
	full(.add = { LINK('x', "/b", 1),
		      LINK('y', "/b", 2) });
	diff(.remove = { LINK('y', "/b", 2) },
	     .add = { LINK('z', "/b", 2) });
	assert_events(" gone /b\n new /b\n");
}

static void what_is_still_served_is_not_gone_and_not_told_later(void **state)
{
	(void)state;
	full(.add = { IN('x', "/x"), SERVED('x', 443) });
	know('x', "a.test", 100);
	know('y', "a.test", 200);
	diff(.remove = { IN('x', "/x") }, .add = { IN('y', "/x") });
	assert_events(" renewed /x prior\n");
	diff(.remove = { SERVED('x', 443) },
	     .add = { SERVED('y', 443) });
	assert_events(" renewed /x prior\n");
}

static void an_endpoint_that_changes_its_state_is_told(void **state)
{
	(void)state;
	full(.add = { PORT(443, "live", "") });
	diff(.remove = { PORT(443, "live", "") },
	     .add = { PORT(443, "stale", "old") });
	assert_events(" stale 192.0.2.1:443 live old\n");
	diff(.remove = { PORT(443, "stale", "old") },
	     .add = { PORT(443, "stale", "x"),
		      PORT(444, "live", ""),
		      PORT(445, "mixed", "") });
	assert_events(" mixed 192.0.2.1:445\n"
		      " stale 192.0.2.1:443 live old\n");
}

static void hear_another(void)
{
	struct store_agent b = { .id = "" };

	if (d->agent_get(s, "b", &b) == -ENOENT) {
		assert_int_equal(d->agent_add(s, "b", 1, 1), 0);
		assert_int_equal(d->agent_get(s, "b", &b), 0);
	}
	b.last_seen = now;
	assert_int_equal(d->agent_put(s, &b), 0);
}

static void a_host_that_was_silent_is_back(void **state)
{
	(void)state;
	full(.add = { IN('x', "/x") });
	now += DAY / 2;
	heartbeat();
	assert_events("");
	now += DAY + 10;
	/* nobody listened */
	assert_int_equal(d->events->silent(s, now, 14 * DAY), 0);
	assert_events("");
	hear_another();
	assert_int_equal(d->events->silent(s, now, 14 * DAY), 0);
	assert_events(" silent\n");
	heartbeat();
	heartbeat();
	assert_events(" back\n silent\n");
	/* as after an outage of the collector */
	now += 2 * DAY;
	heartbeat();
	hear_another();
	assert_int_equal(d->events->silent(s, now, 14 * DAY), 0);
	assert_events(" back\n silent\n");
}

static void a_state_that_is_sent_anew_is_one_event(void **state)
{
	(void)state;
	full(.add = { IN('x', "/x") });
	digest = (struct set_digest){ .sum = { 0 } };
	full(.add = { IN('y', "/y") });
	assert_events(" resynced\n");
}

int main(void)
{
#define test(f) cmocka_unit_test_setup_teardown(f, open_store, store_case_close)
	const struct CMUnitTest tests[] = {
		test(what_comes_is_new_and_what_goes_is_gone),
		test(a_copy_is_not_new_and_only_the_last_one_is_missed),
		test(a_scan_that_leaves_out_more_is_worse),
		test(another_at_its_place_is_a_renewal_if_names_are_the_same),
		test(the_next_number_of_an_archive_is_a_renewal),
		test(what_followed_and_went_before_it_replaces_nothing),
		test(an_agent_has_its_share_of_events),
		test(a_bundle_that_moves_up_is_no_renewal),
		test(what_is_still_served_is_not_gone_and_not_told_later),
		test(an_endpoint_that_changes_its_state_is_told),
		test(a_host_that_was_silent_is_back),
		test(a_state_that_is_sent_anew_is_one_event),
		test(a_first_report_is_one_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
