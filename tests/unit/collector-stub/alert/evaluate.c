/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about hosts, whose last_seen the tests set. */
#include "collector-stub/alert/evaluate.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "collector-stub/alert/alert.pb-c.h"
#include "collector-stub/store/columns.h"
#include "lib/limits.h"
#include "tests/unit/collector-stub/store_test.h"

#define NOW 1000000

static struct store *s;
static struct rule rule;
static char why[EVALUATE_WHY];

static char *text(const char *t)
{
	return (char *)(uintptr_t)t;
}

static char *channels[] = { (char *)(uintptr_t)"mail",
			    (char *)(uintptr_t)"chat" };
static char *pagers[] = { (char *)(uintptr_t)"pager" };
static char *other_pagers[] = { (char *)(uintptr_t)"pager2" };

static int open_store(void **state)
{
	(void)state;
	if (store_test_open_empty(&s) < 0)
		return -1;
	rule = (struct rule){
		.name = "silent", .subject = text("hosts"),
		.where = text("last_seen < -100s"), .severity = text("info"),
		.channels = { channels, 1 }, .advice = text(""),
		.tell_end = true, .tell_first = true,
	};
	return 0;
}

static int close_store(void **state)
{
	(void)state;
	store_close(s);
	return 0;
}

/* Within a transaction. */
static void note_seen(const char *id, int64_t time)
{
	struct store_agent a;

	if (s->driver->agent_get(s, id, &a) == -ENOENT) {
		assert_int_equal(s->driver->agent_add(s, id, 1, 0), 0);
		assert_int_equal(s->driver->agent_get(s, id, &a), 0);
	}
	a.last_seen = time;
	assert_int_equal(s->driver->agent_put(s, &a), 0);
}

static void seen(const char *id, int64_t time)
{
	assert_int_equal(s->driver->begin(s), 0);
	note_seen(id, time);
	assert_int_equal(s->driver->commit(s), 0);
}

/* Agents ${from} to below ${to}, by their numbers. */
static void all_seen(int from, int to, int64_t time)
{
	char id[32];

	assert_int_equal(s->driver->begin(s), 0);
	for (int i = from; i < to; i++) {
		snprintf(id, sizeof(id), "many-%05d", i);
		note_seen(id, time);
	}
	assert_int_equal(s->driver->commit(s), 0);
}

/* What waits for a channel, as "EVENT COUNT;", and takes it away; ${open} of
 * the last. */
struct waiting {
	const char *channel;
	int open;
	char title[200];	/* of its first item */
	char link[200];
	char text[200];
	char ids[20][UUID_TEXT];
	size_t n;
};

static int take(void *arg, const struct store_message *m)
{
	struct waiting *w = arg;
	Alert__Message *a = alert__message__unpack(NULL, m->len, m->bytes);
	size_t len = strlen(w->text);

	assert_non_null(a);
	if (strcmp(m->channel, w->channel) == 0) {
		snprintf(w->text + len, sizeof(w->text) - len, "%s %d;",
			 a->event, (int)a->count);
		w->open = (int)a->open;
		snprintf(w->title, sizeof(w->title), "%s",
			 a->n_items > 0 ? a->items[0]->title : "");
		snprintf(w->link, sizeof(w->link), "%s",
			 a->n_items > 0 ? a->items[0]->link : "");
		snprintf(w->ids[w->n++], UUID_TEXT, "%s", m->id);
	}
	alert__message__free_unpacked(a, NULL);
	return 0;
}

static char title[200], page[200];

static int expect(const char *channel, const char *messages)
{
	struct waiting w = { .channel = channel };

	assert_int_equal(s->driver->alerts->message_due(s, INT64_MAX / 2, 20,
							take, &w), 0);
	assert_string_equal(w.text, messages);
	for (size_t i = 0; i < w.n; i++) {
		struct store_message m = { .id = w.ids[i], .done = 1,
					   .error = "" };

		assert_int_equal(s->driver->alerts->message_put(s, &m), 0);
	}
	memcpy(title, w.title, sizeof(title));
	memcpy(page, w.link, sizeof(page));
	return w.open;
}

