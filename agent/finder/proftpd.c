/* SPDX-License-Identifier: Apache-2.0 */
/* ProFTPD: mod_tls. http://www.proftpd.org/docs/contrib/mod_tls.html */
#include "agent/finder/rules.h"

static const struct syntax_lines proftpd_syntax = {
	.flags = LINES_SPLIT | LINES_ANGLES | LINES_BACKSLASH | LINES_SINGLE,
	.comments = "#",
};

static const struct finder_rule proftpd_list[] = {
	{"*TLSRSACertificateFile", FINDER_CERTIFICATE, NULL, 0},
	{"*TLSRSACertificateKeyFile", FINDER_KEY, NULL, 0},
	{"*TLSECCertificateFile", FINDER_CERTIFICATE, NULL, 0},
	{"*TLSECCertificateKeyFile", FINDER_KEY, NULL, 0},
	{"*TLSDSACertificateFile", FINDER_CERTIFICATE, NULL, 0},
	{"*TLSDSACertificateKeyFile", FINDER_KEY, NULL, 0},
	{"*TLSCertificateChainFile", FINDER_CHAIN, NULL, 0},
	{"*TLSCACertificateFile", FINDER_CLIENT_CA, NULL, 0},
	{"*TLSCACertificatePath", FINDER_CLIENT_CA, NULL, 0},
	{"*TLSCARevocationFile", FINDER_CRL, NULL, 0},
	{"*TLSCARevocationPath", FINDER_CRL, NULL, 0},
	{"*TLSPKCS12File", FINDER_KEYSTORE, NULL, 0},
	{"*.Port", FINDER_LISTEN, NULL, 0},
	{"Port", FINDER_LISTEN, NULL, 0},
	{NULL, FINDER_ROLES, NULL, 0},
};
static const struct finder_more proftpd_more[] = {
	{.path = "Include", .folders = true, .optional = true},
	{.path = "*.Include", .folders = true, .optional = true},
	{.path = NULL},
};
static const struct finder_rules proftpd_rules = {
	.reader = syntax_lines,
	.options = &proftpd_syntax,
	.list = proftpd_list,
	.more = proftpd_more,
	.any_case = true,
};

static const char *const proftpd_files[] = {
	"/etc/proftpd/proftpd.conf", "/etc/proftpd.conf",
	"/usr/local/etc/proftpd.conf", NULL,
};
static const char *const proftpd_programs[] = {
	"proftpd", NULL,
};
static const struct finder_option proftpd_options[] = {
	{"-c", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{"--config", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_proftpd = {
	.name = "proftpd",
	.description = "mod_tls; includes, virtual hosts",
	.files = proftpd_files,
	.programs = proftpd_programs,
	.options = proftpd_options,
	.read = finder_rules_read,
	.rules = &proftpd_rules,
};
