/* SPDX-License-Identifier: Apache-2.0 */
/* Apache Kafka. https://kafka.apache.org/documentation/#brokerconfigs */
#include "agent/finder/rules.h"

static const struct finder_rule kafka_list[] = {
	{"*ssl.keystore.location", FINDER_KEYSTORE, NULL, 0},
	{"*ssl.truststore.location", FINDER_TRUSTSTORE, NULL, 0},
	{"listeners", FINDER_LISTEN, NULL, 0},
	{NULL, FINDER_ROLES, NULL, 0},
};
static const struct finder_rules kafka_rules = {
	.reader = syntax_lines,
	.options = &rules_properties,
	.list = kafka_list,
	.base = "/",
	.separators = ", ",
};

static const char *const kafka_files[] = {
	"/etc/kafka/*.properties", "/etc/kafka/*/*.properties",
	"/opt/kafka/config/*.properties", "/opt/kafka/config/*/*.properties",
	"/opt/kafka_*/config/*.properties",
	"/usr/local/kafka/config/*.properties", NULL,
};
static const char *const kafka_programs[] = {
	"java", NULL,
};
static const struct finder_option kafka_options[] = {
	{"*server.properties", FINDER_ARG_PLAIN, NULL, FINDER_ROLES},
	{"*broker.properties", FINDER_ARG_PLAIN, NULL, FINDER_ROLES},
	{"*controller.properties", FINDER_ARG_PLAIN, NULL, FINDER_ROLES},
	{"*connect-*.properties", FINDER_ARG_PLAIN, NULL, FINDER_ROLES},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_kafka = {
	.name = "kafka",
	.description = "brokers, controllers, Connect; keystores of each "
		"listener",
	.files = kafka_files,
	.programs = kafka_programs,
	.options = kafka_options,
	.read = finder_rules_read,
	.rules = &kafka_rules,
};
