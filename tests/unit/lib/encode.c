/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "lib/encode.h"

static size_t length(const char *text)
{
	return utf8_length((const uint8_t *)text, strlen(text));
}

static void utf8_is_the_shortest_form_of_a_character(void **state)
{
	(void)state;
	assert_int_equal(length(""), 0);
	assert_int_equal(length("a"), 1);
	assert_int_equal(length("\xc3\xa4"), 2);
	assert_int_equal(length("\xe2\x82\xac"), 3);
	assert_int_equal(length("\xf0\x9f\x94\x91"), 4);
	assert_int_equal(length("\xf4\x8f\xbf\xbf"), 4);
	/* too long a form */
	assert_int_equal(length("\xc0\x80"), 0);
	assert_int_equal(length("\xc1\xbf"), 0);
	assert_int_equal(length("\xe0\x9f\xbf"), 0);
	assert_int_equal(length("\xf0\x8f\xbf\xbf"), 0);
	/* half of a pair, beyond the last character */
	assert_int_equal(length("\xed\xa0\x80"), 0);
	assert_int_equal(length("\xed\xbf\xbf"), 0);
	assert_int_equal(length("\xf4\x90\x80\x80"), 0);
	assert_int_equal(length("\xf5\x80\x80\x80"), 0);
	/* cut off, or without its first byte */
	assert_int_equal(length("\xe2\x82"), 0);
	assert_int_equal(length("\xe2\x82z"), 0);
	assert_int_equal(length("\x82\xac"), 0);
	assert_int_equal(length("\xff"), 0);
}

static void base64_reads_back(void **state)
{
	uint8_t bytes[64];
	struct buf text;
	struct buf back;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 37);
	buf_init(&text, 200);
	buf_init(&back, 200);
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		buf_reset(&text);
		buf_reset(&back);
		assert_int_equal(encode_base64(&text, bytes, len), 0);
		assert_int_equal(text.len, (len + 2) / 3 * 4);
		assert_int_equal(decode_base64(&back, buf_str(&text), text.len),
				 0);
		assert_int_equal(back.len, len);
		if (len)
			assert_memory_equal(back.data, bytes, len);
	}
	buf_free(&text);
	buf_free(&back);
}

static void base64_that_is_none_is_refused(void **state)
{
	static const char *const bad[] = { "A", "QUI=Q", "QU*J", "QQ=" };
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(decode_base64(&out, bad[i], strlen(bad[i])),
				 -EINVAL);
	buf_free(&out);
}

static void hex_is_exact(void **state)
{
	uint8_t out[2] = { 0 };
	char text[5];

	(void)state;
	assert_int_equal(decode_hex("aB09", out, 2), 0);
	encode_hex(out, 2, text);
	assert_string_equal(text, "ab09");
	assert_int_equal(decode_hex("ab0", out, 2), -EINVAL);
	assert_int_equal(decode_hex("ab090", out, 2), -EINVAL);
	assert_int_equal(decode_hex("ab0g", out, 2), -EINVAL);
}

static void a_cut_text_ends_between_characters(void **state)
{
	const uint8_t *text = (const uint8_t *)"a\xe2\x84\xaa" "b";
	const uint8_t *bad = (const uint8_t *)"\x80\x80\x80\x80\x80\x80";

	(void)state;
	assert_int_equal(utf8_cut(text, 5, 9), 5);
	assert_int_equal(utf8_cut(text, 5, 5), 5);
	assert_int_equal(utf8_cut(text, 5, 4), 4);
	assert_int_equal(utf8_cut(text, 5, 3), 1);
	assert_int_equal(utf8_cut(text, 5, 2), 1);
	assert_int_equal(utf8_cut(text, 5, 0), 0);
	assert_int_equal(utf8_cut(bad, 6, 5), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cut_text_ends_between_characters),
		cmocka_unit_test(utf8_is_the_shortest_form_of_a_character),
		cmocka_unit_test(base64_reads_back),
		cmocka_unit_test(base64_that_is_none_is_refused),
		cmocka_unit_test(hex_is_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
