/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void daemon_json_and_registries(void **state)
{
	(void)state;
	file("/etc/docker/daemon.json",
		"{\n"
		"\t\"hosts\": [\"unix:///var/run/docker.sock\", "
		"\"tcp://0.0.0.0:2376\"],\n"
		"\t\"tls\": true,\n"
		"\t\"tlscacert\": \"/etc/docker/ca.pem\",\n"
		"\t\"tlscert\": \"/etc/docker/server.pem\",\n"
		"\t\"tlskey\": \"/etc/docker/server-key.pem\"\n"
		"}\n");
	file("/etc/docker/certs.d/registry.a.example:5000/ca.crt",
		"x");
	file("/etc/docker/certs.d/registry.a.example:5000/client.cert",
		"x");
	file("/etc/docker/certs.d/registry.a.example:5000/client.key",
		"x");
	find("docker");
	assert_found(
		"client-ca /etc/docker/ca.pem /etc/docker/daemon.json:4 "
		"@0.0.0.0:2376\n"
		"certificate /etc/docker/server.pem "
		"/etc/docker/daemon.json:5 @0.0.0.0:2376\n"
		"key /etc/docker/server-key.pem /etc/docker/daemon.json:6 "
		"@0.0.0.0:2376\n"
		"ca /etc/docker/certs.d/registry.a.example:5000/ca.crt "
		"/etc/docker/certs.d/registry.a.example:5000:0 "
		"registry.a.example:5000\n"
		"certificate "
		"/etc/docker/certs.d/registry.a.example:5000/client.cert "
		"/etc/docker/certs.d/registry.a.example:5000:0 "
		"registry.a.example:5000\n"
		"key /etc/docker/certs.d/registry.a.example:5000/client.key "
		"/etc/docker/certs.d/registry.a.example:5000:0 "
		"registry.a.example:5000\n");
	assert_gaps("");
}

static void the_command_line(void **state)
{
	const char *const argv[] = {"/usr/bin/dockerd", "--tlsverify",
		"--tlscert=/c.pem", "--tlskey", "k.pem", NULL};

	(void)state;
	file("/x","");
	find_started("docker", argv[0], argv);
	assert_found(
		"certificate /c.pem /usr/bin/dockerd:0\n"
		"key /srv/k.pem /usr/bin/dockerd:0\n");
	assert_gaps("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(daemon_json_and_registries),
		finder_test(the_command_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
