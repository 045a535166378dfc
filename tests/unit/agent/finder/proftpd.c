/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void includes_and_virtual_hosts(void **state)
{
	(void)state;
	file("/etc/proftpd/proftpd.conf",
		"Include /etc/proftpd/modules.conf\n"
		"Port 21\n"
		"Include /etc/proftpd/tls.conf\n"
		"<VirtualHost ftp.b.example>\n"
		"  Port 990\n"
		"  <IfModule mod_tls.c>\n"
		"    TLSRSACertificateFile /b.pem\n"
		"  </IfModule>\n"
		"</VirtualHost>\n");
	file("/etc/proftpd/tls.conf",
		"<IfModule mod_tls.c>\n"
		"TLSEngine on\n"
		"TLSRSACertificateFile                   "
		"/etc/ssl/certs/proftpd.crt\n"
		"TLSRSACertificateKeyFile                "
		"/etc/ssl/private/proftpd.key\n"
		"#TLSCACertificateFile                    "
		"/etc/ssl/certs/CA.pem\n"
		"</IfModule>\n");
	find("proftpd");
	assert_found(
		"certificate /etc/ssl/certs/proftpd.crt "
		"/etc/proftpd/tls.conf:3 @*:21\n"
		"key /etc/ssl/private/proftpd.key /etc/proftpd/tls.conf:4 "
		"@*:21\n"
		"certificate /b.pem /etc/proftpd/proftpd.conf:7 @*:990\n");
	assert_gaps("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(includes_and_virtual_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
