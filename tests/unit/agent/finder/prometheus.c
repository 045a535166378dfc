/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void web_configuration_and_clients(void **state)
{
	(void)state;
	file("/etc/prometheus/web-config.yml",
		"tls_server_config:\n"
		"  cert_file: node.crt\n"
		"  key_file: node.key\n"
		"  client_ca_file: ca.crt\n"
		"basic_auth_users:\n"
		"  prom: $2y$10$abc\n");
	file("/etc/prometheus/prometheus.yml",
		"scrape_configs:\n"
		"  - job_name: 'node'\n"
		"    scheme: https\n"
		"    tls_config:\n"
		"      ca_file: /p/ca.crt\n"
		"      server_name: node.a.example\n");
	find("prometheus");
	assert_found(
		"ca /p/ca.crt /etc/prometheus/prometheus.yml:5 "
		"node.a.example\n"
		"certificate /etc/prometheus/node.crt "
		"/etc/prometheus/web-config.yml:2\n"
		"key /etc/prometheus/node.key "
		"/etc/prometheus/web-config.yml:3\n"
		"client-ca /etc/prometheus/ca.crt "
		"/etc/prometheus/web-config.yml:4\n");
	assert_gaps("");
}

static void the_command_line_of_an_exporter(void **state)
{
	const char *const argv[] = {"/usr/bin/prometheus-node-exporter",
		"--web.config.file=w.yml", NULL};

	(void)state;
	file("/srv/w.yml",
		"tls_server_config: {cert_file: w.crt, key_file: w.key}\n");
	find_started("prometheus", argv[0], argv);
	assert_found(
		"certificate /srv/w.crt /srv/w.yml:1\n"
		"key /srv/w.key /srv/w.yml:1\n");
	assert_gaps("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(web_configuration_and_clients),
		finder_test(the_command_line_of_an_exporter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
