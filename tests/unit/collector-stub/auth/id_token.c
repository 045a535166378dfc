/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector-stub/auth/id_token.h"

#define NOW 1800000000

static char *admins[] = { (char *)"certwalk-admins" };
static char *viewers[] = { (char *)"staff", (char *)"guests" };

static struct collector_config config = {
	.oidc_issuer = (char *)"https://id.test",
	.oidc_client_id = (char *)"certwalk",
	.oidc_user_claim = (char *)"preferred_username",
	.oidc_role_claim = (char *)"groups",
	.oidc_viewer = { viewers, 2 },
	.oidc_admin = { admins, 1 },
};

static const struct id_token_want want = {
	.config = &config, .nonce = "n-1", .since = NOW - 20, .now = NOW,
};

static struct id_token token;
static const char *why;

static int read_claims(const char *claims)
{
	why = "";
	return id_token_read((const uint8_t *)claims, strlen(claims), &want,
			     &token, &why);
}

#define PARTY "\"iss\":\"https://id.test\",\"sub\":\"s-1\"," \
	"\"aud\":\"certwalk\",\"nonce\":\"n-1\""
#define TIMES "\"exp\":1800000300,\"iat\":1799999990"
#define USER "\"preferred_username\":\"anna\",\"groups\":[\"x\",\"staff\"]"

static void good_claims_are_taken(void **state)
{
	(void)state;
	assert_int_equal(read_claims("{" PARTY "," TIMES "," USER "}"), 0);
	assert_string_equal(token.subject, "s-1");
	assert_string_equal(token.name, "anna");
	assert_int_equal(token.role, ROLE_VIEWER);
	assert_int_equal(read_claims("{" PARTY ",\"exp\":1800000300.5,"
				     "\"iat\":1799999990.25," USER "}"), 0);
}

static void the_greatest_role_counts(void **state)
{
	(void)state;
	assert_int_equal(read_claims("{" PARTY "," TIMES ",\"groups\":["
		"\"staff\",\"certwalk-admins\",\"guests\"]}"), 0);
	assert_int_equal(token.role, ROLE_ADMIN);
	assert_int_equal(read_claims("{" PARTY "," TIMES
				     ",\"groups\":\"guests\"}"), 0);
	assert_int_equal(token.role, ROLE_VIEWER);
	assert_int_equal(read_claims("{" PARTY "," TIMES
				     ",\"groups\":[\"Staff\"]}"), 0);
	assert_int_equal(token.role, ROLE_NONE);
	assert_int_equal(read_claims("{" PARTY "," TIMES
		",\"x\":{\"groups\":[\"certwalk-admins\"]}}"), 0);
	assert_int_equal(token.role, ROLE_NONE);
}

static void a_role_claim_may_be_nested_or_have_dots(void **state)
{
	(void)state;
	config.oidc_role_claim = (char *)"realm_access.roles";
	assert_int_equal(read_claims("{" PARTY "," TIMES ",\"realm_access\":"
		"{\"roles\":[\"certwalk-admins\"]}}"), 0);
	assert_int_equal(token.role, ROLE_ADMIN);
	assert_int_equal(read_claims("{" PARTY "," TIMES
		",\"realm_access.roles\":[\"staff\"]}"), 0);
	assert_int_equal(token.role, ROLE_VIEWER);
	assert_int_equal(read_claims("{" PARTY "," TIMES ",\"realm_access\":"
		"\"certwalk-admins\",\"realm_access.rolesX\":"
		"\"certwalk-admins\"}"), 0);
	assert_int_equal(token.role, ROLE_NONE);
	config.oidc_role_claim = (char *)"groups";
}

static void who_it_is_from_and_for_is_checked(void **state)
{
	static const char *const bad[] = {
		"\"sub\":\"s\",\"aud\":\"certwalk\",\"nonce\":\"n-1\"",
		"\"iss\":\"https://id.test/\",\"sub\":\"s\","
			"\"aud\":\"certwalk\",\"nonce\":\"n-1\"",
		"\"iss\":\"https://id.test\",\"sub\":\"s\",\"nonce\":\"n-1\"",
		"\"iss\":\"https://id.test\",\"sub\":\"s\","
			"\"aud\":\"other\",\"nonce\":\"n-1\"",
		"\"iss\":\"https://id.test\",\"sub\":\"s\","
			"\"aud\":[],\"nonce\":\"n-1\"",
		"\"iss\":\"https://id.test\",\"sub\":\"s\",\"aud\":"
			"[\"certwalk\",\"other\"],\"nonce\":\"n-1\"",
		"\"iss\":\"https://id.test\",\"sub\":\"s\",\"aud\":"
			"\"certwalk\",\"azp\":\"other\",\"nonce\":\"n-1\"",
		"\"iss\":\"https://id.test\",\"sub\":\"s\","
			"\"aud\":\"certwalk\"",
		"\"iss\":\"https://id.test\",\"sub\":\"s\","
			"\"aud\":\"certwalk\",\"nonce\":\"n-2\"",
		"\"iss\":\"https://id.test\",\"sub\":\"s\","
			"\"aud\":\"certwalk\",\"nonce\":\"\"",
		"\"iss\":\"https://id.test\",\"aud\":\"certwalk\","
			"\"nonce\":\"n-1\"",
		PARTY ",\"iss\":\"https://id.test\"",
		PARTY ",\"nonce\":\"n-1\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char text[512];

		snprintf(text, sizeof(text), "{%s," TIMES "," USER "}",
			 bad[i]);
		assert_int_equal(read_claims(text), -EACCES);
		assert_true(*why);
	}
	assert_int_equal(read_claims("{\"iss\":\"https://id.test\",\"sub\":"
		"\"s\",\"aud\":[\"other\",\"certwalk\"],\"azp\":\"certwalk\","
		"\"nonce\":\"n-1\"," TIMES "}"), 0);
}

