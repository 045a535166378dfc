/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void listeners_in_hcl_and_json(void **state)
{
	(void)state;
	file("/etc/vault.d/vault.hcl",
		"ui = true\n"
		"storage \"raft\" {\n"
		"  path = \"/opt/vault/data\"\n"
		"  retry_join {\n"
		"    leader_ca_cert_file = \"/opt/vault/tls/ca.pem\"\n"
		"  }\n"
		"}\n"
		"# HTTPS listener\n"
		"listener \"tcp\" {\n"
		"  address       = \"0.0.0.0:8200\"\n"
		"  tls_cert_file = \"/opt/vault/tls/tls.crt\"\n"
		"  tls_key_file  = \"/opt/vault/tls/tls.key\"\n"
		"}\n");
	file("/etc/vault.d/v.json",
		"{\"listener\": [{\"tcp\": {\"address\": "
		"\"127.0.0.1:8200\", \"tls_cert_file\": \"/j.crt\"}}]}\n");
	find("vault");
	assert_found(
		"ca /opt/vault/tls/ca.pem /etc/vault.d/vault.hcl:5\n"
		"certificate /opt/vault/tls/tls.crt "
		"/etc/vault.d/vault.hcl:11 @0.0.0.0:8200\n"
		"key /opt/vault/tls/tls.key /etc/vault.d/vault.hcl:12 "
		"@0.0.0.0:8200\n"
		"certificate /j.crt /etc/vault.d/v.json:1 @127.0.0.1:8200\n");
	assert_gaps("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(listeners_in_hcl_and_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
