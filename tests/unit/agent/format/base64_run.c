/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "agent/format/base64_run.h"

/* Reads ${want} bytes from the run at the start of ${text}. */
static int read_run(const char *text, size_t want, struct buf *out,
		    uint64_t *ret_end)
{
	struct base64_run run;
	struct source s;
	int r;

	source_open_memory(&s, text, strlen(text), "");
	base64_run_open(&run, &s, 0);
	r = base64_run_read(&run, out, want);
	*ret_end = base64_run_offset(&run);
	return r;
}

static void expect(const char *text, const char *value, size_t end)
{
	struct buf out;
	uint64_t at = 0;

	buf_init(&out, 100);
	assert_int_equal(read_run(text, 100, &out, &at), -ENODATA);
	assert_string_equal(buf_str(&out), value);
	assert_int_equal(at, end);
	buf_free(&out);
}

static void lines_and_indentation_are_passed_over(void **state)
{
	(void)state;
	expect("aGVsbG8g\r\n\t  d29ybGQ=\nnext: value", "hello world", 20);
	expect("aGVsbG8g\\\n  d29ybGQ=", "hello world", 19);
}

static void escapes_of_json_xml_and_urls_are_read(void **state)
{
	(void)state;
	expect("aGVsbG8g\\nd29ybGQ\\u003d\"", "hello world", 17);
	expect("aGVsbG8g\\\\nd29ybGQ=\"", "hello world", 18);
	expect("aGVsbG8g&#13;\nd29ybGQ=</a>", "hello world", 21);
	expect("Pz8%2FPw%3D%3D&", "????", 8);
	expect("Pz8\\/Pw==", "????", 7);
	expect("Pz8_Pw", "????", 6);
}

static void the_name_of_the_next_key_is_not_a_part(void **state)
{
	(void)state;
	expect("aGVsbG8\nserver: https", "hello", 7);
	expect("aGVsbG8\nKEY=value", "hello", 7);
	expect("aGVsbG8\ntls.key: a", "hello", 7);
}

static void the_boundary_of_mail_is_not_a_part(void **state)
{
	(void)state;
	expect("aGVs\n\n--B2C--\n", "hel", 4);
	expect("aGVs\r\n------B2C\r\n", "hel", 4);
	expect("aGVs\n- bG8=\n", "hel", 4);
}

static void reading_stops_at_what_is_wanted(void **state)
{
	struct buf out;
	uint64_t at = 0;

	(void)state;
	buf_init(&out, 100);
	assert_int_equal(read_run("aGVsbG8gd29ybGQ=", 6, &out, &at), 0);
	assert_int_equal(out.len, 6);
	assert_int_equal(at, 8);
	buf_reset(&out);
	/* the last group of two or three characters counts */
	assert_int_equal(read_run("aGVsbG8gd29ybGQ=", 11, &out, &at), 0);
	assert_int_equal(out.len, 11);
	buf_reset(&out);
	out.max = 4;
	assert_int_equal(read_run("aGVsbG8gd29ybGQ=", 11, &out, &at), -ENOBUFS);
	buf_free(&out);
}

static void a_desert_of_white_space_ends_the_run(void **state)
{
	char text[4096];

	(void)state;
	memset(text, ' ', sizeof(text));
	memcpy(text, "aGVs", 4);
	memcpy(text + 4000, "bG8=", 5);
	expect(text, "hel", 4);
}

static bool ends_in_pem(const char *text)
{
	struct base64_run run;
	struct source s;
	struct buf out;
	bool yes;

	buf_init(&out, 100);
	source_open_memory(&s, text, strlen(text), "");
	base64_run_open(&run, &s, 0);
	assert_int_equal(base64_run_read(&run, &out, 5), 0);
	yes = base64_run_ends_in_pem(&run);
	buf_free(&out);
	return yes;
}

static void an_end_line_behind_the_run_is_seen(void **state)
{
	(void)state;
	assert_true(ends_in_pem("aGVsbG8=\n-----END"));
	assert_true(ends_in_pem("aGVsbG8=\r\n---- end certificate ----\n"));
	assert_false(ends_in_pem("aGVsbG8=\n\n------BOUNDARY--\n"));
	assert_false(ends_in_pem("aGVsbG8="));
	assert_false(ends_in_pem("aGVsbG8=\n--"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_and_indentation_are_passed_over),
		cmocka_unit_test(escapes_of_json_xml_and_urls_are_read),
		cmocka_unit_test(the_name_of_the_next_key_is_not_a_part),
		cmocka_unit_test(the_boundary_of_mail_is_not_a_part),
		cmocka_unit_test(reading_stops_at_what_is_wanted),
		cmocka_unit_test(a_desert_of_white_space_ends_the_run),
		cmocka_unit_test(an_end_line_behind_the_run_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