static bool keeps(void *arg, const char *channel)
{
	(void)arg;
	return strncmp(channel, "pager", 5) == 0;
}

static struct outbox outbox(int64_t now)
{
	return (struct outbox){ .store = s, .now = now, .keeps = keeps,
				.web = "https://cw.example/" };
}

static void look(int64_t now)
{
	const struct outbox o = outbox(now);
	int r = evaluate(&o, &rule, why);

	if (r < 0)
		print_message("%s\n", why);
	assert_int_equal(r, 0);
}

static void what_begins_is_told_once_and_its_end_too(void **state)
{
	(void)state;
	seen("a", NOW - 1000);
	seen("b", NOW - 1000);
	seen("c", NOW);
	look(NOW);
	expect("mail", "begins 2;");
	look(NOW + 10);
	expect("mail", "");
	seen("a", NOW + 10);
	look(NOW + 20);
	expect("mail", "ends 1;");
	look(NOW + 30);
	expect("mail", "");
	look(NOW + 500);
	expect("mail", "begins 2;");
}

static void what_does_not_last_is_not_told(void **state)
{
	(void)state;
	rule.hold = 60;
	seen("a", NOW - 1000);
	look(NOW);
	expect("mail", "");
	seen("a", NOW + 30);
	look(NOW + 30);
	expect("mail", "");
	look(NOW + 500);
	look(NOW + 559);
	expect("mail", "");
	look(NOW + 560);
	expect("mail", "begins 1;");
}

static void what_lasts_is_told_again_and_escalated_once(void **state)
{
	(void)state;
	rule.repeat = 100;
	rule.escalate_after = 150;
	rule.escalate_to = (struct option_list){ pagers, 1 };
	rule.channels.count = 2;
	seen("a", NOW - 1000);
	look(NOW);
	expect("mail", "begins 1;");
	expect("chat", "begins 1;");
	look(NOW + 99);
	expect("mail", "");
	look(NOW + 100);
	expect("mail", "continues 1;");
	expect("pager", "");
	look(NOW + 160);
	expect("mail", "");
	expect("pager", "escalates 1;");
	look(NOW + 300);
	expect("mail", "continues 1;");
	expect("pager", "");
}

static void what_was_so_before_the_rule_may_be_passed_over(void **state)
{
	(void)state;
	rule.tell_first = false;
	seen("a", NOW - 1000);
	rule.repeat = 10;
	rule.escalate_after = 10;
	rule.escalate_to = (struct option_list){ pagers, 1 };
	look(NOW);
	look(NOW + 20);
	expect("mail", "");
	expect("pager", "");
	seen("b", NOW - 1000);
	look(NOW + 21);
	assert_int_equal(expect("mail", "begins 1;"), 1);
	seen("a", NOW + 21);
	look(NOW + 22);
	expect("mail", "");
}

static void silence_holds_back_what_lasts_and_drops_what_ends(void **state)
{
	const struct store_silence q = {
		.id = "q", .rule = "silent", .pattern = "", .actor = "",
		.reason = "", .created = NOW, .until = NOW + 50,
	}, other = {
		.id = "o", .rule = "other", .pattern = "", .actor = "",
		.reason = "", .created = NOW, .until = NOW + 5000,
	};

	(void)state;
	assert_int_equal(s->driver->alerts->silence_add(s, &q), 0);
	assert_int_equal(s->driver->alerts->silence_add(s, &other), 0);
	seen("a", NOW - 1000);
	seen("b", NOW - 1000);
	look(NOW);
	seen("b", NOW);
	look(NOW + 1);
	expect("mail", "");
	look(NOW + 50);
	expect("mail", "begins 1;");
}

static void silence(int64_t until)
{
	const struct store_silence q = {
		.id = "q", .rule = "silent", .pattern = "", .actor = "",
		.reason = "", .created = NOW, .until = until,
	};

	assert_int_equal(s->driver->alerts->silence_add(s, &q), 0);
}

