/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void static_and_dynamic_files(void **state)
{
	(void)state;
	file("/etc/traefik/traefik.yml",
		"entryPoints:\n"
		"  websecure:\n"
		"    address: \":443\"\n"
		"providers:\n"
		"  file:\n"
		"    directory: /etc/traefik/rules\n"
		"certificatesResolvers:\n"
		"  le:\n"
		"    acme:\n"
		"      email: a@example.org\n"
		"      storage: /var/lib/traefik/acme.json\n");
	file("/etc/traefik/rules/a.yml",
		"tls:\n"
		"  certificates:\n"
		"    - certFile: /ssl/a.crt\n"
		"      keyFile: /ssl/a.key\n"
		"    - certFile: b.crt\n"
		"      keyFile: b.key\n"
		"  stores:\n"
		"    default:\n"
		"      defaultCertificate:\n"
		"        certFile: /ssl/d.crt\n"
		"        keyFile: /ssl/d.key\n"
		"  options:\n"
		"    default:\n"
		"      clientAuth:\n"
		"        caFiles:\n"
		"          - /ssl/ca1.pem\n"
		"          - /ssl/ca2.pem\n");
	file("/etc/traefik/rules/b.toml",
		"# dynamic\n"
		"[[tls.certificates]]\n"
		"  certFile = \"/ssl/t.crt\"\n"
		"  keyFile = '/ssl/t.key'   # its key\n"
		"[http.serversTransports.x]\n"
		"  rootCAs = [\n"
		"    \"/ssl/r1.pem\",  # one\n"
		"    \"/ssl/r2.pem\",\n"
		"  ]\n");
	find("traefik");
	assert_found(
		"keystore /var/lib/traefik/acme.json "
		"/etc/traefik/traefik.yml:11\n"
		"certificate /ssl/a.crt /etc/traefik/rules/a.yml:3\n"
		"key /ssl/a.key /etc/traefik/rules/a.yml:4\n"
		"certificate /etc/traefik/b.crt /etc/traefik/rules/a.yml:5\n"
		"key /etc/traefik/b.key /etc/traefik/rules/a.yml:6\n"
		"certificate /ssl/d.crt /etc/traefik/rules/a.yml:10\n"
		"key /ssl/d.key /etc/traefik/rules/a.yml:11\n"
		"client-ca /ssl/ca1.pem /etc/traefik/rules/a.yml:16\n"
		"client-ca /ssl/ca2.pem /etc/traefik/rules/a.yml:17\n"
		"certificate /ssl/t.crt /etc/traefik/rules/b.toml:3\n"
		"key /ssl/t.key /etc/traefik/rules/b.toml:4\n"
		"ca /ssl/r1.pem /etc/traefik/rules/b.toml:6\n"
		"ca /ssl/r2.pem /etc/traefik/rules/b.toml:6\n");
	assert_gaps("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(static_and_dynamic_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
