/* SPDX-License-Identifier: Apache-2.0 */
/* OpenVPN, as client and server. https://openvpn.net/community-
 * resources/reference-manual-for-openvpn-2-6/ */
#include <string.h>

#include "agent/finder/rules.h"

static const struct syntax_lines openvpn_syntax = {
	.flags = LINES_SPLIT | LINES_ANGLES | LINES_SINGLE | LINES_COMMENT,
	.comments = "#;",
};

static const struct finder_rule openvpn_list[] = {
	{"cert", FINDER_CERTIFICATE, NULL, 0},
	{"key", FINDER_KEY, NULL, 0},
	{"server-ca", FINDER_CA, NULL, 0},
	{"ca", FINDER_CLIENT_CA, NULL, 0},
	{"capath", FINDER_CLIENT_CA, NULL, 0},
	{"pkcs12", FINDER_KEYSTORE, NULL, 0},
	{"extra-certs", FINDER_CHAIN, NULL, 0},
	{"crl-verify", FINDER_CRL, NULL, 0},
	{"port", FINDER_LISTEN, NULL, 0},
	{NULL, FINDER_ROLES, NULL, 0},
};
static const struct finder_more openvpn_more[] = {
	{.path = "config", .optional = true},
	{.path = NULL},
};
static const struct finder_rules openvpn_rules = {
	.reader = syntax_lines,
	.options = &openvpn_syntax,
	.list = openvpn_list,
	.more = openvpn_more,
};

/* "ca [inline]" and options after a file are no files; a client checks servers
 * by its CA. */
static void prepare(struct syntax_node *root)
{
	bool client = syntax_child(root, "client") ||
		      syntax_child(root, "tls-client");

	for (struct syntax_node *n = root->child; n; n = n->next) {
		if (n->n_words > 1)
			n->n_words = 1;
		if (n->child || strcmp(syntax_value(n), "[inline]") == 0) {
			n->n_words = 0;
			n->child = NULL;
		}
		if (client && strcmp(n->name, "ca") == 0)
			n->name = "server-ca";
	}
}

static int openvpn_read(struct finder_run *r, const char *file)
{
	if (!finder_load(r, &r->tree.root, file, syntax_lines,
			 &openvpn_syntax))
		return 0;
	prepare(&r->tree.root);
	finder_rules_apply(r, &openvpn_rules, file);
	return 0;
}

static const char *const openvpn_files[] = {
	"/etc/openvpn/*.conf", "/etc/openvpn/server/*.conf",
	"/etc/openvpn/client/*.conf", NULL,
};
static const char *const openvpn_programs[] = {
	"openvpn", NULL,
};
static const struct finder_option openvpn_options[] = {
	{"--config", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{"*.conf", FINDER_ARG_PLAIN, NULL, FINDER_ROLES},
	{"--ca", FINDER_ARG_ROLE, NULL, FINDER_CA},
	{"--cert", FINDER_ARG_ROLE, NULL, FINDER_CERTIFICATE},
	{"--key", FINDER_ARG_ROLE, NULL, FINDER_KEY},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_openvpn = {
	.name = "openvpn",
	.description = "client and server configurations; inline blocks are "
		"found in the file itself",
	.files = openvpn_files,
	.programs = openvpn_programs,
	.options = openvpn_options,
	.read = openvpn_read,
	.rules = &openvpn_rules,
};