static void what_was_told_is_told_to_be_over_in_spite_of_silence(void **state)
{
	(void)state;
	rule.channels.items = pagers;
	seen("a", NOW - 1000);
	look(NOW);
	expect("pager", "begins 1;");
	silence(NOW + 5000);
	seen("b", NOW - 1000);
	look(NOW + 1);
	expect("pager", "");
	seen("a", NOW + 2);
	look(NOW + 2);
	assert_int_equal(expect("pager", "ends 1;"), 0);
}

static void an_incident_hears_of_the_last_end_alone(void **state)
{
	(void)state;
	rule.channels.items = pagers;
	seen("a", NOW - 1000);
	seen("b", NOW - 1000);
	look(NOW);
	assert_int_equal(expect("pager", "begins 2;"), 2);
	seen("a", NOW);
	look(NOW + 1);
	expect("pager", "");
	seen("b", NOW);
	look(NOW + 2);
	assert_int_equal(expect("pager", "ends 1;"), 0);
	look(NOW + 3);
	expect("pager", "");
}

static void what_was_not_told_holds_no_incident_open(void **state)
{
	(void)state;
	rule.channels.items = pagers;
	rule.hold = 60;
	seen("a", NOW - 1000);
	look(NOW);
	look(NOW + 60);
	assert_int_equal(expect("pager", "begins 1;"), 1);
	seen("b", NOW - 1000);
	look(NOW + 61);
	seen("a", NOW + 62);
	look(NOW + 62);
	assert_int_equal(expect("pager", "ends 1;"), 0);
	seen("b", NOW + 63);
	look(NOW + 63);
	expect("pager", "");
}

static void those_to_whom_it_was_escalated_hear_of_its_end(void **state)
{
	(void)state;
	rule.escalate_after = 100;
	rule.escalate_to = (struct option_list){ pagers, 1 };
	seen("a", NOW - 1000);
	look(NOW);
	look(NOW + 100);
	assert_int_equal(expect("pager", "escalates 1;"), 1);
	seen("b", NOW - 1000);
	look(NOW + 101);
	expect("mail", "begins 1;begins 1;");
	seen("a", NOW + 102);
	look(NOW + 102);
	/* of the other it was never told */
	assert_int_equal(expect("pager", "ends 1;"), 0);
	assert_int_equal(expect("mail", "ends 1;"), 1);
}

static void an_incident_ends_where_ends_are_not_told(void **state)
{
	(void)state;
	rule.tell_end = false;
	rule.escalate_after = 10;
	rule.escalate_to = (struct option_list){ pagers, 1 };
	seen("a", NOW - 1000);
	look(NOW);
	look(NOW + 10);
	expect("mail", "begins 1;");
	expect("pager", "escalates 1;");
	seen("a", NOW + 11);
	look(NOW + 11);
	expect("mail", "");
	assert_int_equal(expect("pager", "ends 1;"), 0);
}

static void an_incident_of_a_channel_that_was_taken_away_ends(void **state)
{
	(void)state;
	rule.channels.items = pagers;
	seen("a", NOW - 1000);
	look(NOW);
	expect("pager", "begins 1;");
	rule.channels.items = other_pagers;
	look(NOW + 1);
	assert_int_equal(expect("pager", "ends 0;"), 0);
	expect("pager2", "");
	look(NOW + 2);
	expect("pager", "");
}

static void a_rule_that_is_gone_ends_its_incidents(void **state)
{
	static const char *const others[] = { "other", NULL };
	const struct outbox o = outbox(NOW + 1);

	(void)state;
	rule.escalate_after = 1;
	rule.escalate_to = (struct option_list){ pagers, 1 };
	seen("a", NOW - 1000);
	look(NOW);
	look(NOW + 1);
	expect("mail", "begins 1;");
	expect("pager", "escalates 1;");
	assert_int_equal(s->driver->begin(s), 0);
	assert_int_equal(outbox_close_gone(&o, others), 0);
	assert_int_equal(s->driver->alerts->close(s, others, NOW), 0);
	assert_int_equal(s->driver->commit(s), 0);
	expect("mail", "");
	assert_int_equal(expect("pager", "ends 0;"), 0);
	assert_int_equal(outbox_close_gone(&o, others), 0);
	expect("pager", "");
}

