/* SPDX-License-Identifier: Apache-2.0 */
/* Prometheus, Alertmanager and exporters: web configuration, and clients'
 * tls_config.
 * https://prometheus.io/docs/prometheus/latest/configuration/https/ */
#include "agent/finder/rules.h"
#include "agent/syntax/yaml.h"

static const struct finder_rule prometheus_list[] = {
	{"*tls_server_config.cert_file", FINDER_CERTIFICATE, NULL, 0},
	{"*tls_server_config.key_file", FINDER_KEY, NULL, 0},
	{"*tls_server_config.client_ca_file", FINDER_CLIENT_CA, NULL, 0},
	{"*tls_config.cert_file", FINDER_CERTIFICATE, NULL, 0},
	{"*tls_config.key_file", FINDER_KEY, NULL, 0},
	{"*tls_config.ca_file", FINDER_CA, NULL, 0},
	{"*tls_config.server_name", FINDER_NAME, NULL, 0},
	{NULL, FINDER_ROLES, NULL, 0},
};
static const struct finder_rules prometheus_rules = {
	.reader = syntax_yaml,
	.list = prometheus_list,
};

static const char *const prometheus_files[] = {
	"/etc/prometheus/*.yml", "/etc/prometheus/*.yaml",
	"/etc/alertmanager/*.yml", "/etc/*exporter*/*.yml",
	"/etc/*exporter*/*.yaml", "/opt/*exporter*/*.yml", "/etc/loki/*.yml",
	"/etc/promtail/*.yml", "/etc/loki/*.yaml", NULL,
};
static const char *const prometheus_programs[] = {
	"prometheus", "alertmanager", "node_exporter",
	"prometheus-node-exporter", "blackbox_exporter", "snmp_exporter",
	"mysqld_exporter", "postgres_exporter", "pushgateway", "loki",
	"promtail", NULL,
};
static const struct finder_option prometheus_options[] = {
	{"--web.config.file", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{"-web.config.file", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{"--config.file", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{"-config.file", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_prometheus = {
	.name = "prometheus",
	.description = "Prometheus, Alertmanager, exporters: web configuration "
		"and tls_config",
	.files = prometheus_files,
	.programs = prometheus_programs,
	.options = prometheus_options,
	.read = finder_rules_read,
	.rules = &prometheus_rules,
};
