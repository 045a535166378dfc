/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void debians_mariadb(void **state)
{
	(void)state;
	file("/etc/mysql/my.cnf",
		"# The MariaDB configuration file\n"
		"[client-server]\n"
		"# Port or socket location where to connect\n"
		"socket = /run/mysqld/mysqld.sock\n"
		"!includedir /etc/mysql/conf.d/\n"
		"!includedir /etc/mysql/mariadb.conf.d/\n");
	file("/etc/mysql/mariadb.conf.d/50-server.cnf",
		"[server]\n"
		"[mysqld]\n"
		"port = 3307\n"
		"bind-address            = 127.0.0.1\n"
		"#ssl-ca = /etc/mysql/cacert.pem\n"
		"ssl-ca = /etc/mysql/cacert.pem\n"
		"ssl_cert = \"/etc/mysql/server-cert.pem\"\n"
		"ssl-key = server-key.pem\n"
		"require-secure-transport = on\n");
	file("/etc/mysql/mariadb.conf.d/50-client.cnf",
		"[client]\n"
		"ssl-cert = /etc/mysql/client-cert.pem\n"
		"ssl-ca = /etc/mysql/cacert.pem\n");
	file("/etc/mysql/conf.d/readme.txt",
		"[mysqld]\n"
		"ssl-cert = /no\n");
	find("mysql");
	assert_found(
		"client-certificate /etc/mysql/client-cert.pem "
		"/etc/mysql/mariadb.conf.d/50-client.cnf:2\n"
		"ca /etc/mysql/cacert.pem "
		"/etc/mysql/mariadb.conf.d/50-client.cnf:3\n"
		"client-ca /etc/mysql/cacert.pem "
		"/etc/mysql/mariadb.conf.d/50-server.cnf:6 @*:3307\n"
		"certificate /etc/mysql/server-cert.pem "
		"/etc/mysql/mariadb.conf.d/50-server.cnf:7 @*:3307\n"
		"key /var/lib/mysql/server-key.pem "
		"/etc/mysql/mariadb.conf.d/50-server.cnf:8 @*:3307\n");
	assert_gaps("");
}

static void certificates_that_mysql_made_for_itself(void **state)
{
	(void)state;
	file("/etc/my.cnf",
		"[mysqld]\n"
		"datadir=/var/lib/mysql\n");
	file("/var/lib/mysql/server-cert.pem",
		"x");
	file("/var/lib/mysql/server-key.pem",
		"x");
	find("mysql");
	assert_found(
		"certificate /var/lib/mysql/server-cert.pem /etc/my.cnf:0\n"
		"key /var/lib/mysql/server-key.pem /etc/my.cnf:0\n");
	assert_gaps("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(debians_mariadb),
		finder_test(certificates_that_mysql_made_for_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
