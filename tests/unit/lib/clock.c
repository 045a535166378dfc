/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "lib/clock.h"

static void dates_are_as_the_c_library_has_them(void **state)
{
	(void)state;
	for (int64_t day = -719528; day <= 2932896; day += 11) {
		time_t t = (time_t)(day * 86400 + 3723);
		struct tm tm;
		int64_t back = 0;
		char text[CLOCK_TEXT];
		char expected[CLOCK_TEXT + 16];

		assert_non_null(gmtime_r(&t, &tm));
		assert_int_equal(clock_from_date(tm.tm_year + 1900,
						 tm.tm_mon + 1, tm.tm_mday, 1,
						 2, 3, &back), 0);
		assert_int_equal(back, t);
		clock_rfc3339(t, text);
		snprintf(expected, sizeof(expected), "%04d-%02d-%02dT01:02:03Z",
			 tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
		assert_string_equal(text, expected);
	}
}

static void dates_that_are_none_are_refused(void **state)
{
	static const int bad[][6] = {
		{ 2026, 2, 29, 0, 0, 0 }, { 1900, 2, 29, 0, 0, 0 },
		{ 2026, 0, 1, 0, 0, 0 },  { 2026, 13, 1, 0, 0, 0 },
		{ 2026, 4, 31, 0, 0, 0 }, { 2026, 1, 0, 0, 0, 0 },
		{ 2026, 1, 1, 24, 0, 0 }, { 2026, 1, 1, 0, 60, 0 },
		{ 2026, 1, 1, 0, 0, 61 }, { 10000, 1, 1, 0, 0, 0 },
		{ -1, 1, 1, 0, 0, 0 },    { 2026, 1, 1, -1, 0, 0 },
	};
	int64_t t = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const int *d = bad[i];

		assert_int_equal(clock_from_date(d[0], d[1], d[2], d[3], d[4],
						 d[5], &t), -EINVAL);
	}
	assert_int_equal(clock_from_date(2000, 2, 29, 23, 59, 60, &t), 0);
	assert_int_equal(t, 951868799);
}

static void times_out_of_range_are_shown_as_the_nearest(void **state)
{
	char text[CLOCK_TEXT];

	(void)state;
	clock_rfc3339(INT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59Z");
	clock_rfc3339(INT64_MIN, text);
	assert_string_equal(text, "0000-01-01T00:00:00Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_are_as_the_c_library_has_them),
		cmocka_unit_test(dates_that_are_none_are_refused),
		cmocka_unit_test(times_out_of_range_are_shown_as_the_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
