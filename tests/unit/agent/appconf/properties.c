/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/appconf/gather.h"

static void each_separator_is_understood(void **state)
{
	(void)state;
	assert_gathers("server.properties",
		       "ssl.keystore.password=one\n"
		       "ssl.key.password : two\r\n"
		       "  ssl.truststore.password three\r"
		       "listener.name.internal.ssl.keystore.password=four\n"
		       "sasl.password=other\n"
		       "ssl.keystore.location=/x.jks",
		       "one\ntwo\nthree\nfour\n");
}

static void comments_and_empty_values_are_passed_over(void **state)
{
	(void)state;
	assert_gathers("server.properties",
		       "#ssl.keystore.password=one\n"
		       " ! ssl.keystore.password=two \\\n"
		       "ssl.keystore.password=\n"
		       "ssl.keystore.password\n"
		       "\n\n=x\n\\",
		       "");
}

static void lines_go_on_behind_a_backslash(void **state)
{
	(void)state;
	assert_gathers("server.properties",
		       "ssl.keystore.\\\n"
		       "   password = long\\\r\n"
		       "\ter\n"
		       "ssl.key.password=even\\\\\n"
		       "x=y\n",
		       "longer\neven\\\neven\\\\\n");
}

static void escapes_are_read_both_ways(void **state)
{
	(void)state;
	assert_gathers("server.properties",
		       "ssl.keystore.password=k\\u00f6nig\\=\\u12\n",
		       "k\xc3\xb6nig=u12\nk\\u00f6nig\\=\\u12\n");
}

static void jettys_ini_is_read(void **state)
{
	(void)state;
	assert_gathers("start.ini",
		       "--module=https\n"
		       "# jetty.sslContext.keyStorePassword=OBF:1\n"
		       "jetty.sslContext.keyStorePassword=OBF:"
		       "1vny1zlo1x8e1vnw1vn61x8g1zlu1vn4\n"
		       "jetty.sslContext.keyManagerPassword=OBF:"
		       "1u2u1wml1z7s1z7a1wnl1u2g\n",
		       "storepwd\nkeypwd\n");
}

static void a_line_too_long_does_not_spoil_the_next(void **state)
{
	size_t len = KIB(70);
	char *text = malloc(len + 64);

	(void)state;
	memset(text, 'x', len);
	snprintf(text + len, 64, "\nssl.key.password=one");
	assert_gathers("server.properties", text, "one\n");
	memset(text, '\\', len);
	assert_gathers("server.properties", text, "one\n");
	free(text);
}

static void what_stands_beside_the_keystores_name_is_told(void **state)
{
	(void)state;
	gather_store = "k.jks";
	assert_gathers("server.properties",
		       "ssl.truststore.password=one\n"
		       "ssl.keystore.password=two\n"
		       "ssl.keystore.location=/etc/kafka/k.jks\n",
		       "near: one\nbeside: two\n");
	assert_gathers("server.properties",
		       "ssl.keystore.password=two\n"
		       "ssl.keystore.location=/etc/kafka/other.jks\n",
		       "two\n");
	gather_store = "";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_separator_is_understood),
		cmocka_unit_test(comments_and_empty_values_are_passed_over),
		cmocka_unit_test(lines_go_on_behind_a_backslash),
		cmocka_unit_test(escapes_are_read_both_ways),
		cmocka_unit_test(jettys_ini_is_read),
		cmocka_unit_test(what_stands_beside_the_keystores_name_is_told),
		cmocka_unit_test(a_line_too_long_does_not_spoil_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
