/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void debians_file(void **state)
{
	(void)state;
	file("/etc/vsftpd.conf",
		"# Example config file /etc/vsftpd.conf\n"
		"listen=NO\n"
		"rsa_cert_file=/etc/ssl/certs/ssl-cert-snakeoil.pem\n"
		"rsa_private_key_file=/etc/ssl/private/ssl-cert-snakeoil.key"
		"\n"
		"ssl_enable=NO\n");
	find("vsftpd");
	assert_found(
		"certificate /etc/ssl/certs/ssl-cert-snakeoil.pem "
		"/etc/vsftpd.conf:3\n"
		"key /etc/ssl/private/ssl-cert-snakeoil.key "
		"/etc/vsftpd.conf:4\n");
	assert_gaps("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(debians_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
