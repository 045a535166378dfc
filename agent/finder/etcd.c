/* SPDX-License-Identifier: Apache-2.0 */
/* etcd: configuration file, environment file, command line.
 * https://etcd.io/docs/v3.5/op-guide/configuration/ */
#include "agent/finder/rules.h"

static const struct finder_rule etcd_list[] = {
	{"*transport-security.cert-file", FINDER_CERTIFICATE, NULL, 0},
	{"*transport-security.key-file", FINDER_KEY, NULL, 0},
	{"*transport-security.trusted-ca-file", FINDER_CLIENT_CA, NULL, 0},
	{"*transport-security.client-cert-file", FINDER_CLIENT, NULL, 0},
	{"*transport-security.client-key-file", FINDER_KEY, NULL, 0},
	{"listen-client-urls", FINDER_LISTEN, NULL, 0},
	{"ETCD_CERT_FILE", FINDER_CERTIFICATE, NULL, 0},
	{"ETCD_KEY_FILE", FINDER_KEY, NULL, 0},
	{"ETCD_TRUSTED_CA_FILE", FINDER_CLIENT_CA, NULL, 0},
	{"ETCD_PEER_CERT_FILE", FINDER_CERTIFICATE, NULL, 0},
	{"ETCD_PEER_KEY_FILE", FINDER_KEY, NULL, 0},
	{"ETCD_PEER_TRUSTED_CA_FILE", FINDER_CLIENT_CA, NULL, 0},
	{"ETCD_LISTEN_CLIENT_URLS", FINDER_LISTEN, NULL, 0},
	{NULL, FINDER_ROLES, NULL, 0},
};
static const struct finder_rules etcd_rules = {
	.list = etcd_list,
	.base = "/",
	.separators = ", ",
};

static const char *const etcd_files[] = {
	"/etc/etcd/etcd.conf.yml", "/etc/etcd/etcd.conf.yaml",
	"/etc/etcd/etcd.yml", "/etc/etcd/etcd.conf", "/etc/default/etcd",
	"/etc/etcd.env", NULL,
};
static const char *const etcd_programs[] = {
	"etcd", NULL,
};
static const struct finder_option etcd_options[] = {
	{"--config-file", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{"--cert-file", FINDER_ARG_ROLE, NULL, FINDER_CERTIFICATE},
	{"--key-file", FINDER_ARG_ROLE, NULL, FINDER_KEY},
	{"--trusted-ca-file", FINDER_ARG_ROLE, NULL, FINDER_CLIENT_CA},
	{"--peer-cert-file", FINDER_ARG_ROLE, NULL, FINDER_CERTIFICATE},
	{"--peer-key-file", FINDER_ARG_ROLE, NULL, FINDER_KEY},
	{"--peer-trusted-ca-file", FINDER_ARG_ROLE, NULL, FINDER_CLIENT_CA},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_etcd = {
	.name = "etcd",
	.description = "configuration file, environment file, command line",
	.files = etcd_files,
	.programs = etcd_programs,
	.options = etcd_options,
	.read = finder_rules_read,
	.rules = &etcd_rules,
};
