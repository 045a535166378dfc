/* SPDX-License-Identifier: Apache-2.0 */
/* CUPS: certificates of ServerKeychain, one for each name.
 * https://www.cups.org/doc/man-cups-files.conf.html */
#include "agent/finder/rules.h"

static const struct syntax_lines cups_syntax = {
	.flags = LINES_SPLIT | LINES_ANGLES,
	.comments = "#",
};

static const struct finder_rule cups_list[] = {
	{"ServerKeychain", FINDER_CERTIFICATE, NULL, 0},
	{"ServerCertificate", FINDER_CERTIFICATE, NULL, 0},
	{"ServerKey", FINDER_KEY, NULL, 0},
	{NULL, FINDER_ROLES, NULL, 0},
};
static const struct finder_default cups_defaults[] = {
	{"/etc/cups/ssl", FINDER_CERTIFICATE},
	{NULL, FINDER_ROLES},
};
static const struct finder_rules cups_rules = {
	.reader = syntax_lines,
	.options = &cups_syntax,
	.list = cups_list,
	.defaults = cups_defaults,
	.any_case = true,
};

static const char *const cups_files[] = {
	"/etc/cups/cups-files.conf", NULL,
};
static const char *const cups_programs[] = {
	"cupsd", NULL,
};
static const struct finder_option cups_options[] = {
	{"-s", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_cups = {
	.name = "cups",
	.description = "the folder of ServerKeychain; ServerCertificate before "
		"CUPS 2.2",
	.files = cups_files,
	.programs = cups_programs,
	.options = cups_options,
	.read = finder_rules_read,
	.rules = &cups_rules,
};
