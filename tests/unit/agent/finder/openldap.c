/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void slapd_conf_and_the_clients(void **state)
{
	(void)state;
	file("/etc/ldap/slapd.conf",
		"include /etc/ldap/schema/core.schema\n"
		"include /etc/ldap/tls.conf\n"
		"pidfile /run/slapd/slapd.pid\n"
		"database mdb\n");
	file("/etc/ldap/tls.conf",
		"TLSCertificateFile \"/etc/ldap/server.crt\"\n"
		"TLSCertificateKeyFile\n"
		"\t/etc/ldap/server.key\n"
		"tlscacertificatefile /etc/ldap/ca.crt\n");
	file("/etc/ldap/ldap.conf",
		"#BASE dc=example,dc=com\n"
		"TLS_CACERT\t/etc/ssl/certs/ca-certificates.crt\n");
	find("openldap");
	assert_found(
		"certificate /etc/ldap/server.crt /etc/ldap/tls.conf:1\n"
		"key /etc/ldap/server.key /etc/ldap/tls.conf:2\n"
		"client-ca /etc/ldap/ca.crt /etc/ldap/tls.conf:4\n"
		"ca /etc/ssl/certs/ca-certificates.crt "
		"/etc/ldap/ldap.conf:2\n");
	assert_gaps("");
}

static void cn_config(void **state)
{
	(void)state;
	file("/etc/ldap/slapd.d/cn=config.ldif",
		"# AUTO-GENERATED FILE - DO NOT EDIT!! Use ldapmodify.\n"
		"dn: cn=config\n"
		"objectClass: olcGlobal\n"
		"cn: config\n"
		"olcTLSCertificateFile: "
		"/etc/ldap/a/very/long/path/that/ldif/folds/in/the/midd\n"
		" le/server.crt\n"
		"olcTLSCertificateKeyFile:: L2V0Yy9sZGFwL3NlcnZlci5rZXk=\n"
		"olcTLSCACertificateFile: /etc/ldap/ca.crt\n");
	find("openldap");
	assert_found(
		"certificate "
		"/etc/ldap/a/very/long/path/that/ldif/folds/in/the/middle/se"
		"rver.crt /etc/ldap/slapd.d/cn=config.ldif:5\n"
		"key /etc/ldap/server.key "
		"/etc/ldap/slapd.d/cn=config.ldif:7\n"
		"client-ca /etc/ldap/ca.crt "
		"/etc/ldap/slapd.d/cn=config.ldif:8\n");
	assert_gaps("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(slapd_conf_and_the_clients),
		finder_test(cn_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
