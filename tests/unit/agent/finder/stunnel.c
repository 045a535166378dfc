/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void servers_and_clients(void **state)
{
	(void)state;
	file("/etc/stunnel/stunnel.conf",
		"; Debian's sample\n"
		"pid = /run/stunnel.pid\n"
		"cert = /etc/stunnel/mail.pem\n"
		";key = /etc/stunnel/mail.pem\n"
		"[pop3s]\n"
		"accept  = 995\n"
		"connect = 110\n"
		"[gmail-imap]\n"
		"client = yes\n"
		"accept = 127.0.0.1:143\n"
		"connect = imap.gmail.com:993\n"
		"CAfile = /etc/ssl/certs/ca-certificates.crt\n"
		"verifyChain = yes\n"
		"[https]\n"
		"accept = :::443\n"
		"cert = own.pem\n"
		"key = own.key\n"
		"CAfile = clients.pem\n");
	find("stunnel");
	assert_found(
		"certificate /etc/stunnel/mail.pem "
		"/etc/stunnel/stunnel.conf:3\n"
		"ca /etc/ssl/certs/ca-certificates.crt "
		"/etc/stunnel/stunnel.conf:12 @127.0.0.1:143\n"
		"certificate /etc/stunnel/own.pem "
		"/etc/stunnel/stunnel.conf:16 @:::443\n"
		"key /etc/stunnel/own.key /etc/stunnel/stunnel.conf:17 "
		"@:::443\n"
		"client-ca /etc/stunnel/clients.pem "
		"/etc/stunnel/stunnel.conf:18 @:::443\n");
	assert_gaps("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(servers_and_clients),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
