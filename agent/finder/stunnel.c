/* SPDX-License-Identifier: Apache-2.0 */
/* stunnel: services as client and server.
 * https://www.stunnel.org/static/stunnel.html */
#include <string.h>

#include "agent/finder/rules.h"

static const struct finder_rule stunnel_list[] = {
	{"cert", FINDER_CERTIFICATE, NULL, 0},
	{"*.cert", FINDER_CERTIFICATE, NULL, 0},
	{"key", FINDER_KEY, NULL, 0},
	{"*.key", FINDER_KEY, NULL, 0},
	{"*server-CAfile", FINDER_CA, NULL, 0},
	{"*server-CApath", FINDER_CA, NULL, 0},
	{"CAfile", FINDER_CLIENT_CA, NULL, 0},
	{"*.CAfile", FINDER_CLIENT_CA, NULL, 0},
	{"CApath", FINDER_CLIENT_CA, NULL, 0},
	{"*.CApath", FINDER_CLIENT_CA, NULL, 0},
	{"CRLfile", FINDER_CRL, NULL, 0},
	{"*.CRLfile", FINDER_CRL, NULL, 0},
	{"*.accept", FINDER_LISTEN, NULL, 0},
	{"*.sni", FINDER_NAME, NULL, 0},
	{NULL, FINDER_ROLES, NULL, 0},
};
static const struct finder_more stunnel_more[] = {
	{.path = "*include", .folders = true, .optional = true, .apart = true},
	{.path = NULL},
};
static const struct finder_rules stunnel_rules = {
	.reader = syntax_lines,
	.options = &rules_ini,
	.list = stunnel_list,
	.more = stunnel_more,
};

/* A service that is a client checks servers by its CAs. */
static void mark_client(struct syntax_node *section, bool client)
{
	const char *said = syntax_get(section, "client");

	client = said ? strcmp(said, "yes") == 0 : client;
	for (struct syntax_node *n = section->child; n; n = n->next) {
		if (client && strcmp(n->name, "CAfile") == 0)
			n->name = "server-CAfile";
		else if (client && strcmp(n->name, "CApath") == 0)
			n->name = "server-CApath";
		else if (n->child)
			mark_client(n, client);
	}
}

static int stunnel_read(struct finder_run *r, const char *file)
{
	if (!finder_load(r, &r->tree.root, file, syntax_lines, &rules_ini))
		return 0;
	mark_client(&r->tree.root, false);
	finder_rules_apply(r, &stunnel_rules, file);
	return 0;
}

static const char *const stunnel_files[] = {
	"/etc/stunnel/*.conf", "/usr/local/etc/stunnel/*.conf", NULL,
};
static const char *const stunnel_programs[] = {
	"stunnel", "stunnel4", "stunnel5", NULL,
};
static const struct finder_option stunnel_options[] = {
	{"*.conf", FINDER_ARG_PLAIN, NULL, FINDER_ROLES},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_stunnel = {
	.name = "stunnel",
	.description = "services, as client and as server",
	.files = stunnel_files,
	.programs = stunnel_programs,
	.options = stunnel_options,
	.read = stunnel_read,
	.rules = &stunnel_rules,
};