static void a_rule_that_is_gone_closes_its_alerts(void **state)
{
	static const char *const none[] = { NULL };

	(void)state;
	seen("a", NOW - 1000);
	look(NOW);
	expect("mail", "begins 1;");
	assert_int_equal(s->driver->alerts->close(s, none, NOW), 0);
	look(NOW + 1);
	expect("mail", "begins 1;");
}

static void a_long_text_is_cut_and_keeps_no_other_from_being_told(void **state)
{
	Cw__HostFacts host = CW__HOST_FACTS__INIT;
	char name[70000];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	seen("a", NOW - 1000);
	seen("b", NOW - 1000);
	assert_int_equal(s->driver->begin(s), 0);
	assert_int_equal(s->driver->agent_host(s, "a", name, &host), 0);
	assert_int_equal(s->driver->commit(s), 0);
	look(NOW);
	assert_string_equal(why, "");
	expect("mail", "begins 2;");
}

static void a_message_waits_for_one_before_it(void **state)
{
	struct store_message m = { .id = "1", .channel = "mail",
		.rule = "silent", .created = 1, .next = NOW + 50,
		.bytes = (const uint8_t *)"", .len = 0 };
	struct waiting w = { .channel = "mail" };

	(void)state;
	assert_int_equal(s->driver->alerts->message_add(s, &m), 0);
	seen("a", NOW - 1000);
	look(NOW);
	assert_int_equal(s->driver->alerts->message_due(s, NOW, 20, take, &w),
			 0);
	assert_string_equal(w.text, "");
	m.done = 1;
	m.error = "";
	assert_int_equal(s->driver->alerts->message_put(s, &m), 0);
	expect("mail", "begins 1;");
}

static int count_open(void *arg, const struct store_alert *a)
{
	(void)a;
	++*(int *)arg;
	return 0;
}

static int open_alerts(void)
{
	int n = 0;

	assert_int_equal(s->driver->alerts->open(s, rule.name, count_open, &n),
			 0);
	return n;
}

static void more_than_are_kept_are_reported_and_end_all_the_same(void **state)
{
	(void)state;
	if (getenv("STORE_TEST_URL"))
		skip();		/* the limit is not the store's */
	all_seen(0, EVALUATE_ALERTS + 5, NOW - 1000);
	look(NOW);
	assert_non_null(strstr(why, "more pass than are kept"));
	expect("mail", "begins 20000;");
	look(NOW + 1);
	assert_non_null(strstr(why, "more pass than are kept"));
	expect("mail", "");
	assert_int_equal(open_alerts(), EVALUATE_ALERTS);
	/* those that were left out find room when others have ended */
	all_seen(10, EVALUATE_ALERTS - 5, NOW + 1);
	look(NOW + 2);
	look(NOW + 3);
	assert_string_equal(why, "");
	assert_int_equal(open_alerts(), 20);
	all_seen(0, EVALUATE_ALERTS + 5, NOW + 3);
	look(NOW + 4);
	assert_string_equal(why, "");
	assert_int_equal(open_alerts(), 0);
}

static void a_wrong_filter_is_told_with_its_column(void **state)
{
	const struct outbox o = outbox(NOW);

	(void)state;
	rule.where = text("last_seen < 1d and nonsense = 3");
	assert_int_equal(evaluate(&o, &rule, why), -EINVAL);
	assert_non_null(strstr(why, "column 20"));
}

static int no_location(void *arg, const struct store_location *l)
{
	(void)arg, (void)l;
	return 0;
}

/* What a host has at place ${n}, instead of what it had there.  Within a
 * transaction. */
