/* SPDX-License-Identifier: Apache-2.0 */
/* Grafana: grafana.ini and ldap.toml.
 * https://grafana.com/docs/grafana/latest/setup-grafana/configure-grafana/ */
#include "agent/finder/rules.h"

static const struct finder_rule grafana_list[] = {
	{"server.cert_file", FINDER_CERTIFICATE, NULL, 0},
	{"server.cert_key", FINDER_KEY, NULL, 0},
	{"server.domain", FINDER_NAME, NULL, 0},
	{"server.http_port", FINDER_LISTEN, NULL, 0},
	{"*.client_cert_path", FINDER_CLIENT, NULL, 0},
	{"*.client_key_path", FINDER_KEY, NULL, 0},
	{"*.ca_cert_path", FINDER_CA, NULL, 0},
	{"*client_cert", FINDER_CLIENT, NULL, 0},
	{"*client_key", FINDER_KEY, NULL, 0},
	{"*root_ca_cert", FINDER_CA, NULL, 0},
	{"smtp.cert_file", FINDER_CERTIFICATE, NULL, 0},
	{"smtp.key_file", FINDER_KEY, NULL, 0},
	{"*.tls_client_ca", FINDER_CA, NULL, 0},
	{"*.tls_client_cert", FINDER_CLIENT, NULL, 0},
	{"*.tls_client_key", FINDER_KEY, NULL, 0},
	{NULL, FINDER_ROLES, NULL, 0},
};
static const struct finder_rules grafana_rules = {
	.list = grafana_list,
	.base = "/usr/share/grafana",
};

static const char *const grafana_files[] = {
	"/etc/grafana/grafana.ini", "/etc/grafana/ldap.toml", NULL,
};
static const char *const grafana_programs[] = {
	"grafana", "grafana-server", NULL,
};
static const struct finder_option grafana_options[] = {
	{"--config", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{"-config", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_grafana = {
	.name = "grafana",
	.description = "the server, the database, LDAP",
	.files = grafana_files,
	.programs = grafana_programs,
	.options = grafana_options,
	.read = finder_rules_read,
	.rules = &grafana_rules,
};
