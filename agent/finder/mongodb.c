/* SPDX-License-Identifier: Apache-2.0 */
/* MongoDB: mongod.conf, mongos.conf.
 * https://www.mongodb.com/docs/manual/reference/configuration-
 * options/#net.tls-options */
#include "agent/finder/rules.h"
#include "agent/syntax/yaml.h"

static const struct finder_rule mongodb_list[] = {
	{"net.tls.certificateKeyFile", FINDER_CERTIFICATE, NULL, 0},
	{"net.ssl.PEMKeyFile", FINDER_CERTIFICATE, NULL, 0},
	{"net.tls.clusterFile", FINDER_CERTIFICATE, NULL, 0},
	{"net.ssl.clusterFile", FINDER_CERTIFICATE, NULL, 0},
	{"net.tls.CAFile", FINDER_CLIENT_CA, NULL, 0},
	{"net.ssl.CAFile", FINDER_CLIENT_CA, NULL, 0},
	{"net.tls.clusterCAFile", FINDER_CLIENT_CA, NULL, 0},
	{"net.ssl.clusterCAFile", FINDER_CLIENT_CA, NULL, 0},
	{"net.tls.CRLFile", FINDER_CRL, NULL, 0},
	{"net.ssl.CRLFile", FINDER_CRL, NULL, 0},
	{"net.port", FINDER_LISTEN, NULL, 0},
	{NULL, FINDER_ROLES, NULL, 0},
};
static const struct finder_rules mongodb_rules = {
	.reader = syntax_yaml,
	.list = mongodb_list,
	.base = "/",
};

static const char *const mongodb_files[] = {
	"/etc/mongod.conf", "/etc/mongodb.conf", "/etc/mongos.conf", NULL,
};
static const char *const mongodb_programs[] = {
	"mongod", "mongos", NULL,
};
static const struct finder_option mongodb_options[] = {
	{"-f", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{"--config", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{"--tlsCertificateKeyFile", FINDER_ARG_ROLE, NULL, FINDER_CERTIFICATE},
	{"--sslPEMKeyFile", FINDER_ARG_ROLE, NULL, FINDER_CERTIFICATE},
	{"--tlsCAFile", FINDER_ARG_ROLE, NULL, FINDER_CLIENT_CA},
	{"--sslCAFile", FINDER_ARG_ROLE, NULL, FINDER_CLIENT_CA},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_mongodb = {
	.name = "mongodb",
	.description = "mongod and mongos, with the names before and after 4.2",
	.files = mongodb_files,
	.programs = mongodb_programs,
	.options = mongodb_options,
	.read = finder_rules_read,
	.rules = &mongodb_rules,
};
