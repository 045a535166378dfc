/* SPDX-License-Identifier: Apache-2.0 */
/* What the store keeps of alerts. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/collector-stub/store_case.h"

static const struct store_alert_driver *alerts;

static int open_store(void **state)
{
	if (store_case_open(state) < 0)
		return -1;
	alerts = d->alerts;
	return 0;
}

static char said[200];

static int say_incident(void *arg, const char *rule, const char *channel)
{
	size_t len = strlen(said);

	(void)arg;
	snprintf(said + len, sizeof(said) - len, "%s %s;", rule, channel);
	return 0;
}

static const char *incidents(const char *rule)
{
	said[0] = '\0';
	assert_int_equal(alerts->incident_list(s, rule, say_incident, NULL), 0);
	return said;
}

static void an_incident_is_one_of_its_rule_and_channel(void **state)
{
	(void)state;
	assert_int_equal(alerts->incident_add(s, "a", "pager"), 0);
	assert_int_equal(alerts->incident_add(s, "a", "pager"), 0);
	assert_int_equal(alerts->incident_add(s, "a", "chat"), 0);
	assert_int_equal(alerts->incident_add(s, "b", "pager"), 0);
	assert_string_equal(incidents("a"), "a chat;a pager;");
	assert_string_equal(incidents(NULL), "a chat;a pager;b pager;");
	assert_int_equal(alerts->incident_remove(s, "a", "pager"), 0);
	assert_int_equal(alerts->incident_remove(s, "a", "pager"), 0);
	assert_string_equal(incidents(NULL), "a chat;b pager;");
	assert_string_equal(incidents("c"), "");
}

static int say_alert(void *arg, const struct store_alert *a)
{
	(void)arg;
	snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s;",
		 a->title);
	return 0;
}

static int say_message(void *arg, const struct store_message *m)
{
	(void)arg;
	snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s;",
		 m->id);
	return 0;
}

static void add_alert(int n, int64_t ended, const char *title)
{
	struct store_alert a = { .rule = "a", .title = title, .host = "",
				 .since = 1, .ended = ended };

	memset(a.key, n, HASH_SIZE);
	assert_int_equal(alerts->put(s, &a), 0);
}

static void add_message(const char *id, int64_t done)
{
	struct store_message m = { .id = id, .channel = "c", .rule = "a",
		.created = 1, .next = 1, .done = done, .error = "",
		.bytes = (const uint8_t *)"", .len = 0 };

	assert_int_equal(alerts->message_add(s, &m), 0);
	assert_int_equal(alerts->message_put(s, &m), 0);
}

static void only_what_has_been_over_for_long_is_forgotten(void **state)
{
	(void)state;
	add_alert(1, 0, "open");
	add_alert(2, 99, "old");
	add_alert(3, 100, "young");
	add_message("m1", 0);
	add_message("m2", 99);
	add_message("m3", 100);
	assert_int_equal(alerts->trim(s, 100), 0);
	said[0] = '\0';
	assert_int_equal(alerts->list(s, 10, say_alert, NULL), 0);
	assert_string_equal(said, "open;young;");
	said[0] = '\0';
	assert_int_equal(alerts->message_list(s, 10, say_message, NULL), 0);
	assert_string_equal(said, "m1;m3;");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_store, \
						   store_case_close)
	const struct CMUnitTest tests[] = {
		TEST(an_incident_is_one_of_its_rule_and_channel),
		TEST(only_what_has_been_over_for_long_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
