/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void yaml_and_environment(void **state)
{
	(void)state;
	file("/etc/etcd/etcd.conf.yml",
		"name: 'default'\n"
		"listen-client-urls: "
		"https://10.0.0.1:2379,http://localhost:2379\n"
		"client-transport-security:\n"
		"  cert-file: /etc/etcd/server.crt\n"
		"  key-file: /etc/etcd/server.key\n"
		"  trusted-ca-file: /etc/etcd/ca.crt\n"
		"peer-transport-security:\n"
		"  cert-file: /etc/etcd/peer.crt\n");
	file("/etc/default/etcd",
		"## etcd(1) daemon options\n"
		"ETCD_LISTEN_CLIENT_URLS=\"https://0.0.0.0:2379\"\n"
		"ETCD_CERT_FILE=\"/etc/etcd/e.crt\"\n"
		"ETCD_KEY_FILE=/etc/etcd/e.key\n");
	find("etcd");
	assert_found(
		"certificate /etc/etcd/server.crt /etc/etcd/etcd.conf.yml:4 "
		"@10.0.0.1:2379\n"
		"key /etc/etcd/server.key /etc/etcd/etcd.conf.yml:5 "
		"@10.0.0.1:2379\n"
		"client-ca /etc/etcd/ca.crt /etc/etcd/etcd.conf.yml:6 "
		"@10.0.0.1:2379\n"
		"certificate /etc/etcd/peer.crt /etc/etcd/etcd.conf.yml:8 "
		"@10.0.0.1:2379\n"
		"certificate /etc/etcd/e.crt /etc/default/etcd:3 "
		"@0.0.0.0:2379\n"
		"key /etc/etcd/e.key /etc/default/etcd:4 @0.0.0.0:2379\n");
	assert_gaps("");
}

static void the_command_line(void **state)
{
	const char *const argv[] = {"etcd", "--cert-file=/c.crt",
		"--peer-key-file", "p.key", NULL};

	(void)state;
	file("/x","");
	find_started("etcd", argv[0], argv);
	assert_found(
		"certificate /c.crt etcd:0\n"
		"key /srv/p.key etcd:0\n");
	assert_gaps("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(yaml_and_environment),
		finder_test(the_command_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
