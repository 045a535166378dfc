/* SPDX-License-Identifier: Apache-2.0 */
/* vsftpd. https://security.appspot.com/vsftpd/vsftpd_conf.html */
#include "agent/finder/rules.h"

static const struct finder_rule vsftpd_list[] = {
	{"rsa_cert_file", FINDER_CERTIFICATE, NULL, 0},
	{"rsa_private_key_file", FINDER_KEY, NULL, 0},
	{"dsa_cert_file", FINDER_CERTIFICATE, NULL, 0},
	{"dsa_private_key_file", FINDER_KEY, NULL, 0},
	{"ca_certs_file", FINDER_CLIENT_CA, NULL, 0},
	{"listen_port", FINDER_LISTEN, NULL, 0},
	{NULL, FINDER_ROLES, NULL, 0},
};
static const struct finder_rules vsftpd_rules = {
	.reader = syntax_lines,
	.options = &rules_ini,
	.list = vsftpd_list,
	.base = "/",
};

static const char *const vsftpd_files[] = {
	"/etc/vsftpd.conf", "/etc/vsftpd/*.conf", NULL,
};
static const char *const vsftpd_programs[] = {
	"vsftpd", NULL,
};
static const struct finder_option vsftpd_options[] = {
	{"*.conf", FINDER_ARG_PLAIN, NULL, FINDER_ROLES},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_vsftpd = {
	.name = "vsftpd",
	.description = "vsftpd.conf",
	.files = vsftpd_files,
	.programs = vsftpd_programs,
	.options = vsftpd_options,
	.read = finder_rules_read,
	.rules = &vsftpd_rules,
};