static void note_place(const char *id, int n, const Cw__Location *l)
{
	struct store_value columns[COLUMNS_LOCATION];
	struct store_location row = { .bytes = (const uint8_t *)"",
		.kind = (int32_t)l->kind, .format = "pem", .seen = 1,
		.columns = columns };
	ProtobufCBinaryData hash = { HASH_SIZE, row.hash };
	size_t changed = 0;
	struct arena arena;

	hash_sha256(&n, sizeof(n), row.hash);
	if (l->place_case == CW__LOCATION__PLACE_FILE) {
		row.path = l->file->path.data;
		row.path_len = l->file->path.len;
	}
	arena_init(&arena, MIB(4));
	assert_int_equal(columns_of_location(l, &arena, columns), 0);
	assert_int_equal(s->driver->location_remove(s, id, &hash, 1,
						    no_location, NULL,
						    &changed), 0);
	assert_int_equal(s->driver->location_add(s, id, 1, &row, 1,
						 &changed), 0);
	arena_free(&arena);
}

static void report(int n, const Cw__Location *l)
{
	assert_int_equal(s->driver->begin(s), 0);
	note_place("a", n, l);
	assert_int_equal(s->driver->commit(s), 0);
}

static void serve(unsigned int port, const char *state, const char *cause)
{
	Cw__Location l = CW__LOCATION__INIT;
	Cw__EndpointPlace e = CW__ENDPOINT_PLACE__INIT;
	uint8_t address[] = { 192, 0, 2, 1 };

	e.address = (ProtobufCBinaryData){ sizeof(address), address };
	e.port = port;
	e.state = text(state);
	e.cause = text(cause);
	l.kind = CW__KIND__KIND_ENDPOINT;
	l.place_case = CW__LOCATION__PLACE_ENDPOINT;
	l.endpoint = &e;
	report((int)port % 200, &l);
}

static void keep_file(int n, const char *path, unsigned int mode)
{
	Cw__Location l = CW__LOCATION__INIT;
	Cw__FilePlace f = CW__FILE_PLACE__INIT;

	f.path = (ProtobufCBinaryData){ strlen(path),
					(uint8_t *)(uintptr_t)path };
	f.mode = mode;
	l.kind = CW__KIND__KIND_PRIVATE_KEY;
	l.place_case = CW__LOCATION__PLACE_FILE;
	l.file = &f;
	report(n, &l);
}

static void an_endpoint_is_told_once_whatever_its_cause(void **state)
{
	(void)state;
	rule.subject = text("endpoints");
	rule.where = text("state in (stale, mixed)");
	seen("a", NOW);
	serve(443, "stale", "old file");
	serve(444, "live", "");
	look(NOW);
	assert_int_equal(expect("mail", "begins 1;"), 1);
	assert_string_equal(title, "192.0.2.1:443: stale");
	serve(443, "mixed", "two processes");
	look(NOW + 1);
	expect("mail", "");
	serve(444, "mixed", "two processes");
	look(NOW + 2);
	assert_int_equal(expect("mail", "begins 1;"), 2);
	assert_string_equal(title, "192.0.2.1:444: mixed");
	serve(443, "live", "");
	look(NOW + 3);
	assert_int_equal(expect("mail", "ends 1;"), 1);
	assert_string_equal(title, "192.0.2.1:443: mixed");
}

static void a_place_is_told_by_its_path(void **state)
{
	(void)state;
	rule.subject = text("locations");
	rule.where = text("kind = private-key and path ~ \"/srv/*\"");
	seen("a", NOW);
	keep_file(1, "/srv/a.key", 0644);
	keep_file(2, "/etc/b.key", 0644);
	look(NOW);
	expect("mail", "begins 1;");
	assert_string_equal(title, "/srv/a.key: private-key");
	assert_string_equal(page, "https://cw.example/#/hosts/a");
	/* the same place */
	keep_file(1, "/srv/a.key", 0600);
	look(NOW + 1);
	expect("mail", "");
	keep_file(1, "/etc/a.key", 0600);
	look(NOW + 2);
	expect("mail", "ends 1;");
}

