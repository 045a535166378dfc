/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/alert/message.h"

#include "tests/unit/unit.h"

#include <string.h>

#include "lib/encode.h"

static char *text(const char *t)
{
	return (char *)(uintptr_t)t;
}

static Alert__Item item;
static Alert__Item *items[] = { &item };
static char *names[2], *values[2];

static Alert__Message message(const char *title)
{
	Alert__Message m = ALERT__MESSAGE__INIT;

	alert__item__init(&item);
	item.key = text("00ff");
	item.title = text(title);
	item.host = text("web1");
	item.since = 1000;
	item.link = text("https://cw.example/#/certificates/00ff");
	names[0] = text("issuer");
	values[0] = text("CN=ca");
	names[1] = text("sni");
	values[1] = text("");
	item.names = names;
	item.values = values;
	item.n_names = item.n_values = 2;
	m.rule = text("expiring");
	m.severity = text("critical");
	m.event = text("begins");
	m.advice = text("renew it");
	m.time = 1000000000;
	m.count = 3;
	m.items = items;
	m.n_items = 1;
	return m;
}

static struct buf out;

static void a_subject_is_one_line_and_bounded(void **state)
{
	char title[400] = "CN=a\r\nBcc: x";
	Alert__Message m;

	(void)state;
	m = message(title);
	buf_init(&out, MESSAGE_MAX);
	message_subject(&m, &out);
	assert_string_equal(buf_str(&out), "[critical] expiring: "
			    "CN=a  Bcc: x on web1 and 2 more");
	buf_reset(&out);
	for (size_t i = 0; i + 2 < sizeof(title); i += 2)
		memcpy(title + i, "\xc3\xa4", 2);
	message_subject(&m, &out);
	assert_true(out.len <= 200);
	assert_true(is_utf8(out.data, out.len));
	buf_free(&out);
}

static void the_text_has_what_is_known_and_what_to_do(void **state)
{
	Alert__Message m = message("CN=a");

	(void)state;
	buf_init(&out, MESSAGE_MAX);
	message_text(&m, &out);
	assert_non_null(strstr(buf_str(&out), "* CN=a on web1 (since "
			       "1970-01-01T00:16:40Z)\n    issuer: CN=ca\n"));
	assert_null(strstr(buf_str(&out), "sni"));
	assert_non_null(strstr(buf_str(&out), "    page: https://cw.example/"
			       "#/certificates/00ff\n"));
	assert_non_null(strstr(buf_str(&out), "... and 2 more\n"));
	assert_non_null(strstr(buf_str(&out), "What to do: renew it\n"));
	buf_free(&out);
}

static void write_form(const char *name, const Alert__Message *m)
{
	const struct message_form *f = message_forms;

	buf_init(&out, 2 * MESSAGE_MAX);
	while (strcmp(f->name, name) != 0)
		f++;
	message_write(f, m, "routing", &out);
	assert_false(out.failed);
	assert_true(out.len <= f->max);
}

static void slack_markup_in_a_name_is_only_text(void **state)
{
	Alert__Message m = message("<!channel> & <http://x|y>");

	(void)state;
	write_form("slack", &m);
	assert_null(strchr(buf_str(&out), '<'));
	assert_non_null(strstr(buf_str(&out), "&lt;!channel&gt; &amp; "));
	buf_free(&out);
}

static void an_incident_ends_with_the_last_alert_of_its_rule(void **state)
{
	Alert__Message m = message("CN=a");

	(void)state;
	m.event = text("ends");
	m.open = 1;
	write_form("pagerduty", &m);
	assert_non_null(strstr(buf_str(&out), "\"event_action\":\"trigger\""));
	buf_free(&out);
	m.open = 0;
	write_form("pagerduty", &m);
	assert_non_null(strstr(buf_str(&out), "\"event_action\":\"resolve\""));
	assert_non_null(strstr(buf_str(&out), "\"routing_key\":\"routing\""));
	assert_non_null(strstr(buf_str(&out), "\"dedup_key\":\"expiring\""));
	buf_free(&out);
}

static void an_end_without_an_alert_says_that_none_is_open(void **state)
{
	Alert__Message m = message("CN=a");

	(void)state;
	m.event = text("ends");
	m.severity = text("info");
	m.count = 0;
	m.n_items = 0;
	write_form("pagerduty", &m);
	assert_non_null(strstr(buf_str(&out), "\"event_action\":\"resolve\""));
	assert_non_null(strstr(buf_str(&out), "\"summary\":\"[info] expiring: "
			       "over: nothing is open\""));
	buf_free(&out);
}

