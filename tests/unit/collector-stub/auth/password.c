/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <string.h>

#include "collector-stub/auth/password.h"

static void a_password_is_known_by_its_hash_alone(void **state)
{
	char a[STORE_USER_PASSWORD], b[STORE_USER_PASSWORD];

	(void)state;
	assert_int_equal(password_hash("correct horse battery", a), 0);
	assert_int_equal(password_hash("correct horse battery", b), 0);
	assert_string_not_equal(a, b);
	assert_null(strstr(a, "horse"));
	assert_true(password_is_valid("correct horse battery", a));
	assert_false(password_is_valid("correct horse batterz", a));
}

static void what_is_no_hash_fits_no_password(void **state)
{
	static const char *const none[] = { "", "scrypt$", "x",
		"scrypt$40$8$1$00$00",
		"scrypt$15$8$1$00000000000000000000000000000000$00" };

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		assert_false(password_is_valid("", none[i]));
	assert_false(password_is_valid("", NULL));
}

static void weak_passwords_are_told(void **state)
{
	char longer[PASSWORD_MAX + 2];

	(void)state;
	memset(longer, 'a', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	assert_null(password_fault("anna", "correct horse battery"));
	assert_non_null(password_fault("anna", "short one"));
	assert_non_null(password_fault("anna", "aaaaaaaaaaaaaaaa"));
	assert_non_null(password_fault("anna", longer));
	assert_non_null(password_fault("anna", "caf\xe9 caf\xe9 caf\xe9"));
	assert_non_null(password_fault("administrator", "administrator1"));
	/* twelve characters, not bytes */
	assert_non_null(password_fault("anna", "\xc3\xa9\xc3\xa8\xc3\xa0"
				       "\xc3\xb9\xc3\xa2\xc3\xae"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_password_is_known_by_its_hash_alone),
		cmocka_unit_test(what_is_no_hash_fits_no_password),
		cmocka_unit_test(weak_passwords_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
