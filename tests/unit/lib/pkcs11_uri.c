/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "lib/limits.h"
#include "lib/pkcs11_uri.h"

static void assert_uri(const char *module, const char *label,
		       const char *serial, uint64_t slot, const char *want)
{
	Cw__TokenPlace t = CW__TOKEN_PLACE__INIT;
	struct buf b;

	t.module = (char *)(uintptr_t)module;
	t.label = (char *)(uintptr_t)label;
	t.serial = (char *)(uintptr_t)serial;
	t.slot = slot;
	buf_init(&b, 256);
	assert_int_equal(pkcs11_uri(&b, &t), 0);
	assert_string_equal(buf_str(&b), want);
	buf_free(&b);
}

static void what_is_known_is_in_it(void **state)
{
	(void)state;
	assert_uri("", "", "", 0, "pkcs11:");
	assert_uri("softhsm2", "", "", 0, "pkcs11:?module-name=softhsm2");
	assert_uri("m", "L", "17", 0,
		   "pkcs11:token=L;serial=17?module-name=m");
	assert_uri("m", "", "17", 0, "pkcs11:serial=17?module-name=m");
	assert_uri("m", "L", "", 0, "pkcs11:token=L?module-name=m");
	assert_uri("m", "", "", 3, "pkcs11:slot-id=3?module-name=m");
}

static void other_bytes_are_escaped(void **state)
{
	(void)state;
	assert_uri("m", "a b;c=d?e/%\xc3\xa4", "", 0,
		   "pkcs11:token=a%20b%3Bc%3Dd%3Fe%2F%25%C3%A4?module-name=m");
}

static void a_full_buffer_is_told(void **state)
{
	Cw__TokenPlace t = CW__TOKEN_PLACE__INIT;
	struct buf b;

	(void)state;
	t.label = (char *)(uintptr_t)"a long label";
	buf_init(&b, 12);
	assert_true(pkcs11_uri(&b, &t) < 0);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_known_is_in_it),
		cmocka_unit_test(other_bytes_are_escaped),
		cmocka_unit_test(a_full_buffer_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
