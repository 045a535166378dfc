/* SPDX-License-Identifier: Apache-2.0 */
/* Elasticsearch, Kibana, Logstash, OpenSearch.
 * https://www.elastic.co/guide/en/elasticsearch/reference/current/security-
 * settings.html */
#include "agent/finder/rules.h"
#include "agent/syntax/yaml.h"

static const struct finder_rule elasticsearch_list[] = {
	{"*.ssl.http.pemcert_filepath", FINDER_CERTIFICATE, NULL, 0},
	{"*.pemcert_filepath", FINDER_CERTIFICATE, NULL, 0},
	{"*.pemkey_filepath", FINDER_KEY, NULL, 0},
	{"*.pemtrustedcas_filepath", FINDER_CLIENT_CA, NULL, 0},
	{"*.keystore_filepath", FINDER_KEYSTORE, NULL, 0},
	{"*.truststore_filepath", FINDER_TRUSTSTORE, NULL, 0},
	{"*ssl.certificate", FINDER_CERTIFICATE, NULL, 0},
	{"*ssl.key", FINDER_KEY, NULL, 0},
	{"*ssl.certificate_authorities", FINDER_CA, NULL, 0},
	{"*ssl.certificateAuthorities", FINDER_CA, NULL, 0},
	{"*ssl.keystore.path", FINDER_KEYSTORE, NULL, 0},
	{"*ssl.truststore.path", FINDER_TRUSTSTORE, NULL, 0},
	{"http.port", FINDER_LISTEN, NULL, 0},
	{"server.port", FINDER_LISTEN, NULL, 0},
	{NULL, FINDER_ROLES, NULL, 0},
};
static const struct finder_rules elasticsearch_rules = {
	.reader = syntax_yaml,
	.list = elasticsearch_list,
};

static const char *const elasticsearch_files[] = {
	"/etc/elasticsearch/elasticsearch.yml", "/etc/kibana/kibana.yml",
	"/etc/opensearch/opensearch.yml", "/etc/opensearch-dashboards/*.yml",
	"/etc/logstash/logstash.yml", "/etc/filebeat/filebeat.yml",
	"/etc/metricbeat/metricbeat.yml", NULL,
};
static const char *const elasticsearch_programs[] = {
	"java", "filebeat", "metricbeat", NULL,
};
static const struct finder_option elasticsearch_options[] = {
	{"-Des.path.conf",
	 FINDER_ARG_FOLDER, "elasticsearch.yml", FINDER_ROLES},
	{"-Dopensearch.path.conf",
	 FINDER_ARG_FOLDER, "opensearch.yml", FINDER_ROLES},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_elasticsearch = {
	.name = "elasticsearch",
	.description = "Elasticsearch, Kibana, Beats, OpenSearch: PEM "
		"files and keystores of transport and http",
	.files = elasticsearch_files,
	.programs = elasticsearch_programs,
	.options = elasticsearch_options,
	.read = finder_rules_read,
	.rules = &elasticsearch_rules,
};
