/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <string.h>

#include "collector-stub/query/row_json.h"

static char text[2 * ROW_JSON_LONG];

/* The row with one text of ${len} bytes and a list of ${list}. */
static void make(struct buf *out, size_t len, size_t list)
{
	static char array[2 * ROW_JSON_LONG];
	const struct query_subject *s = query_subject("certificates");
	const struct query_field *fields[] = {
		query_field(s, "subject"), query_field(s, "dns_names"),
		query_field(s, "sha256"), query_field(s, "issuer"),
	};
	struct store_value values[] = {
		{ .type = STORE_TEXT, .data = text, .len = len },
		{ .type = STORE_TEXT, .data = array, .len = list },
		{ .type = STORE_TEXT, .data = "0123", .len = 4 },
		{ .type = STORE_TEXT, .data = text, .len = len },
	};
	const struct query_row row = { .fields = fields, .values = values,
		.n = 4 };
	struct json j;

	memset(array, 'a', sizeof(array));
	memcpy(array, "[\"", 2);
	memcpy(array + list - 2, "\"]", 2);
	buf_reset(out);
	json_init(&j, out);
	json_begin_object(&j, NULL);
	row_json(&j, &row);
	json_end_object(&j);
	assert_false(out->failed);
}

static void what_is_long_is_cut_or_left_out_and_told(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, LIMIT_REPLY);
	memset(text, '\1', sizeof(text));
	make(&b, sizeof(text), sizeof(text));
	assert_true(b.len < 7 * ROW_JSON_LONG);
	assert_non_null(strstr(buf_str(&b), "\"truncated\":true"));
	assert_non_null(strstr(buf_str(&b), "\"sha256\":\"0123\""));
	assert_non_null(strstr(buf_str(&b), "\"issuer\":"));
	assert_null(strstr(buf_str(&b), "\"dns_names\""));
	buf_free(&b);
}

static void what_fits_is_whole(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, LIMIT_REPLY);
	memset(text, 'x', sizeof(text));
	make(&b, 1000, ROW_JSON_LONG - 2000);
	assert_null(strstr(buf_str(&b), "truncated"));
	assert_true(b.len > ROW_JSON_LONG);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_long_is_cut_or_left_out_and_told),
		cmocka_unit_test(what_fits_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
