/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <string.h>

#include "agent/format/format.h"
#include "agent/walk/search.h"

static int prepare(void **state)
{
	(void)state;
	search_prepare();
	return 0;
}

static bool hit(const char *text)
{
	return search_hit((const uint8_t *)text, strlen(text));
}

static void every_needle_is_found_at_any_place(void **state)
{
	(void)state;
	for (size_t i = 0; format_table[i]; i++) {
		const char *const *n = format_table[i]->needles;

		for (; n && *n; n++) {
			char text[256];
			size_t len = strlen(*n);

			for (size_t at = 0; at + len <= 200; at++) {
				memset(text, '.', sizeof(text));
				memcpy(text + at, *n, len);
				assert_true(search_hit((uint8_t *)text, 200));
				/* cut off at the end */
				assert_false(search_hit((uint8_t *)text,
							at + len - 1));
			}
		}
	}
}

static void a_text_without_needles_is_no_hit(void **state)
{
	(void)state;
	assert_false(hit(""));
	assert_false(hit("-----BEGI"));
	assert_false(hit("----BEGIN CERTIFICATE----"));
	assert_false(hit("-----begin certificate-----"));
	assert_false(hit("BBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"));
}

static void a_needle_in_utf16_is_found(void **state)
{
	static const char le[] = "\xff\xfe-\0-\0-\0-\0-\0B\0E\0G\0I\0N\0 \0X";
	static const char be[] = "\xfe\xff\0-\0-\0-\0-\0-\0B\0E\0G\0I\0N\0 \0X";

	(void)state;
	assert_true(search_hit((const uint8_t *)le, sizeof(le)));
	assert_true(search_hit((const uint8_t *)be, sizeof(be)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_needle_is_found_at_any_place),
		cmocka_unit_test(a_text_without_needles_is_no_hit),
		cmocka_unit_test(a_needle_in_utf16_is_found),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
