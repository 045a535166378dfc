/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <string.h>

#include "agent/sync/host.h"

static void the_pretty_name_is_found_and_unquoted(void **state)
{
	static const struct { const char *text, *expect; } cases[] = {
		{"NAME=x\nPRETTY_NAME=\"Debian GNU/Linux 12\"\nID=d\n",
		 "Debian GNU/Linux 12"},
		{"PRETTY_NAME='a b'", "a b"},
		{"PRETTY_NAME=plain\n", "plain"},
		{"PRETTY_NAME=\"", "\""},
		{"XPRETTY_NAME=x\n", ""},
		{"", ""},
		{"PRETTY_NAME=\xff\xfe\n", ""},
		{"PRETTY_NAME=longer than the room that there is for it\n", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char name[24] = "";

		host_pretty_name(cases[i].text, name, sizeof(name));
		assert_string_equal(name, cases[i].expect);
	}
}

static void the_same_host_always_says_the_same(void **state)
{
	struct host a, b;

	(void)state;
	host_collect(&a);
	host_collect(&b);
	assert_string_equal(a.facts.hostname, b.facts.hostname);
	assert_string_equal(a.machine_id, b.machine_id);
	assert_true(*a.facts.kernel && *a.facts.arch && *a.facts.libcrypto);
	assert_true(strlen(a.machine_id) == 64 || !*a.machine_id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_pretty_name_is_found_and_unquoted),
		cmocka_unit_test(the_same_host_always_says_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
