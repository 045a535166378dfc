/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "collector-stub/order/hsm_module.h"

static void a_point_is_raw_or_in_an_octet_string(void **state)
{
	uint8_t raw[SIGNATURE_KEY], wrapped[SIGNATURE_KEY + 2] = {0x04, 0x20};
	uint8_t got[SIGNATURE_KEY] = {0};

	(void)state;
	memset(raw, 7, sizeof(raw));
	memcpy(wrapped + 2, raw, sizeof(raw));
	assert_int_equal(hsm_module_point(raw, sizeof(raw), got), 0);
	assert_memory_equal(got, raw, sizeof(raw));
	memset(got, 0, sizeof(got));
	assert_int_equal(hsm_module_point(wrapped, sizeof(wrapped), got), 0);
	assert_memory_equal(got, raw, sizeof(raw));
	/* a raw key may begin as an OCTET STRING does */
	raw[0] = 0x04;
	raw[1] = 0x20;
	assert_int_equal(hsm_module_point(raw, sizeof(raw), got), 0);
	assert_memory_equal(got, raw, sizeof(raw));
}

static void other_points_are_refused(void **state)
{
	uint8_t point[64] = {0x04, 0x20}, got[SIGNATURE_KEY] = {0};

	(void)state;
	for (size_t len = 0; len <= sizeof(point); len++) {
		if (len != SIGNATURE_KEY && len != SIGNATURE_KEY + 2)
			assert_int_equal(hsm_module_point(point, len, got),
					 -EPROTO);
	}
	point[0] = 0x05;
	assert_int_equal(hsm_module_point(point, 34, got), -EPROTO);
}

static void the_blanks_of_a_field_are_no_text(void **state)
{
	(void)state;
	assert_int_equal(hsm_module_text((const uint8_t *)"ab  ", 4), 2);
	assert_int_equal(hsm_module_text((const uint8_t *)"a b\0", 4), 3);
	assert_int_equal(hsm_module_text((const uint8_t *)"    ", 4), 0);
}

static void a_bad_address_is_told(void **state)
{
	uint8_t key[SIGNATURE_KEY];
	char fault[HSM_FAULT] = "";
	struct hsm *h = NULL;

	(void)state;
	assert_int_equal(hsm_open("pkcs11:?pin-value=1", false, &h, key, fault),
			 -EINVAL);
	assert_non_null(strstr(fault, "pin-value"));
	assert_int_equal(hsm_open("pkcs11:?module-path=/nowhere.so", false, &h,
				  key, fault), -ENOTSUP);
	assert_null(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_point_is_raw_or_in_an_octet_string),
		cmocka_unit_test(other_points_are_refused),
		cmocka_unit_test(the_blanks_of_a_field_are_no_text),
		cmocka_unit_test(a_bad_address_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
