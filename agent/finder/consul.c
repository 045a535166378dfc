/* SPDX-License-Identifier: Apache-2.0 */
/* HashiCorp Consul and Nomad.
 * https://developer.hashicorp.com/consul/docs/agent/config/config-files#tls-
 * configuration-reference */
#include "agent/finder/rules.h"

static const struct finder_rule consul_list[] = {
	{"*cert_file", FINDER_CERTIFICATE, NULL, 0},
	{"*key_file", FINDER_KEY, NULL, 0},
	{"*ca_file", FINDER_CA, NULL, 0},
	{"*ca_path", FINDER_CA, NULL, 0},
	{"server_name", FINDER_NAME, NULL, 0},
	{NULL, FINDER_ROLES, NULL, 0},
};
static const struct finder_rules consul_rules = {
	.list = consul_list,
	.base = "/",
};

static const char *const consul_files[] = {
	"/etc/consul.d/*.hcl", "/etc/consul.d/*.json", "/etc/consul/*.hcl",
	"/etc/consul/*.json", "/etc/nomad.d/*.hcl", "/etc/nomad.d/*.json", NULL,
};
static const char *const consul_programs[] = {
	"consul", "nomad", NULL,
};
static const struct finder_option consul_options[] = {
	{"-config-file", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{"-config", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_consul = {
	.name = "consul",
	.description = "Consul and Nomad; HCL and JSON",
	.files = consul_files,
	.programs = consul_programs,
	.options = consul_options,
	.read = finder_rules_read,
	.rules = &consul_rules,
};
