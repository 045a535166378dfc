/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about hosts, whose last_seen the tests set. */
#include "collector-stub/alert/evaluate.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/alert/alert.pb-c.h"

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

static int open_store(void **state)
{
	const char *url = getenv("STORE_TEST_URL");
	char error[256] = "";

	(void)state;
	if (store_open(url ? url : "sqlite::memory:", true, &s, error,
		       sizeof(error)) < 0)
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

static void seen(const char *id, int64_t time)
{
	struct store_agent a;

	assert_int_equal(s->driver->begin(s), 0);
	if (s->driver->agent_get(s, id, &a) == -ENOENT) {
		assert_int_equal(s->driver->agent_add(s, id, 1, 0), 0);
		assert_int_equal(s->driver->agent_get(s, id, &a), 0);
	}
	a.last_seen = time;
	assert_int_equal(s->driver->agent_put(s, &a), 0);
	assert_int_equal(s->driver->commit(s), 0);
}

/* What waits for a channel, as "EVENT COUNT;", and takes it away. */
struct waiting {
	const char *channel;
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
		snprintf(w->ids[w->n++], UUID_TEXT, "%s", m->id);
	}
	alert__message__free_unpacked(a, NULL);
	return 0;
}

static void expect(const char *channel, const char *messages)
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
}

static void look(int64_t now)
{
	int r = evaluate(s, &rule, now, why);

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
	look(NOW);
	look(NOW + 1);
	expect("mail", "");
	seen("b", NOW - 1000);
	look(NOW + 2);
	expect("mail", "begins 1;");
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

static void a_wrong_filter_is_told_with_its_column(void **state)
{
	(void)state;
	rule.where = text("last_seen < 1d and nonsense = 3");
	assert_int_equal(evaluate(s, &rule, NOW, why), -EINVAL);
	assert_non_null(strstr(why, "column 20"));
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
		TEST(a_rule_that_is_gone_closes_its_alerts),
		TEST(a_long_text_is_cut_and_keeps_no_other_from_being_told),
		TEST(a_message_waits_for_one_before_it),
		TEST(a_wrong_filter_is_told_with_its_column),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
