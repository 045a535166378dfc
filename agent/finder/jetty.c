/* SPDX-License-Identifier: Apache-2.0 */
/* Eclipse Jetty: the modules ssl and https.
 * https://jetty.org/docs/jetty/12/operations-guide/protocols/index.html */
#include "agent/finder/rules.h"

static const struct finder_rule jetty_list[] = {
	{"*jetty.sslContext.keyStorePath", FINDER_KEYSTORE, NULL, 0},
	{"*jetty.sslContext.trustStorePath", FINDER_TRUSTSTORE, NULL, 0},
	{"*jetty.sslContext.keyStoreAbsolutePath", FINDER_KEYSTORE, NULL, 0},
	{"*jetty.sslContext.trustStoreAbsolutePath",
	 FINDER_TRUSTSTORE, NULL, 0},
	{"*jetty.keystore", FINDER_KEYSTORE, NULL, 0},
	{"*jetty.truststore", FINDER_TRUSTSTORE, NULL, 0},
	{"jetty.ssl.port", FINDER_LISTEN, NULL, 0},
	{NULL, FINDER_ROLES, NULL, 0},
};
static const struct finder_default jetty_defaults[] = {
	{"etc/keystore.p12", FINDER_KEYSTORE},
	{NULL, FINDER_ROLES},
};
static const char *const jetty_homes[] = {
	"${jetty.base}", "${jetty.home}", NULL,
};
static const struct finder_rules jetty_rules = {
	.reader = syntax_lines,
	.options = &rules_properties,
	.list = jetty_list,
	.defaults = jetty_defaults,
	.homes = jetty_homes,
	.below = "start.d",
};

static const char *const jetty_files[] = {
	"/etc/jetty*/start.ini", "/etc/jetty*/start.d/*.ini",
	"/var/lib/jetty*/start.ini", "/var/lib/jetty*/start.d/*.ini",
	"/opt/jetty*/start.ini", "/opt/jetty*/start.d/*.ini", NULL,
};
static const char *const jetty_programs[] = {
	"java", NULL,
};
static const struct finder_option jetty_options[] = {
	{"-Djetty.base", FINDER_ARG_FOLDER, "start.ini", FINDER_ROLES},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_jetty = {
	.name = "jetty",
	.description = "start.ini and start.d of a jetty.base",
	.files = jetty_files,
	.programs = jetty_programs,
	.options = jetty_options,
	.read = finder_rules_read,
	.rules = &jetty_rules,
};
