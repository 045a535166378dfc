/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/quantity.h"

#include "tests/unit/unit.h"

#include <errno.h>

static void expect(const char *text, const struct quantity_unit *units,
		   int result, int64_t value)
{
	int64_t n = -7;

	assert_int_equal(quantity_parse(text, units, &n), result);
	assert_int_equal(n, result == 0 ? value : -7);
}

static void a_duration_has_one_unit_or_none(void **state)
{
	(void)state;
	expect("90", quantity_durations, 0, 90);
	expect("2w", quantity_durations, 0, 1209600);
	expect("", quantity_durations, -EINVAL, 0);
	expect("-1s", quantity_durations, -EINVAL, 0);
	expect("1h30m", quantity_durations, -EINVAL, 0);
	expect("1y", quantity_durations, -EINVAL, 0);
	expect("s", quantity_durations, -EINVAL, 0);
}

static void what_does_not_fit_is_out_of_range(void **state)
{
	(void)state;
	expect("9223372036854775807", quantity_plain, 0, INT64_MAX);
	expect("9223372036854775808", quantity_plain, -ERANGE, 0);
	expect("99999999999999999999999s", quantity_durations, -ERANGE, 0);
	expect("9007199254740992K", quantity_sizes, -ERANGE, 0);
	expect("8388607T", quantity_sizes, 0, INT64_C(8388607) << 40);
	expect("8388608T", quantity_sizes, -ERANGE, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_duration_has_one_unit_or_none),
		cmocka_unit_test(what_does_not_fit_is_out_of_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
