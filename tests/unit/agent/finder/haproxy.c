/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

#define AT " /etc/haproxy/haproxy.cfg:"

static void bind_and_server_lines_are_read(void **state)
{
	(void)state;
	file("/etc/haproxy/haproxy.cfg",
	     "global\n"
	     "\tlog /dev/log\tlocal0\n"
	     "\tca-base /etc/ssl/certs\n"
	     "\tcrt-base /etc/ssl/private\n"
	     "\n"
	     "defaults\n\tmode http\n"
	     "frontend www\n"
	     "\tbind :80\n"
	     "\tbind ipv4@:443,:::443 ssl crt site.pem alpn h2 "
	     "ca-file clients.pem verify required crl-file r.pem # x\n"
	     "\tbind /run/x.sock ssl crt /abs/two.pem crt three.pem\n"
	     "backend app\n"
	     "\tserver a 10.0.0.1:443 ssl verify required ca-file @system-ca\n"
	     "\tserver b 10.0.0.2:443 ssl crt client.pem ca-file up.pem\n");
	file("/etc/ssl/private/site.pem", "x");
	file("/etc/ssl/private/site.pem.key", "x");
	file("/etc/ssl/private/three.pem.rsa", "x");
	file("/etc/ssl/private/three.pem.ecdsa", "x");
	find("haproxy");
	assert_found(
		"certificate /etc/ssl/private/site.pem" AT "10 "
		"@*:443,:::443\n"
		"key /etc/ssl/private/site.pem.key" AT "10 @*:443,:::443\n"
		"client-ca /etc/ssl/certs/clients.pem" AT "10 "
		"@*:443,:::443\n"
		"crl /etc/ssl/certs/r.pem" AT "10 @*:443,:::443\n"
		"certificate /abs/two.pem" AT "11 @/run/x.sock\n"
		"certificate /etc/ssl/private/three.pem.rsa" AT "11 "
		"@/run/x.sock\n"
		"certificate /etc/ssl/private/three.pem.ecdsa" AT "11 "
		"@/run/x.sock\n"
		"client-certificate /etc/ssl/private/client.pem" AT "14\n"
		"ca /etc/ssl/certs/up.pem" AT "14\n");
	assert_gaps("");
}

static void folders_and_lists_of_certificates_are_entered(void **state)
{
	(void)state;
	file("/etc/haproxy/haproxy.cfg",
	     "listen l\n"
	     " bind *:443 ssl crt certs crt-list /etc/haproxy/list\n");
	file("/etc/haproxy/certs/a.pem", "x");
	file("/etc/haproxy/certs/b.pem", "x");
	file("/etc/haproxy/certs/b.pem.key", "x");
	file("/etc/haproxy/certs/a.pem.ocsp", "x");
	file("/etc/haproxy/certs/.c.pem", "x");
	file("/etc/haproxy/list",
	     "# comment\n"
	     "/l/one.pem [alpn h2 ca-file /l/ca.pem] one.example "
	     "!no.example *.one.example\n"
	     "two.pem\n");
	find("haproxy");
	assert_found(
		"certificate /etc/haproxy/certs/a.pem" AT "2 @*:443\n"
		"certificate /etc/haproxy/certs/b.pem" AT "2 @*:443\n"
		"key /etc/haproxy/certs/b.pem.key" AT "2 @*:443\n"
		"client-ca /l/ca.pem /etc/haproxy/list:2 @*:443\n"
		"certificate /l/one.pem /etc/haproxy/list:2 "
		"one.example,*.one.example @*:443\n"
		"certificate /etc/haproxy/two.pem /etc/haproxy/list:3 "
		"@*:443\n");
	assert_gaps("");
}

static void a_store_has_bases_of_its_own(void **state)
{
	const char *const argv[] = {"haproxy", "-Ws", "-f", "/srv/cfg", "-p",
				    "/run/p", NULL};

	(void)state;
	file("/srv/cfg/1.cfg",
	     "crt-store web\n crt-base /c\n key-base /k\n"
	     " load crt a.crt key a.key alias a\n");
	file("/srv/cfg/2.cfg", "frontend f\n bind :443 ssl crt @web/a\n");
	file("/srv/cfg/2.cfg.bak", "frontend f\n bind :443 ssl crt /no\n");
	find_started("haproxy", "/usr/sbin/haproxy", argv);
	assert_found("certificate /c/a.crt /srv/cfg/1.cfg:4\n"
		     "key /k/a.key /srv/cfg/1.cfg:4\n");
	assert_gaps("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(bind_and_server_lines_are_read),
		finder_test(folders_and_lists_of_certificates_are_entered),
		finder_test(a_store_has_bases_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
