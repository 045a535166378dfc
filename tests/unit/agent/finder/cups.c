/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void the_default_folder(void **state)
{
	(void)state;
	file("/etc/cups/cups-files.conf",
		"SystemGroup lpadmin\n"
		"#ServerKeychain /etc/cups/ssl\n");
	file("/etc/cups/ssl/host.crt",
		"x");
	find("cups");
	assert_found(
		"certificate /etc/cups/ssl /etc/cups/cups-files.conf:0\n");
	assert_gaps("");
}

static void a_folder_of_its_own(void **state)
{
	(void)state;
	file("/etc/cups/cups-files.conf",
		"ServerKeychain /srv/keys\n");
	file("/etc/cups/ssl/host.crt",
		"x");
	find("cups");
	assert_found(
		"certificate /srv/keys /etc/cups/cups-files.conf:1\n");
	assert_gaps("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(the_default_folder),
		finder_test(a_folder_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
