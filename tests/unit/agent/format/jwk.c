/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"
#include "tests/unit/agent/format/collect.h"

extern const struct format format_jwk;

/* RFC 7517 appendix A.1 and RFC 8037 appendix A.2 */
#define EC_XY \
	"\"crv\":\"P-256\"," \
	"\"x\":\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4\"," \
	"\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\""
#define ED_X \
	"\"crv\":\"Ed25519\"," \
	"\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\""

static void parse(struct collected *c, const char *text)
{
	collect(c, &format_jwk, text, strlen(text), "");
}

static void a_set_yields_each_key_by_its_name(void **state)
{
	struct collected c;

	(void)state;
	parse(&c, "{\"keys\": [{\"kty\":\"EC\"," EC_XY ",\"kid\":\"one\"},\n"
		  "{\"x5c\":[\"a\",\"b\"],\"o\":{\"p\":[1]},"
		  "\"kty\" : \"OKP\", " ED_X ",\"n\":1 }]}");
	assert_int_equal(c.result, 0);
	assert_yields(&c, "public one EC 256\npublic 2 Ed25519 256\n");
	collect_free(&c);
}

static void a_private_key_shows_its_public_half(void **state)
{
	struct collected c;

	(void)state;
	parse(&c, "{\"kty\":\"OKP\",\"d\":\"c2VjcmV0\"," ED_X "}  ");
	assert_yields(&c, "key 1 spki clear\n");
	collect_free(&c);
}

static void json_within_a_string_is_read(void **state)
{
	struct collected c;

	(void)state;
	parse(&c, "JWK=\"{\\\"kty\\\":\\\"OKP\\\",\\n "
		  "\\\"crv\\\":\\\"Ed25519\\\","
		  "\\\"x\\\":\\\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
		  "\\\"}\"");
	assert_yields(&c, "public 1 Ed25519 256\n");
	collect_free(&c);
}

static void what_is_no_asymmetric_key_is_not_one(void **state)
{
	static const char *const texts[] = {
		"{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVM\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\","
		"\"x\":\"AQAB\",\"y\":\"AQAB\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-999\","
		"\"x\":\"AQAB\",\"y\":\"AQAB\"}",
		"{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"AQAB\"}            ",
		"{\"kty\":\"RSA\",\"n\":\"!!!!\",\"e\":\"AQAB\"}        ",
		"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCr ",
		"the \"kty\" member names the type of the key          ",
		"{\"kty                                               ",
	};
	struct collected c;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		parse(&c, texts[i]);
		assert_int_equal(c.result, -EBADMSG);
		assert_int_equal(c.text.len, 0);
		collect_free(&c);
	}
}

static void nesting_without_end_is_given_up(void **state)
{
	size_t len = MIB(2);
	char *text = malloc(len);
	struct collected c;

	(void)state;
	for (size_t i = 0; i < len; i++)
		text[i] = "{\"kty\":"[i % 7];
	collect(&c, &format_jwk, text, len, "");
	assert_yields(&c, "too much that looks like JWK");
	collect_free(&c);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_set_yields_each_key_by_its_name),
		cmocka_unit_test(a_private_key_shows_its_public_half),
		cmocka_unit_test(json_within_a_string_is_read),
		cmocka_unit_test(what_is_no_asymmetric_key_is_not_one),
		cmocka_unit_test(nesting_without_end_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
