/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <string.h>

#include "agent/format/embedded_name.h"

static void expect(const char *text, const char *name, bool array)
{
	struct embedded_name n;

	embedded_name_before((const uint8_t *)text, strlen(text), &n);
	assert_string_equal(n.text, name);
	assert_int_equal(n.array, array);
}

static void the_name_is_the_nearest_key(void **state)
{
	(void)state;
	expect("data:\n  tls.crt: ", "tls.crt", false);
	expect("a: 1\nca.crt: |\n    ", "ca.crt", false);
	expect("a: 1\nca.crt: >-\n    ", "ca.crt", false);
	expect("{\"certificate\": \"", "certificate", false);
	expect("{\\\"certificate\\\":\\\"", "certificate", false);
	expect("export TLS_CERT=\"", "TLS_CERT", false);
	expect("<ds:X509Certificate>\n  ", "X509Certificate", false);
	expect("<cert use=\"signing\">", "cert", false);
	expect("{\"cert\":\"\\n", "cert", false);
}

static void members_of_a_list_say_so(void **state)
{
	(void)state;
	expect("{\"x5c\":[\"", "x5c", true);
	expect("x5c:\n  - ", "x5c", true);
	expect("x5c:\n- \"", "x5c", true);
}

static void what_is_no_name_is_none(void **state)
{
	char text[200];

	(void)state;
	expect("", "", false);
	expect("just words ", "", false);
	expect("a > ", "", false);
	expect(": ", "", false);
	memset(text, 'n', sizeof(text));
	memcpy(text + sizeof(text) - 3, ": ", 3);
	expect(text, "", false);
}

static bool in_pem(const char *text)
{
	return embedded_is_in_pem((const uint8_t *)text, strlen(text));
}

static void lines_of_a_pem_block_are_told_from_values(void **state)
{
	(void)state;
	assert_true(in_pem("-----BEGIN CERTIFICATE-----\n"));
	assert_true(in_pem("-----BEGIN CERTIFICATE-----\nabcd\n"));
	assert_true(in_pem("\"abcd\\n\"\n\""));
	assert_false(in_pem("key: "));
	assert_false(in_pem("key=\""));
	assert_false(in_pem("<a>"));
}

static void separators_are_told_from_values(void **state)
{
	(void)state;
	assert_true(embedded_is_separator((const uint8_t *)"==\",\n  \"", 8));
	assert_true(embedded_is_separator((const uint8_t *)"\n  - ", 5));
	assert_false(embedded_is_separator((const uint8_t *)"\",\"y\":\"", 7));
}

static bool begins(const char *text)
{
	return embedded_begins_pem((const uint8_t *)text, strlen(text));
}

static void a_begin_line_is_no_prose(void **state)
{
	(void)state;
	assert_true(begins("CERTIFICATE-----"));
	assert_true(begins("CERTIFICATE-----\r\n"));
	assert_true(begins("CERTIFICATE-----  \n"));
	assert_true(begins("CERTIFICATE-----\\nMIIB"));
	assert_true(begins("CERTIFICATE-----\" +\n"));
	assert_true(begins("CERTIFICATE-----&#13;"));
	assert_true(begins("CERTIFICATE-----MIIBszCCAVmgAwIB"));
	assert_true(begins("CERTIFICATE----- MIIBszCCAVmgAwIB"));
	assert_false(begins(""));
	assert_false(begins("-----\n"));
	assert_false(begins("CERTIFICATE---\n"));
	assert_false(begins("CERTIFICATE----- line\n"));
	assert_false(begins("CERTIFICATE-----\" in text:\n"));
	assert_false(begins("lines are those that open a file\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_name_is_the_nearest_key),
		cmocka_unit_test(members_of_a_list_say_so),
		cmocka_unit_test(what_is_no_name_is_none),
		cmocka_unit_test(lines_of_a_pem_block_are_told_from_values),
		cmocka_unit_test(separators_are_told_from_values),
		cmocka_unit_test(a_begin_line_is_no_prose),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
