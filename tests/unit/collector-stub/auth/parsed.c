/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/auth/parsed.h"
#include "lib/buf.h"
#include "lib/limits.h"

static int load(const char *text)
{
	json_t *o = NULL;
	int r = parsed_object(text, strlen(text), &o);

	assert_true((r == 0) == (o != NULL));
	json_decref(o);
	return r;
}

static void one_object_and_nothing_else_is_taken(void **state)
{
	static const char *const bad[] = {
		"", " ", "{", "}", "[]", "\"a\"", "1", "null", "{}x", "{} {}",
		"{\"a\":1,}", "{'a':1}", "{a:1}", "{\"a\":01}", "{\"a\":+1}",
		"{\"a\":.5}", "{\"a\":NaN}", "{\"a\":\"\t\"}", "/**/{}",
		"\xef\xbb\xbf{}",
	};

	(void)state;
	assert_int_equal(load("{}"), 0);
	assert_int_equal(load(" {\"a\":[1,{\"b\":null}]}\r\n"), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(load(bad[i]), -EBADMSG);
}

static void a_member_that_stands_twice_is_told(void **state)
{
	(void)state;
	assert_int_equal(load("{\"a\":1,\"a\":1}"), -EEXIST);
	assert_int_equal(load("{\"x\":[{\"a\":1,\"\\u0061\":2}]}"), -EEXIST);
	assert_int_equal(load("{\"a\":{\"a\":1},\"A\":1}"), 0);
}

static void text_that_is_no_utf_8_or_has_a_nul_is_refused(void **state)
{
	static const char nul[] = "{\"a\":\"x\0y\"}";
	json_t *o = NULL;

	(void)state;
	assert_int_equal(load("{\"a\":\"\\u0000\"}"), -EBADMSG);
	assert_int_equal(load("{\"\\u0000\":1}"), -EBADMSG);
	assert_int_equal(load("{\"a\":\"\\ud800\"}"), -EBADMSG);
	assert_int_equal(load("{\"a\":\"\xff\"}"), -EBADMSG);
	assert_int_equal(load("{\"a\":\"\xc0\x80\"}"), -EBADMSG);
	assert_int_equal(load("{\"a\":\"\xed\xa0\x80\"}"), -EBADMSG);
	assert_int_equal(parsed_object(nul, sizeof(nul) - 1, &o), -EBADMSG);
}

static int load_nested(size_t levels)
{
	struct buf b;
	int r = 0;

	buf_init(&b, KIB(64));
	buf_adds(&b, "{\"a\":\"[{\\\"[\",\"b\":");
	for (size_t i = 1; i < levels; i++)
		buf_addch(&b, '[');
	for (size_t i = 1; i < levels; i++)
		buf_addch(&b, ']');
	buf_adds(&b, levels > 1 ? "}" : "1}");
	r = load(buf_str(&b));
	buf_free(&b);
	return r;
}

static int load_long(size_t values)
{
	struct buf b;
	int r = 0;

	buf_init(&b, KIB(64));
	buf_adds(&b, "{\"a\":[");
	for (size_t i = 3; i < values; i++)
		buf_adds(&b, "1,");
	buf_adds(&b, "\",,,,\"]}");
	r = load(buf_str(&b));
	buf_free(&b);
	return r;
}

static void depth_and_count_are_bounded(void **state)
{
	(void)state;
	assert_int_equal(load_nested(1), 0);
	assert_int_equal(load_nested(LIMIT_JSON_DEPTH), 0);
	assert_int_equal(load_nested(LIMIT_JSON_DEPTH + 1), -EBADMSG);
	assert_int_equal(load_nested(20000), -EBADMSG);
	assert_int_equal(load_long(LIMIT_JSON_VALUES), 0);
	assert_int_equal(load_long(LIMIT_JSON_VALUES + 1), -EBADMSG);
}

static void numbers_have_their_range(void **state)
{
	static const char *const bad[] = {
		"{\"a\":-1}", "{\"a\":1e15}", "{\"a\":\"1\"}", "{\"a\":true}",
		"{\"a\":null}", "{\"b\":1}",
	};
	int64_t t = 0;
	json_t *o = NULL;

	(void)state;
	assert_int_equal(load("{\"a\":9223372036854775807}"), 0);
	assert_int_equal(load("{\"a\":9223372036854775808}"), -EBADMSG);
	assert_int_equal(load("{\"a\":1e999}"), -EBADMSG);
	assert_int_equal(parsed_object("{\"a\":1800000000.75}", 19, &o), 0);
	assert_int_equal(parsed_time(json_object_get(o, "a"), &t), 0);
	assert_int_equal(t, 1800000000);
	json_decref(o);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(parsed_object(bad[i], strlen(bad[i]), &o), 0);
		assert_int_equal(parsed_time(json_object_get(o, "a"), &t),
				 -EBADMSG);
		json_decref(o);
	}
}

static void scalars_are_read_as_text(void **state)
{
	static const char text[] = "{\"s\":\"x\",\"i\":-9223372036854775808,"
		"\"t\":true,\"f\":false,\"n\":null,\"r\":1.5,\"a\":[]}";
	char word[PARSED_WORD];
	json_t *o = NULL;

	(void)state;
	assert_int_equal(parsed_object(text, strlen(text), &o), 0);
	assert_string_equal(parsed_text(json_object_get(o, "s"), word), "x");
	assert_string_equal(parsed_text(json_object_get(o, "i"), word),
			    "-9223372036854775808");
	assert_string_equal(parsed_text(json_object_get(o, "t"), word),
			    "true");
	assert_string_equal(parsed_text(json_object_get(o, "f"), word),
			    "false");
	assert_null(parsed_text(json_object_get(o, "n"), word));
	assert_null(parsed_text(json_object_get(o, "r"), word));
	assert_null(parsed_text(json_object_get(o, "a"), word));
	assert_null(parsed_text(NULL, word));
	json_decref(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_object_and_nothing_else_is_taken),
		cmocka_unit_test(a_member_that_stands_twice_is_told),
		cmocka_unit_test(text_that_is_no_utf_8_or_has_a_nul_is_refused),
		cmocka_unit_test(depth_and_count_are_bounded),
		cmocka_unit_test(numbers_have_their_range),
		cmocka_unit_test(scalars_are_read_as_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
