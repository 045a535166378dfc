/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void listeners_clusters_and_secrets(void **state)
{
	(void)state;
	file("/etc/envoy/envoy.yaml",
		"static_resources:\n"
		"  listeners:\n"
		"  - name: https\n"
		"    address:\n"
		"      socket_address: { address: 0.0.0.0, port_value: 8443 "
		"}\n"
		"    filter_chains:\n"
		"    - filter_chain_match:\n"
		"        server_names: [\"a.example\", \"b.example\"]\n"
		"      transport_socket:\n"
		"        name: envoy.transport_sockets.tls\n"
		"        typed_config:\n"
		"          \"@type\": "
		"type.googleapis.com/envoy.extensions.transport_sockets.tls."
		"v3.DownstreamTlsContext\n"
		"          common_tls_context:\n"
		"            tls_certificates:\n"
		"            - certificate_chain: { filename: /certs/a.pem "
		"}\n"
		"              private_key: { filename: /certs/a.key }\n"
		"            validation_context:\n"
		"              trusted_ca: { filename: /certs/clients.pem "
		"}\n"
		"    - transport_socket:\n"
		"        typed_config:\n"
		"          common_tls_context:\n"
		"            tls_certificate_sds_secret_configs:\n"
		"            - name: other\n"
		"              sds_config:\n"
		"                path_config_source: { path: "
		"/etc/envoy/sds.json }\n"
		"  clusters:\n"
		"  - name: up\n"
		"    transport_socket:\n"
		"      typed_config:\n"
		"        common_tls_context:\n"
		"          validation_context:\n"
		"            trusted_ca:\n"
		"              filename: /certs/up.pem\n");
	file("/etc/envoy/sds.json",
		"{\"resources\": [\n"
		"  {\"@type\": "
		"\"type.googleapis.com/envoy.extensions.transport_sockets.tl"
		"s.v3.Secret\",\n"
		"   \"name\": \"other\",\n"
		"   \"tls_certificate\": {\n"
		"     \"certificate_chain\": {\"filename\": "
		"\"/certs/sds.pem\"},\n"
		"     \"private_key\": {\"filename\": "
		"\"/certs/sds.key\"}}}]}\n");
	find("envoy");
	assert_found(
		"certificate /certs/a.pem /etc/envoy/envoy.yaml:15 "
		"a.example,b.example @*:8443\n"
		"key /certs/a.key /etc/envoy/envoy.yaml:16 "
		"a.example,b.example @*:8443\n"
		"client-ca /certs/clients.pem /etc/envoy/envoy.yaml:18 "
		"a.example,b.example @*:8443\n"
		"certificate /certs/sds.pem /etc/envoy/sds.json:5 @*:8443\n"
		"key /certs/sds.key /etc/envoy/sds.json:6 @*:8443\n"
		"ca /certs/up.pem /etc/envoy/envoy.yaml:33\n"
		"certificate /certs/sds.pem /etc/envoy/sds.json:5\n"
		"key /certs/sds.key /etc/envoy/sds.json:6\n");
	assert_gaps("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(listeners_clusters_and_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
