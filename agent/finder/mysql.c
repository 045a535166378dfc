/* SPDX-License-Identifier: Apache-2.0 */
/* MySQL and MariaDB: option files.
 * https://dev.mysql.com/doc/refman/8.4/en/option-files.html,
 * https://mariadb.com/kb/en/securing-connections-for-client-and-server/ */
#include "agent/finder/rules.h"

static const struct finder_rule mysql_list[] = {
	{"client*.ssl[-_]cert", FINDER_CLIENT, NULL, 0},
	{"client*.ssl[-_]key", FINDER_KEY, NULL, 0},
	{"client*.ssl[-_]ca", FINDER_CA, NULL, 0},
	{"client*.ssl[-_]capath", FINDER_CA, NULL, 0},
	{"client*.ssl[-_]crl", FINDER_CRL, NULL, 0},
	{"mysql.ssl[-_]ca", FINDER_CA, NULL, 0},
	{"mysqldump*.ssl[-_]ca", FINDER_CA, NULL, 0},
	{"*.ssl[-_]cert", FINDER_CERTIFICATE, NULL, 0},
	{"*.ssl[-_]key", FINDER_KEY, NULL, 0},
	{"*.ssl[-_]ca", FINDER_CLIENT_CA, NULL, 0},
	{"*.ssl[-_]capath", FINDER_CLIENT_CA, NULL, 0},
	{"*.ssl[-_]crl", FINDER_CRL, NULL, 0},
	{"*.ssl[-_]crlpath", FINDER_CRL, NULL, 0},
	{"*.admin[-_]ssl[-_]cert", FINDER_CERTIFICATE, NULL, 0},
	{"*.admin[-_]ssl[-_]key", FINDER_KEY, NULL, 0},
	{"*.admin[-_]ssl[-_]ca", FINDER_CLIENT_CA, NULL, 0},
	{"mysqld*.port", FINDER_LISTEN, NULL, 0},
	{"server.port", FINDER_LISTEN, NULL, 0},
	{"mariadb*.port", FINDER_LISTEN, NULL, 0},
	{NULL, FINDER_ROLES, NULL, 0},
};
static const struct finder_more mysql_more[] = {
	{.path = "*!includedir", .folders = true,
	 .optional = true, .apart = true, .only = "*.cnf"},
	{.path = "!includedir", .folders = true,
	 .optional = true, .apart = true, .only = "*.cnf"},
	{.path = "*!include", .optional = true, .apart = true},
	{.path = "!include", .optional = true, .apart = true},
	{.path = NULL},
};
static const struct finder_default mysql_defaults[] = {
	{"server-cert.pem", FINDER_CERTIFICATE},
	{"server-key.pem", FINDER_KEY},
	{NULL, FINDER_ROLES},
};
static const struct finder_rules mysql_rules = {
	.reader = syntax_lines,
	.options = &rules_ini,
	.list = mysql_list,
	.more = mysql_more,
	.defaults = mysql_defaults,
	.base = "/var/lib/mysql",
};

static const char *const mysql_files[] = {
	"/etc/mysql/my.cnf", "/etc/my.cnf", "/usr/local/mysql/my.cnf",
	"/usr/local/etc/my.cnf", NULL,
};
static const char *const mysql_programs[] = {
	"mysqld", "mariadbd", NULL,
};
static const struct finder_option mysql_options[] = {
	{"--defaults-file", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{"--ssl-cert", FINDER_ARG_ROLE, NULL, FINDER_CERTIFICATE},
	{"--ssl-key", FINDER_ARG_ROLE, NULL, FINDER_KEY},
	{"--ssl-ca", FINDER_ARG_ROLE, NULL, FINDER_CLIENT_CA},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_mysql = {
	.name = "mysql",
	.description = "MySQL and MariaDB; include directories, client "
		"sections, generated certificates in the data directory",
	.files = mysql_files,
	.programs = mysql_programs,
	.options = mysql_options,
	.read = finder_rules_read,
	.rules = &mysql_rules,
};