static void its_time_is_checked(void **state)
{
	static const char *const bad[] = {
		"\"exp\":1800000300", "\"iat\":1799999990",
		"\"exp\":1799999940,\"iat\":1799999930",
		"\"exp\":1800000300,\"iat\":1800000061",
		"\"exp\":1800000300,\"iat\":1799999919",
		"\"exp\":1800000300,\"iat\":1799999990,\"nbf\":1800000061",
		"\"exp\":-1,\"iat\":1799999990",
		"\"exp\":1e20,\"iat\":1799999990",
		"\"exp\":99999999999999999999,\"iat\":1799999990",
		"\"exp\":\"soon\",\"iat\":1799999990",
		"\"exp\":1800000300.,\"iat\":null",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char text[512];

		snprintf(text, sizeof(text), "{" PARTY ",%s," USER "}",
			 bad[i]);
		assert_int_equal(read_claims(text), -EACCES);
	}
	/* clocks differ by a minute */
	assert_int_equal(read_claims("{" PARTY ",\"exp\":1799999941,"
				     "\"iat\":1799999921}"), 0);
}

static void names_that_no_user_can_have_are_left_out(void **state)
{
	(void)state;
	assert_int_equal(read_claims("{" PARTY "," TIMES ","
		"\"preferred_username\":\"<b>anna\"}"), 0);
	assert_string_equal(token.name, "");
	assert_int_equal(read_claims("{" PARTY "," TIMES ","
		"\"preferred_username\":\"a\",\"preferred_username\":\"b\"}"),
			 -EACCES);
}

static void what_is_no_object_is_refused(void **state)
{
	static const char *const bad[] = { "", "x", "[]x", "[\"a\"]", "{", "1",
		"{\"sub\":1}}" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(read_claims(bad[i]), -EACCES);
}

static int complete(const char *claims)
{
	why = "";
	return id_token_complete((const uint8_t *)claims, strlen(claims),
				 &config, &token, &why);
}

static void what_the_token_lacks_is_taken_from_userinfo(void **state)
{
	(void)state;
	assert_int_equal(read_claims("{" PARTY "," TIMES "}"), 0);
	assert_false(token.has_name || token.has_role);
	assert_int_equal(complete("{\"sub\":\"s-1\",\"iss\":\"x\"," USER "}"),
			 0);
	assert_string_equal(token.name, "anna");
	assert_int_equal(token.role, ROLE_VIEWER);
	assert_true(token.has_name && token.has_role);
}

static void what_the_token_has_is_not_taken_from_userinfo(void **state)
{
	(void)state;
	assert_int_equal(read_claims("{" PARTY "," TIMES ","
		"\"preferred_username\":\"ben\",\"groups\":\"x\"}"), 0);
	assert_true(token.has_name && token.has_role);
	assert_int_equal(complete("{\"sub\":\"s-1\",\"preferred_username\":"
		"\"anna\",\"groups\":[\"certwalk-admins\"]}"), 0);
	assert_string_equal(token.name, "ben");
	assert_int_equal(token.role, ROLE_NONE);
}

static void userinfo_of_another_user_is_refused(void **state)
{
	static const char *const bad[] = { "", "[]", "{}", "{" USER "}",
		"{\"sub\":\"s-2\"," USER "}", "{\"sub\":\"\"," USER "}",
		"{\"sub\":\"s-1\",\"sub\":\"s-1\"," USER "}",
		"{\"x\":{\"sub\":\"s-1\"}," USER "}",
		"{\"sub\":\"s-1\"," USER "," USER "}" };

	(void)state;
	assert_int_equal(read_claims("{" PARTY "," TIMES "}"), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(complete(bad[i]), -EACCES);
		assert_true(*why);
		assert_string_equal(token.name, "");
		assert_int_equal(token.role, ROLE_NONE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_claims_are_taken),
		cmocka_unit_test(the_greatest_role_counts),
		cmocka_unit_test(a_role_claim_may_be_nested_or_have_dots),
		cmocka_unit_test(who_it_is_from_and_for_is_checked),
		cmocka_unit_test(its_time_is_checked),
		cmocka_unit_test(names_that_no_user_can_have_are_left_out),
		cmocka_unit_test(what_is_no_object_is_refused),
		cmocka_unit_test(what_the_token_lacks_is_taken_from_userinfo),
		cmocka_unit_test(what_the_token_has_is_not_taken_from_userinfo),
		cmocka_unit_test(userinfo_of_another_user_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
