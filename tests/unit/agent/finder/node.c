/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void keys_that_say_what_they_are(void **state)
{
	(void)state;
	file("/srv/app/config/production.json",
		"{\n"
		"\t\"port\": 443,\n"
		"\t\"apiKey\": \"abcdef\",\n"
		"\t\"tls\": {\n"
		"\t\t\"cert\": \"/srv/app/tls/server.crt\",\n"
		"\t\t\"key\": \"./tls/server.key\",\n"
		"\t\t\"ca\": [\"/srv/app/tls/ca1.pem\", "
		"\"/srv/app/tls/ca2.pem\"],\n"
		"\t\t\"password\": \"secret.key is not this\"\n"
		"\t},\n"
		"\t\"clientCA\": \"clients.pem\",\n"
		"\t\"logo\": \"x.png\",\n"
		"\t\"icon\": \"public/cat.pem\"\n"
		"}\n");
	find("node");
	assert_found(
		"certificate /srv/app/tls/server.crt "
		"/srv/app/config/production.json:5\n"
		"key /srv/app/config/tls/server.key "
		"/srv/app/config/production.json:6\n"
		"ca /srv/app/tls/ca1.pem /srv/app/config/production.json:7\n"
		"ca /srv/app/tls/ca2.pem /srv/app/config/production.json:7\n"
		"client-ca /srv/app/config/clients.pem "
		"/srv/app/config/production.json:10\n");
	assert_gaps("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(keys_that_say_what_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
