/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

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

static void a_uri_is_read_back(void **state)
{
	struct pkcs11_address a = { .id_len = 9 };
	const char *why = NULL;

	(void)state;
	assert_int_equal(pkcs11_uri_parse(
		"pkcs11:model=M%202;token=a%3Bb;serial=17;object=K;id=%00%ff;"
		"type=private?module-name=softhsm2&module-path=/m.so&"
		"pin-source=file:/etc/pin", &a, &why), 0);
	assert_string_equal(a.model, "M 2");
	assert_string_equal(a.token, "a;b");
	assert_string_equal(a.serial, "17");
	assert_string_equal(a.object, "K");
	assert_int_equal(a.id_len, 2);
	assert_memory_equal(a.id, "\0\xff", 2);
	assert_string_equal(a.module_name, "softhsm2");
	assert_string_equal(a.module_path, "/m.so");
	assert_string_equal(a.pin_source, "/etc/pin");
	assert_int_equal(pkcs11_uri_parse("pkcs11:", &a, &why), 0);
	assert_string_equal(a.token, "");
	assert_int_equal(a.id_len, 0);
}

static void what_it_cannot_keep_to_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "pkcs12:token=x", "pkcs11:token=a;token=b",
		"pkcs11:token=%0", "pkcs11:token=%zz", "pkcs11:token=a%00b",
		"pkcs11:color=red", "pkcs11:token", "pkcs11:type=public",
		"pkcs11:id=%00;id=%01", "pkcs11:pin-source=/x",
		"pkcs11:?pin-source=pin", "pkcs11:?pin-source=|program",
		"pkcs11:?token=x", "pkcs11:?pin-value=1234",
	};
	struct pkcs11_address a = { .id_len = 9 };
	const char *why = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(pkcs11_uri_parse(bad[i], &a, &why), -EINVAL);
		assert_int_equal(a.id_len, 9);
	}
	assert_non_null(strstr(why, "pin-value"));
}

static void a_value_that_is_too_long_is_refused(void **state)
{
	char uri[PKCS11_URI_TEXT + 64] = "pkcs11:token=";
	struct pkcs11_address a = { .id_len = 0 };
	const char *why = NULL;
	size_t n = strlen(uri);

	(void)state;
	memset(uri + n, 'x', PKCS11_URI_TEXT - 1);
	assert_int_equal(pkcs11_uri_parse(uri, &a, &why), 0);
	uri[n + PKCS11_URI_TEXT - 1] = 'x';
	assert_int_equal(pkcs11_uri_parse(uri, &a, &why), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_known_is_in_it),
		cmocka_unit_test(other_bytes_are_escaped),
		cmocka_unit_test(a_full_buffer_is_told),
		cmocka_unit_test(a_uri_is_read_back),
		cmocka_unit_test(what_it_cannot_keep_to_is_refused),
		cmocka_unit_test(a_value_that_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
