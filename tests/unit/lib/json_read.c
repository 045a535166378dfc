/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/json_read.h"

/* "a/#2/b=value;" for each value */
static int note(void *arg, const struct json_place *p, const char *value)
{
	struct buf *b = arg;

	for (size_t i = 0; i < p->depth; i++) {
		if (p->keys[i])
			buf_addf(b, "%s/", p->keys[i]);
		else
			buf_addf(b, "#%zu/", p->index[i]);
	}
	buf_addf(b, "=%s;", value);
	return strcmp(value, "stop") == 0 ? -ECANCELED : 0;
}

static void reads(const char *text, int result, const char *want)
{
	struct buf b;

	buf_init(&b, 65536);
	assert_int_equal(json_read(text, strlen(text), note, &b), result);
	buf_addch(&b, '\0');
	if (want)
		assert_string_equal((char *)b.data, want);
	buf_free(&b);
}

static void values_come_with_their_place(void **state)
{
	(void)state;
	reads("{\"a\":[{\"b\":\"x\"},{\"b\":1.5e3,\"c\":[]}],"
	      "\"d\":{\"e\":null}}", 0,
	      "a/#0/b/=x;a/#1/b/=1.5e3;d/e/=null;");
	reads(" [ true , false,[\"\"] ] ", 0, "#0/=true;#1/=false;#2/#0/=;");
	reads("\"alone\"", 0, "=alone;");
	reads("[\"a\",\"stop\",\"b\"]", -ECANCELED, "#0/=a;#1/=stop;");
}

static void escapes_are_decoded(void **state)
{
	(void)state;
	reads("\"\\u00e9\\n\\\"\\/\\ud83d\\ude00\"", 0,
	      "=\xc3\xa9\n\"/\xf0\x9f\x98\x80;");
	reads("{\"k\\u0041\":\"v\"}", 0, "kA/=v;");
}

static void what_is_not_json_is_refused(void **state)
{
	static const char *const bad[] = {
		"", " ", "{", "[", "[1", "[1,", "[1,]", "{\"a\"}", "{\"a\":}",
		"{a:1}", "\"open", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"",
		"\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\\u0000\"",
		"\"line\nbreak\"", "\"\xff\"", "[1] 2", "{\"a\":1 \"b\":2}",
		"]", "\\",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		reads(bad[i], -EBADMSG, NULL);
}

static void depth_has_an_end(void **state)
{
	char deep[20001];

	(void)state;
	reads("[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]", 0, NULL);
	reads("[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", -EBADMSG, "");
	memset(deep, '[', 20000);
	deep[20000] = '\0';
	reads(deep, -EBADMSG, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_come_with_their_place),
		cmocka_unit_test(escapes_are_decoded),
		cmocka_unit_test(what_is_not_json_is_refused),
		cmocka_unit_test(depth_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