static void a_long_entry_keeps_no_other_place_from_being_told(void **state)
{
	Cw__Location l = CW__LOCATION__INIT;
	char *entry = malloc(400001);

	(void)state;
	assert_non_null(entry);
	memset(entry, 'e', 400000);
	entry[400000] = '\0';
	rule.subject = text("locations");
	rule.where = text("kind = certificate or kind = private-key");
	seen("a", NOW);
	seen("b", NOW);
	l.kind = CW__KIND__KIND_CERTIFICATE;
	l.entry = entry;
	report(1, &l);
	/* another one, though it differs in its last byte alone */
	entry[399999] = 'f';
	report(2, &l);
	keep_file(3, "/srv/a.key", 0644);
	look(NOW);
	assert_string_equal(why, "");
	assert_int_equal(expect("mail", "begins 3;"), 3);
	look(NOW + 1);
	expect("mail", "");
	free(entry);
}

static void a_host_with_very_many_leaves_room_for_others(void **state)
{
	Cw__Location l = CW__LOCATION__INIT;
	char entry[32];

	(void)state;
	if (getenv("STORE_TEST_URL"))
		skip();		/* the limit is not the store's */
	rule.subject = text("locations");
	rule.where = text("kind = private-key");
	l.kind = CW__KIND__KIND_PRIVATE_KEY;
	l.entry = entry;
	seen("a", NOW);
	seen("b", NOW);
	assert_int_equal(s->driver->begin(s), 0);
	for (int i = 0; i < EVALUATE_ALERTS / 2 + 5; i++) {
		snprintf(entry, sizeof(entry), "%d", i);
		note_place("a", i, &l);
	}
	note_place("b", -1, &l);
	assert_int_equal(s->driver->commit(s), 0);
	look(NOW);
	assert_non_null(strstr(why, "of one host"));
	assert_non_null(strstr(why, ": agent a"));
	assert_int_equal(expect("mail", "begins 10001;"), 10001);
	look(NOW + 1);
	expect("mail", "");
	/* nor bit by bit, wherever the new ones are among the known */
	assert_int_equal(s->driver->begin(s), 0);
	for (int i = 0; i < 2000; i++) {
		snprintf(entry, sizeof(entry), "more %d", i);
		note_place("a", EVALUATE_ALERTS + i, &l);
	}
	snprintf(entry, sizeof(entry), "b");
	note_place("b", -2, &l);
	assert_int_equal(s->driver->commit(s), 0);
	look(NOW + 2);
	assert_non_null(strstr(why, ": agent a"));
	assert_int_equal(expect("mail", "begins 1;"), 10002);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_store, \
						   close_store)
	const struct CMUnitTest tests[] = {
		TEST(what_begins_is_told_once_and_its_end_too),
		TEST(what_does_not_last_is_not_told),
		TEST(what_lasts_is_told_again_and_escalated_once),
		TEST(what_was_so_before_the_rule_may_be_passed_over),
		TEST(silence_holds_back_what_lasts_and_drops_what_ends),
		TEST(what_was_told_is_told_to_be_over_in_spite_of_silence),
		TEST(an_incident_hears_of_the_last_end_alone),
		TEST(what_was_not_told_holds_no_incident_open),
		TEST(those_to_whom_it_was_escalated_hear_of_its_end),
		TEST(an_incident_ends_where_ends_are_not_told),
		TEST(an_incident_of_a_channel_that_was_taken_away_ends),
		TEST(a_rule_that_is_gone_ends_its_incidents),
		TEST(a_rule_that_is_gone_closes_its_alerts),
		TEST(a_long_text_is_cut_and_keeps_no_other_from_being_told),
		TEST(a_message_waits_for_one_before_it),
		TEST(more_than_are_kept_are_reported_and_end_all_the_same),
		TEST(a_wrong_filter_is_told_with_its_column),
		TEST(an_endpoint_is_told_once_whatever_its_cause),
		TEST(a_place_is_told_by_its_path),
		TEST(a_long_entry_keeps_no_other_place_from_being_told),
		TEST(a_host_with_very_many_leaves_room_for_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
