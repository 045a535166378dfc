/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void sites_imports_and_upstreams(void **state)
{
	(void)state;
	file("/etc/caddy/Caddyfile",
		"{\n"
		"\temail admin@example.org\n"
		"}\n"
		"\n"
		"(snippet) {\n"
		"\theader X-A b\n"
		"}\n"
		"\n"
		"a.example, www.a.example {\n"
		"\timport snippet\n"
		"\ttls /etc/ssl/a.pem /etc/ssl/a.key {\n"
		"\t\tclient_auth {\n"
		"\t\t\tmode require_and_verify\n"
		"\t\t\ttrust_pool file /etc/ssl/clients.pem\n"
		"\t\t}\n"
		"\t}\n"
		"\treverse_proxy https://10.0.0.1 {\n"
		"\t\ttransport http {\n"
		"\t\t\ttls_trusted_ca_certs up.pem\n"
		"\t\t\ttls_client_auth {env.CERT} client.key\n"
		"\t\t}\n"
		"\t}\n"
		"}\n"
		"http://plain.example {\n"
		"\trespond \"hello\"\n"
		"}\n"
		"import sites/*\n");
	file("/etc/caddy/sites/b",
		"https://b.example:8443 {\n"
		"\ttls b.pem b.key # ours\n"
		"\troot * /srv\n"
		"}\n");
	find("caddy");
	assert_found(
		"certificate /etc/ssl/a.pem /etc/caddy/Caddyfile:11 "
		"a.example,www.a.example @*:443\n"
		"key /etc/ssl/a.key /etc/caddy/Caddyfile:11 "
		"a.example,www.a.example @*:443\n"
		"client-ca /etc/ssl/clients.pem /etc/caddy/Caddyfile:14 "
		"a.example,www.a.example @*:443\n"
		"ca /etc/caddy/up.pem /etc/caddy/Caddyfile:19 "
		"a.example,www.a.example @*:443\n"
		"key /etc/caddy/client.key /etc/caddy/Caddyfile:20 "
		"a.example,www.a.example @*:443\n"
		"certificate /etc/caddy/b.pem /etc/caddy/sites/b:2 "
		"b.example @*:8443\n"
		"key /etc/caddy/b.key /etc/caddy/sites/b:2 b.example "
		"@*:8443\n");
	assert_gaps(
		"/etc/caddy/Caddyfile caddy: line 20: certificate file: a "
		"variable in its path is not known\n");
}

static void json(void **state)
{
	(void)state;
	file("/etc/caddy/caddy.json",
		"{\n"
		"\t\"apps\": {\"tls\": {\"certificates\": {\"load_files\": "
		"[\n"
		"\t\t{\"certificate\": \"/c/one.pem\", \"key\": "
		"\"/c/one.key\"},\n"
		"\t\t{\"certificate\": \"/c/two.pem\", \"key\": "
		"\"/c/two.key\"}\n"
		"\t]}}}\n"
		"}\n");
	find("caddy");
	assert_found(
		"certificate /c/one.pem /etc/caddy/caddy.json:3\n"
		"key /c/one.key /etc/caddy/caddy.json:3\n"
		"certificate /c/two.pem /etc/caddy/caddy.json:4\n"
		"key /c/two.key /etc/caddy/caddy.json:4\n");
	assert_gaps("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(sites_imports_and_upstreams),
		finder_test(json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
