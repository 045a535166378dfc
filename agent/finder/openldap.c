/* SPDX-License-Identifier: Apache-2.0 */
/* OpenLDAP: slapd.conf, cn=config, and the clients' ldap.conf.
 * https://www.openldap.org/doc/admin26/tls.html */
#include <string.h>

#include "agent/finder/rules.h"
#include "lib/encode.h"

static const struct syntax_lines openldap_words = {
	.flags = LINES_SPLIT | LINES_INDENT,
	.comments = "#",
};
/* RFC 2849 */
static const struct syntax_lines openldap_ldif = {
	.flags = LINES_COLON | LINES_FOLD,
	.comments = "#",
};

static const struct finder_rule openldap_list[] = {
	{"TLSCertificateFile", FINDER_CERTIFICATE, NULL, 0},
	{"TLSCertificateKeyFile", FINDER_KEY, NULL, 0},
	{"TLSCACertificateFile", FINDER_CLIENT_CA, NULL, 0},
	{"TLSCACertificatePath", FINDER_CLIENT_CA, NULL, 0},
	{"TLSCRLFile", FINDER_CRL, NULL, 0},
	{"olcTLSCertificateFile", FINDER_CERTIFICATE, NULL, 0},
	{"olcTLSCertificateKeyFile", FINDER_KEY, NULL, 0},
	{"olcTLSCACertificateFile", FINDER_CLIENT_CA, NULL, 0},
	{"olcTLSCACertificatePath", FINDER_CLIENT_CA, NULL, 0},
	{"olcTLSCRLFile", FINDER_CRL, NULL, 0},
	{"TLS_CACERT", FINDER_CA, NULL, 0},
	{"TLS_CACERTDIR", FINDER_CA, NULL, 0},
	{"TLS_CERT", FINDER_CERTIFICATE, NULL, 0},
	{"TLS_KEY", FINDER_KEY, NULL, 0},
	{"TLS_CRLFILE", FINDER_CRL, NULL, 0},
	{NULL, FINDER_ROLES, NULL, 0},
};
static const struct finder_more openldap_more[] = {
	{.path = "include", .optional = true},
	{.path = NULL},
};
static const struct finder_rules openldap_rules = {
	.reader = syntax_lines,
	.options = &openldap_words,
	.list = openldap_list,
	.more = openldap_more,
	.base = "/",
	.any_case = true,
};

/* "name:: value" is base64; "name: {0}value" has its place in a list. */
static void decode(struct finder_run *r, struct syntax_node *n)
{
	const char *value = syntax_value(n);
	struct buf out;

	if (n->n_words == 0)
		return;
	if (*value == ':') {
		buf_init(&out, 4096);
		value += 1 + strspn(value + 1, " ");
		if (decode_base64(&out, value, strlen(value)) == 0)
			n->words[0] = finder_text(r, "%s", buf_str(&out));
		buf_free(&out);
	}
	value = n->words[0];
	if (*value == '{' && strchr(value, '}'))
		n->words[0] = strchr(value, '}') + 1;
}

static int openldap_read(struct finder_run *r, const char *file)
{
	size_t len = strlen(file);

	if (len < 5 || strcmp(file + len - 5, ".ldif") != 0)
		return finder_rules_read(r, file);
	if (!finder_load(r, &r->tree.root, file, syntax_lines, &openldap_ldif))
		return 0;
	for (struct syntax_node *n = r->tree.root.child; n; n = n->next)
		decode(r, n);
	finder_rules_apply(r, &openldap_rules, file);
	return 0;
}

static const char *const openldap_files[] = {
	"/etc/ldap/slapd.conf", "/etc/openldap/slapd.conf",
	"/etc/ldap/slapd.d/cn=config.ldif",
	"/etc/openldap/slapd.d/cn=config.ldif",
	"/usr/local/etc/openldap/slapd.conf", "/etc/ldap/ldap.conf",
	"/etc/openldap/ldap.conf", NULL,
};
static const char *const openldap_programs[] = {
	"slapd", NULL,
};
static const struct finder_option openldap_options[] = {
	{"-f", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{"-F", FINDER_ARG_FOLDER, "cn=config.ldif", FINDER_ROLES},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_openldap = {
	.name = "openldap",
	.description = "slapd.conf with includes, cn=config, ldap.conf of "
		"clients",
	.files = openldap_files,
	.programs = openldap_programs,
	.options = openldap_options,
	.read = openldap_read,
	.rules = &openldap_rules,
};
