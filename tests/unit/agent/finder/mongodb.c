/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void tls_and_the_older_ssl(void **state)
{
	(void)state;
	file("/etc/mongod.conf",
		"# mongod.conf\n"
		"storage:\n"
		"  dbPath: /var/lib/mongodb\n"
		"net:\n"
		"  port: 27017\n"
		"  bindIp: 127.0.0.1\n"
		"  tls:\n"
		"    mode: requireTLS\n"
		"    certificateKeyFile: /etc/ssl/mongodb.pem\n"
		"    CAFile: /etc/ssl/ca.pem\n"
		"    clusterFile: /etc/ssl/cluster.pem\n");
	file("/etc/mongos.conf",
		"net:\n"
		"  ssl: {mode: requireSSL, PEMKeyFile: /etc/ssl/s.pem}\n");
	find("mongodb");
	assert_found(
		"certificate /etc/ssl/mongodb.pem /etc/mongod.conf:9 "
		"@*:27017\n"
		"client-ca /etc/ssl/ca.pem /etc/mongod.conf:10 @*:27017\n"
		"certificate /etc/ssl/cluster.pem /etc/mongod.conf:11 "
		"@*:27017\n"
		"certificate /etc/ssl/s.pem /etc/mongos.conf:2\n");
	assert_gaps("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(tls_and_the_older_ssl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
