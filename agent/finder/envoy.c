/* SPDX-License-Identifier: Apache-2.0 */
/* Envoy: static resources, and secrets by SDS from files. https://www.envoyp
 * roxy.io/docs/envoy/latest/api-
 * v3/extensions/transport_sockets/tls/v3/common.proto */
#include "agent/finder/rules.h"

static const struct finder_rule envoy_list[] = {
	{"*certificate_chain.filename", FINDER_CERTIFICATE, NULL, 0},
	{"*certificateChain.filename", FINDER_CERTIFICATE, NULL, 0},
	{"*private_key.filename", FINDER_KEY, NULL, 0},
	{"*privateKey.filename", FINDER_KEY, NULL, 0},
	{"*pkcs12.filename", FINDER_KEYSTORE, NULL, 0},
	{"*listeners.*trusted_ca.filename", FINDER_CLIENT_CA, NULL, 0},
	{"*listeners.*trustedCa.filename", FINDER_CLIENT_CA, NULL, 0},
	{"*trusted_ca.filename", FINDER_CA, NULL, 0},
	{"*trustedCa.filename", FINDER_CA, NULL, 0},
	{"*.crl.filename", FINDER_CRL, NULL, 0},
	{"*filter_chain_match.server_names", FINDER_NAME, NULL, 1},
	{"*filterChainMatch.serverNames", FINDER_NAME, NULL, 1},
	{"*listeners.address.socket_address.port_value",
	 FINDER_LISTEN, NULL, 2},
	{"*listeners.address.socketAddress.portValue", FINDER_LISTEN, NULL, 2},
	{NULL, FINDER_ROLES, NULL, 0},
};
static const struct finder_more envoy_more[] = {
	{.path = "*sds_config.path", .optional = true},
	{.path = "*sds_config.path_config_source.path", .optional = true},
	{.path = "*sdsConfig.path", .optional = true},
	{.path = "*sdsConfig.pathConfigSource.path", .optional = true},
	{.path = "*dynamic_resources.*.path_config_source.path",
	 .optional = true, .apart = true},
	{.path = "*dynamic_resources.*.path", .optional = true, .apart = true},
	{.path = NULL},
};
static const struct finder_rules envoy_rules = {
	.list = envoy_list,
	.more = envoy_more,
};

static const char *const envoy_files[] = {
	"/etc/envoy/*.yaml", "/etc/envoy/*.yml", "/etc/envoy/*.json", NULL,
};
static const char *const envoy_programs[] = {
	"envoy", NULL,
};
static const struct finder_option envoy_options[] = {
	{"-c", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{"--config-path", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_envoy = {
	.name = "envoy",
	.description = "listeners and clusters, YAML and JSON; SDS from files",
	.files = envoy_files,
	.programs = envoy_programs,
	.options = envoy_options,
	.read = finder_rules_read,
	.rules = &envoy_rules,
};
