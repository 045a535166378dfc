/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void the_last_certificate_counts(void **state)
{
	(void)state;
	file("/etc/cockpit/ws-certs.d/0-self-signed.cert",
		"x");
	file("/etc/cockpit/ws-certs.d/0-self-signed.key",
		"x");
	file("/etc/cockpit/ws-certs.d/10-own.crt",
		"x");
	file("/etc/cockpit/ws-certs.d/10-own.key",
		"x");
	find("cockpit");
	assert_found(
		"certificate /etc/cockpit/ws-certs.d/10-own.crt "
		"/etc/cockpit/ws-certs.d:0 @*:9090\n"
		"key /etc/cockpit/ws-certs.d/10-own.key "
		"/etc/cockpit/ws-certs.d:0 @*:9090\n");
	assert_gaps("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(the_last_certificate_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
