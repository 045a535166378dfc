/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void server_database_and_ldap(void **state)
{
	(void)state;
	file("/etc/grafana/grafana.ini",
		"[server]\n"
		"protocol = https\n"
		"http_port = 3000\n"
		"domain = g.a.example\n"
		";cert_file = /no\n"
		"cert_file = /etc/grafana/g.crt\n"
		"cert_key = /etc/grafana/g.key\n"
		"[database]\n"
		"type = mysql\n"
		"ca_cert_path = /etc/grafana/db-ca.pem\n"
		"[auth.generic_oauth]\n"
		"tls_client_ca = /etc/grafana/o-ca.pem\n");
	file("/etc/grafana/ldap.toml",
		"[[servers]]\n"
		"host = \"ldap.a.example\"\n"
		"use_ssl = true\n"
		"root_ca_cert = \"/etc/grafana/ldap-ca.crt\"\n"
		"client_cert = \"/etc/grafana/ldap.crt\"\n"
		"bind_password = 'grafana'\n");
	find("grafana");
	assert_found(
		"certificate /etc/grafana/g.crt /etc/grafana/grafana.ini:6 "
		"g.a.example @*:3000\n"
		"key /etc/grafana/g.key /etc/grafana/grafana.ini:7 "
		"g.a.example @*:3000\n"
		"ca /etc/grafana/db-ca.pem /etc/grafana/grafana.ini:10\n"
		"ca /etc/grafana/o-ca.pem /etc/grafana/grafana.ini:12\n"
		"ca /etc/grafana/ldap-ca.crt /etc/grafana/ldap.toml:4\n"
		"client-certificate /etc/grafana/ldap.crt "
		"/etc/grafana/ldap.toml:5\n");
	assert_gaps("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(server_database_and_ldap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