static void a_card_has_the_alerts_and_what_to_do(void **state)
{
	Alert__Message m = message("CN=a\",\"type\":\"x");

	(void)state;
	write_form("teams", &m);
	assert_non_null(strstr(buf_str(&out), "\"contentType\":"
			       "\"application/vnd.microsoft.card.adaptive\""));
	assert_non_null(strstr(buf_str(&out), "\"version\":\"1.4\""));
	assert_non_null(strstr(buf_str(&out), "\"color\":\"Attention\""));
	assert_non_null(strstr(buf_str(&out), "issuer: CN=ca"));
	assert_non_null(strstr(buf_str(&out), "\"text\":\"renew it\""));
	assert_null(strstr(buf_str(&out), "\"type\":\"x"));
	buf_free(&out);
	m.event = text("ends");
	write_form("teams", &m);
	assert_non_null(strstr(buf_str(&out), "\"color\":\"Good\""));
	buf_free(&out);
}

static void markup_in_a_name_is_only_text_in_a_card(void **state)
{
	static const char block[] = "{\"type\":\"TextBlock\",\"text\":\"";
	Alert__Message m = message("[Renew it here](https://evil.example/)");
	const char *at = NULL;
	int n = 0;

	(void)state;
	write_form("teams", &m);
	assert_non_null(strstr(buf_str(&out), "{\"type\":\"TextRun\","
			       "\"text\":\"[Renew it here]"));
	for (at = buf_str(&out); (at = strstr(at, block)); n++) {
		at += strlen(block);
		assert_true(strncmp(at, "renew it\"", 9) == 0 ||
			    strncmp(at, "[page](https://cw.", 18) == 0);
	}
	assert_int_equal(n, 2);
	buf_free(&out);
}

static void a_form_has_as_many_alerts_as_its_readers_take(void **state)
{
	char value[301], title[901];
	Alert__Message m;
	Alert__Item *many[MESSAGE_ITEMS];

	(void)state;
	memset(value, '"', sizeof(value) - 1);
	memset(title, '<', sizeof(title) - 1);
	value[sizeof(value) - 1] = title[sizeof(title) - 1] = '\0';
	m = message(title);
	for (size_t i = 0; i < MESSAGE_ITEMS; i++)
		many[i] = &item;
	values[0] = values[1] = value;
	m.items = many;
	m.n_items = MESSAGE_ITEMS;
	m.count = MESSAGE_ITEMS + 10;
	for (size_t i = 0; message_forms[i].name; i++) {
		write_form(message_forms[i].name, &m);
		buf_free(&out);
	}
	write_form("teams", &m);
	assert_null(strstr(buf_str(&out), "... and 10 more"));
	assert_non_null(strstr(buf_str(&out), " more\""));
	buf_free(&out);
	write_form("slack", &m);
	assert_null(strstr(buf_str(&out), "... and 10 more"));
	assert_non_null(strstr(buf_str(&out), " more\\n"));
	buf_free(&out);
}

static void a_mail_has_short_lines_of_ascii(void **state)
{
	Alert__Message m = message("CN=\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3"
				   "\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3"
				   "\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3"
				   "\xa4\xc3\xa4\xc3\xa4\xc3\xa4");
	char *const to[] = { text("a@example.org"), text("b@example.org") };
	size_t line = 0;

	(void)state;
	buf_init(&out, 2 * MESSAGE_MAX);
	message_mail(&m, "certwalk@example.org", to, 2, "id", &out);
	assert_false(out.failed);
	assert_non_null(strstr(buf_str(&out),
			       "To: <a@example.org>,\r\n <b@example.org>\r\n"));
	assert_non_null(strstr(buf_str(&out),
			       "Message-ID: <id@example.org>\r\n"));
	assert_non_null(strstr(buf_str(&out),
			       "Date: Sun, 09 Sep 2001 01:46:40 +0000\r\n"));
	for (size_t i = 0; i < out.len; i++) {
		assert_true(out.data[i] < 127);
		line = out.data[i] == '\n' ? 0 : line + 1;
		assert_true(line <= 77);
	}
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_subject_is_one_line_and_bounded),
		cmocka_unit_test(the_text_has_what_is_known_and_what_to_do),
		cmocka_unit_test(slack_markup_in_a_name_is_only_text),
		cmocka_unit_test(
			an_incident_ends_with_the_last_alert_of_its_rule),
		cmocka_unit_test(
			an_end_without_an_alert_says_that_none_is_open),
		cmocka_unit_test(a_card_has_the_alerts_and_what_to_do),
		cmocka_unit_test(markup_in_a_name_is_only_text_in_a_card),
		cmocka_unit_test(a_form_has_as_many_alerts_as_its_readers_take),
		cmocka_unit_test(a_mail_has_short_lines_of_ascii),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
