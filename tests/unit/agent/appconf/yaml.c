/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "tests/unit/agent/appconf/gather.h"

static void springs_nested_and_dotted_names(void **state)
{
	(void)state;
	assert_gathers("application.yml",
		       "server:\n"
		       "  ssl:\n"
		       "    key-store: classpath:k.p12\n"
		       "    key-store-password: one\n"
		       "    keyPassword: 'two'\n"
		       "    ciphers: [a, b]\n"
		       "  port: 8443\n"
		       "server.ssl.trust-store-password: \"thr\\u00e9e\"\n"
		       "spring:\n"
		       "  datasource: {password: no}\n"
		       "  kafka.ssl: {key-store-password: '${P:four}'}\n"
		       "  ssl.bundle.jks.web.keystore.password: five\n"
		       "---\n"
		       "server.ssl.key-store-password: six\n",
		       "one\ntwo\nthr\xc3\xa9" "e\nfour\nfive\nsix\n");
}

static void elasticsearchs_names(void **state)
{
	(void)state;
	assert_gathers("elasticsearch.yml",
		       "cluster.name: x\n"
		       "xpack.security.http.ssl:\n"
		       "  keystore.path: certs/http.p12\n"
		       "  keystore.password: one\n"
		       "  truststore: {path: x, password: two}\n"
		       "xpack.security.transport.ssl.keystore.password: three\n"
		       "discovery.seed_hosts: [\"a\", \"b\"]\n"
		       "xpack.notification.email.password: no\n",
		       "one\ntwo\nthree\n");
}

static void lists_and_aliases_do_not_shift_the_names(void **state)
{
	(void)state;
	assert_gathers("application.yml",
		       "a: &x {key-store-password: one}\n"
		       "b: *x\n"
		       "c:\n"
		       "- key-store-password: two\n"
		       "- {x: y, key-store-password: three}\n"
		       "- plain\n"
		       "d.key-store-password: four\n",
		       "one\none\ntwo\nthree\nfour\n");
}

static void what_comes_before_a_fault_is_handed_on(void **state)
{
	static const char text[] = "key-store-password: one\nx: [\n";

	(void)state;
	assert_int_equal(gather("application.yml", text, sizeof(text) - 1),
			 -EBADMSG);
	assert_string_equal(buf_str(&gathered), "one\n");
	assert_gathers("application.yml", "", "");
}

static void depth_and_length_of_names_have_an_end(void **state)
{
	char text[4000] = "";

	(void)state;
	memset(text, '[', 3000);
	assert_int_equal(gather("application.yml", text, 3000), -E2BIG);
	for (size_t i = 0; i < 60; i++)
		memcpy(text + 20 * i, "{aaaaaaaaaaaaaaaaa: ", 20);
	snprintf(text + 1200, sizeof(text) - 1200, "{key-store-password: x");
	gather("application.yml", text, strlen(text));
	assert_string_equal(buf_str(&gathered), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(springs_nested_and_dotted_names),
		cmocka_unit_test(elasticsearchs_names),
		cmocka_unit_test(lists_and_aliases_do_not_shift_the_names),
		cmocka_unit_test(what_comes_before_a_fault_is_handed_on),
		cmocka_unit_test(depth_and_length_of_names_have_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
