/* SPDX-License-Identifier: Apache-2.0 */
/* Redis and Valkey, and their Sentinel. https://redis.io/docs/latest/operate
 * /oss_and_stack/management/security/encryption/ */
#include "agent/finder/rules.h"

static const struct finder_rule redis_list[] = {
	{"tls-cert-file", FINDER_CERTIFICATE, NULL, 0},
	{"tls-key-file", FINDER_KEY, NULL, 0},
	{"tls-client-cert-file", FINDER_CLIENT, NULL, 0},
	{"tls-client-key-file", FINDER_KEY, NULL, 0},
	{"tls-ca-cert-file", FINDER_CLIENT_CA, NULL, 0},
	{"tls-ca-cert-dir", FINDER_CLIENT_CA, NULL, 0},
	{"tls-port", FINDER_LISTEN, NULL, 0},
	{NULL, FINDER_ROLES, NULL, 0},
};
static const struct finder_more redis_more[] = {
	{.path = "include", .optional = true},
	{.path = NULL},
};
static const struct finder_rules redis_rules = {
	.reader = syntax_lines,
	.options = &rules_words,
	.list = redis_list,
	.more = redis_more,
	.base = "/",
};

static const char *const redis_files[] = {
	"/etc/redis/*.conf", "/etc/redis.conf", "/etc/redis-sentinel.conf",
	"/etc/valkey/*.conf", NULL,
};
static const char *const redis_programs[] = {
	"redis-server", "redis-sentinel", "valkey-server", "valkey-sentinel",
	/* what Debian's links to these resolve to */
	"redis-check-rdb", "valkey-check-rdb", NULL,
};
static const struct finder_option redis_options[] = {
	{"*.conf", FINDER_ARG_PLAIN, NULL, FINDER_ROLES},
	{"--tls-cert-file", FINDER_ARG_ROLE, NULL, FINDER_CERTIFICATE},
	{"--tls-key-file", FINDER_ARG_ROLE, NULL, FINDER_KEY},
	{"--tls-ca-cert-file", FINDER_ARG_ROLE, NULL, FINDER_CLIENT_CA},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_redis = {
	.name = "redis",
	.description = "Redis, Valkey and Sentinel",
	.files = redis_files,
	.programs = redis_programs,
	.options = redis_options,
	.read = finder_rules_read,
	.rules = &redis_rules,
};
