/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void tls_in_hcl_and_json(void **state)
{
	(void)state;
	file("/etc/consul.d/consul.hcl",
		"datacenter = \"dc1\"\n"
		"tls {\n"
		"  defaults {\n"
		"    ca_file = \"/etc/consul.d/ca.pem\"\n"
		"    cert_file = \"/etc/consul.d/c.pem\"\n"
		"    key_file = \"/etc/consul.d/k.pem\"\n"
		"    verify_incoming = true\n"
		"  }\n"
		"}\n");
	file("/etc/nomad.d/n.json",
		"{\"tls\": {\"http\": true, \"ca_file\": \"/n/ca.pem\", "
		"\"cert_file\": \"/n/c.pem\", \"key_file\": \"/n/k.pem\"}}\n");
	find("consul");
	assert_found(
		"ca /etc/consul.d/ca.pem /etc/consul.d/consul.hcl:4\n"
		"certificate /etc/consul.d/c.pem "
		"/etc/consul.d/consul.hcl:5\n"
		"key /etc/consul.d/k.pem /etc/consul.d/consul.hcl:6\n"
		"ca /n/ca.pem /etc/nomad.d/n.json:1\n"
		"certificate /n/c.pem /etc/nomad.d/n.json:1\n"
		"key /n/k.pem /etc/nomad.d/n.json:1\n");
	assert_gaps("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(tls_in_hcl_and_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
