/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void pem_files_keystores_and_dotted_names(void **state)
{
	(void)state;
	file("/etc/elasticsearch/elasticsearch.yml",
		"cluster.name: c\n"
		"path.data: /var/lib/elasticsearch\n"
		"xpack.security.enabled: true\n"
		"xpack.security.http.ssl:\n"
		"  enabled: true\n"
		"  keystore.path: certs/http.p12\n"
		"xpack.security.transport.ssl:\n"
		"  enabled: true\n"
		"  verification_mode: certificate\n"
		"  keystore.path: certs/transport.p12\n"
		"  truststore.path: certs/transport.p12\n"
		"xpack.security.authc.realms.ldap.l.ssl.certificate_authorit"
		"ies: [ \"ca.crt\" ]\n"
		"http.port: 9200\n");
	file("/etc/kibana/kibana.yml",
		"server.port: 5601\n"
		"server.ssl.certificate: /etc/kibana/k.crt\n"
		"server.ssl.key: /etc/kibana/k.key\n"
		"elasticsearch.ssl.certificateAuthorities: [ "
		"\"/etc/kibana/ca.crt\" ]\n");
	file("/etc/opensearch/opensearch.yml",
		"plugins.security.ssl.http.pemcert_filepath: esnode.pem\n"
		"plugins.security.ssl.http.pemkey_filepath: esnode-key.pem\n"
		"plugins.security.ssl.http.pemtrustedcas_filepath: "
		"root-ca.pem\n");
	find("elasticsearch");
	assert_found(
		"keystore /etc/elasticsearch/certs/http.p12 "
		"/etc/elasticsearch/elasticsearch.yml:6 @*:9200\n"
		"keystore /etc/elasticsearch/certs/transport.p12 "
		"/etc/elasticsearch/elasticsearch.yml:10 @*:9200\n"
		"truststore /etc/elasticsearch/certs/transport.p12 "
		"/etc/elasticsearch/elasticsearch.yml:11 @*:9200\n"
		"ca /etc/elasticsearch/ca.crt "
		"/etc/elasticsearch/elasticsearch.yml:12 @*:9200\n"
		"certificate /etc/kibana/k.crt /etc/kibana/kibana.yml:2 "
		"@*:5601\n"
		"key /etc/kibana/k.key /etc/kibana/kibana.yml:3 @*:5601\n"
		"ca /etc/kibana/ca.crt /etc/kibana/kibana.yml:4 @*:5601\n"
		"certificate /etc/opensearch/esnode.pem "
		"/etc/opensearch/opensearch.yml:1\n"
		"key /etc/opensearch/esnode-key.pem "
		"/etc/opensearch/opensearch.yml:2\n"
		"client-ca /etc/opensearch/root-ca.pem "
		"/etc/opensearch/opensearch.yml:3\n");
	assert_gaps("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(pem_files_keystores_and_dotted_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
