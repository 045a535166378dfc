/* SPDX-License-Identifier: Apache-2.0 */
/* Traefik: static and dynamic configuration.
 * https://doc.traefik.io/traefik/reference/dynamic-configuration/file/ */
#include "agent/finder/rules.h"

static const struct finder_rule traefik_list[] = {
	{"tls.certificates.certFile", FINDER_CERTIFICATE, NULL, 0},
	{"tls.certificates.keyFile", FINDER_KEY, NULL, 0},
	{"tls.stores.*.certFile", FINDER_CERTIFICATE, NULL, 0},
	{"tls.stores.*.keyFile", FINDER_KEY, NULL, 0},
	{"tls.options.*.caFiles", FINDER_CLIENT_CA, NULL, 0},
	{"*serversTransports.*.rootCAs", FINDER_CA, NULL, 0},
	{"*serversTransports.*.certFile", FINDER_CERTIFICATE, NULL, 0},
	{"*serversTransports.*.keyFile", FINDER_KEY, NULL, 0},
	{"certificatesResolvers.*.acme.storage", FINDER_KEYSTORE, NULL, 0},
	{"*.tls.ca", FINDER_CA, NULL, 0},
	{"*.tls.cert", FINDER_CERTIFICATE, NULL, 0},
	{"*.tls.key", FINDER_KEY, NULL, 0},
	{NULL, FINDER_ROLES, NULL, 0},
};
static const struct finder_more traefik_more[] = {
	{.path = "providers.file.filename", .apart = true, .optional = true},
	{.path = "providers.file.directory", .apart = true,
	 .folders = true, .optional = true},
	{.path = NULL},
};
static const struct finder_rules traefik_rules = {
	.list = traefik_list,
	.more = traefik_more,
	.any_case = true,
};

static const char *const traefik_files[] = {
	"/etc/traefik/traefik.yml", "/etc/traefik/traefik.yaml",
	"/etc/traefik/traefik.toml", "/etc/traefik/dynamic*",
	"/etc/traefik/dynamic/*", "/etc/traefik/conf.d/*", NULL,
};
static const char *const traefik_programs[] = {
	"traefik", NULL,
};
static const struct finder_option traefik_options[] = {
	{"--configFile", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{"--configfile", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_traefik = {
	.name = "traefik",
	.description = "static and dynamic configuration, YAML and TOML; "
		"acme.json",
	.files = traefik_files,
	.programs = traefik_programs,
	.options = traefik_options,
	.read = finder_rules_read,
	.rules = &traefik_rules,
};
