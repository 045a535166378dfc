/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "tests/unit/agent/appconf/gather.h"

static const char *application(const char *name)
{
	int kind = appconf_find(name);

	return kind < 0 ? "none" : appconf_table[kind].application;
}

static void a_file_is_told_by_its_name(void **state)
{
	(void)state;
	assert_string_equal(application("server.xml"), "tomcat");
	assert_string_equal(application("application.properties"),
			    "spring-boot");
	assert_string_equal(application("application-prod.yml"), "spring-boot");
	assert_string_equal(application("server.properties"), "kafka");
	assert_string_equal(application("standalone-full-ha.xml"), "wildfly");
	assert_string_equal(application("jetty-ssl-context.xml"), "jetty");
	assert_string_equal(application("start.ini"), "jetty");
	assert_string_equal(application("elasticsearch.keystore"),
			    "elasticsearch");
	assert_string_equal(application("web.xml"), "none");
	assert_string_equal(application(""), "none");
}

static void the_table_is_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < appconf_count; i++) {
		const struct appconf *c = &appconf_table[i];

		assert_non_null(c->application);
		assert_non_null(c->files);
		assert_non_null(c->keys);
		assert_non_null(c->read);
		for (size_t k = 0; c->files[k]; k++) {
			size_t len = strlen(c->files[k]);

			assert_true(len >= 3);
			assert_null(strpbrk(c->files[k] + len - 3, "*?[]"));
		}
		for (size_t k = 0; c->keys[k]; k++)
			assert_null(strpbrk(c->keys[k], "-_ABCDEFGHIJKLMNOPQRS"
					    "TUVWXYZ"));
	}
	assert_null(appconf_table[appconf_count].application);
}

static void names_are_alike_without_case_and_dashes(void **state)
{
	const struct appconf *c =
		&appconf_table[appconf_find("application.properties")];

	(void)state;
	assert_true(appconf_is_key(c, "server.ssl.key-store-password", 29));
	assert_true(appconf_is_key(c, "server.ssl.keyStorePassword", 27));
	assert_true(appconf_is_key(c, "SERVER_SSL_KEY_STORE_PASSWORD", 29));
	assert_false(appconf_is_key(c, "spring.datasource.password", 26));
	assert_false(appconf_is_key(c, "", 0));
}

static void clear(const char *text, const char *expected)
{
	char made[64] = "";
	int n = appconf_deobfuscate(text, strlen(text), made);

	assert_int_equal(n, strlen(expected));
	assert_memory_equal(made, expected, strlen(expected));
}

/* The first two are of Jetty's own manual. */
static void jettys_obfuscation_is_undone(void **state)
{
	char made[64];

	(void)state;
	clear("1vny1zlo1x8e1vnw1vn61x8g1zlu1vn4", "storepwd");
	clear("1u2u1wml1z7s1z7a1wnl1u2g", "keypwd");
	clear("U00xy", "\4");
	assert_int_equal(appconf_deobfuscate("1vn", 3, made), -EBADMSG);
	assert_int_equal(appconf_deobfuscate("U1vn", 4, made), -EBADMSG);
	assert_int_equal(appconf_deobfuscate("Uzzzz", 5, made), -EBADMSG);
	assert_int_equal(appconf_deobfuscate("1V-y", 4, made), -EBADMSG);
	assert_int_equal(appconf_deobfuscate("", 0, made), 0);
}

static void value(const char *text, const char *expected)
{
	struct appconf_sink sink = { gather_password, NULL, "" };

	buf_free(&gathered);
	buf_init(&gathered, KIB(8));
	appconf_value(&sink, text, strlen(text), APPCONF_ELSEWHERE);
	assert_string_equal(buf_str(&gathered), expected);
}

static void values_are_taken_as_they_were_meant(void **state)
{
	char longest[LIMIT_PASSWORD + 2];

	(void)state;
	value("plain", "plain\n");
	value(" with space ", " with space \n");
	value("OBF:1u2u1wml1z7s1z7a1wnl1u2g", "keypwd\n");
	value("OBF:", "");
	value("OBF:xx", "");
	value("${KEY_PASS}", "");
	value("${KEY_PASS:fallback}", "fallback\n");
	value("${key.pass:-fallback}", "fallback\n");
	value("${a:}", "");
	value("${", "${\n");
	value("${VAULT::ssl::password::1}", "");
	value("ENC(abcdef)", "");
	value("MD5:0123", "");
	value("", "");
	memset(longest, 'x', sizeof(longest));
	longest[LIMIT_PASSWORD + 1] = '\0';
	value(longest, "");
}

static bool names(const char *store, const char *text)
{
	struct appconf_sink sink = { .store = store };

	return appconf_names_store(&sink, text, strlen(text));
}

static void a_keystore_is_named_by_paths_and_urls(void **state)
{
	(void)state;
	assert_true(names("k.p12", "k.p12"));
	assert_true(names("k.p12", "conf/k.p12"));
	assert_true(names("k.p12", "classpath:k.p12"));
	assert_true(names("k.p12", "${catalina.base}/conf/k.p12"));
	assert_true(names("k.p12", "${dir}k.p12"));
	assert_false(names("k.p12", "ok.p12"));
	assert_false(names("k.p12", "k.p12.bak"));
	assert_false(names("k.p12", ".p12"));
	assert_false(names("", "anything/"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_told_by_its_name),
		cmocka_unit_test(the_table_is_whole),
		cmocka_unit_test(names_are_alike_without_case_and_dashes),
		cmocka_unit_test(jettys_obfuscation_is_undone),
		cmocka_unit_test(a_keystore_is_named_by_paths_and_urls),
		cmocka_unit_test(values_are_taken_as_they_were_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
