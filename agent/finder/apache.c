/* SPDX-License-Identifier: Apache-2.0 */
/* Apache HTTP Server.  https://httpd.apache.org/docs/2.4/mod/ */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "agent/finder/finder.h"
#include "agent/syntax/lines.h"
#include "lib/limits.h"

#define DEFINES_MAX 1000

static const struct syntax_lines apache_syntax = {
	.flags = LINES_SPLIT | LINES_ANGLES | LINES_BACKSLASH | LINES_SINGLE,
	.comments = "#",
};

static const struct directive {
	const char *name;
	enum finder_role role;
} directives[] = {
	{"SSLCertificateFile", FINDER_CERTIFICATE},
	{"SSLCertificateKeyFile", FINDER_KEY},
	{"SSLCertificateChainFile", FINDER_CHAIN},
	{"SSLCACertificateFile", FINDER_CLIENT_CA},
	{"SSLCACertificatePath", FINDER_CLIENT_CA},
	{"SSLCADNRequestFile", FINDER_CLIENT_CA},
	{"SSLCADNRequestPath", FINDER_CLIENT_CA},
	{"SSLCARevocationFile", FINDER_CRL},
	{"SSLCARevocationPath", FINDER_CRL},
	{"SSLProxyCACertificateFile", FINDER_CA},
	{"SSLProxyCACertificatePath", FINDER_CA},
	{"SSLProxyCARevocationFile", FINDER_CRL},
	{"SSLProxyMachineCertificateFile", FINDER_CLIENT},
	{"SSLProxyMachineCertificateChainFile", FINDER_CHAIN},
	{"SSLProxyMachineCertificatePath", FINDER_CLIENT},
	{"SSLOCSPResponderCertificateFile", FINDER_CA},
	{"MDCertificateFile", FINDER_CERTIFICATE},
	{"MDCertificateKeyFile", FINDER_KEY},
	{"MDCACertificateFile", FINDER_CA},
	{"LDAPTrustedGlobalCert", FINDER_CA},
	{"LDAPTrustedClientCert", FINDER_CLIENT},
	{NULL, FINDER_ROLES},
};

struct apache {
	struct finder_run *r;
	const char *root;	/* ServerRoot */
	struct {
		const char *name, *value;
	} defines[DEFINES_MAX];
	size_t n_defines;
	struct finder_scope main;	/* Listen, ServerName */
};

static const char *lookup(const struct apache *a, const char *name, size_t len)
{
	for (size_t i = a->n_defines; i-- > 0;) {
		if (strlen(a->defines[i].name) == len &&
		    strncmp(a->defines[i].name, name, len) == 0)
			return a->defines[i].value;
	}
	return NULL;
}

/* Replaces ${NAME}; what is not known stays. */
static const char *expand(struct apache *a, const char *text)
{
	struct buf out;
	const char *p = text, *value = NULL;

	if (!strstr(text, "${"))
		return text;
	buf_init(&out, KIB(64));
	while (*p) {
		const char *end = strncmp(p, "${", 2) == 0 ? strchr(p, '}')
							   : NULL;

		value = end ? lookup(a, p + 2, (size_t)(end - p - 2)) : NULL;
		if (value) {
			buf_adds(&out, value);
			p = end + 1;
		} else {
			buf_addch(&out, *p++);
		}
	}
	text = finder_text(a->r, "%s", buf_str(&out));
	buf_free(&out);
	return text;
}

static void define(struct apache *a, const char *name, const char *value)
{
	if (a->n_defines == DEFINES_MAX)
		return;
	a->defines[a->n_defines].name = name;
	a->defines[a->n_defines++].value = value;
}

/* export NAME=value, of Debian's envvars; $SUFFIX is empty. */
static void environment(struct apache *a, const char *file)
{
	static const struct syntax_lines shell = {
		.flags = LINES_SPLIT | LINES_SINGLE | LINES_COMMENT,
		.comments = "#",
	};
	struct syntax_node *n = NULL;

	if (!finder_is_there(a->r, file))
		return;
	n = syntax_add(&a->r->tree, &a->r->tree.root, "", 0, 0);
	if (!n || !finder_load(a->r, n, file, syntax_lines, &shell))
		return;
	for (struct syntax_node *c = n->child; c; c = c->next) {
		const char *eq = strchr(syntax_value(c), '=');
		const char *suffix = NULL;

		if (strcmp(c->name, "export") != 0 || !eq)
			continue;
		suffix = strstr(eq, "$SUFFIX");
		define(a, finder_text(a->r, "%.*s",
				      (int)(eq - c->words[0]), c->words[0]),
		       suffix ? finder_text(a->r, "%.*s%s",
					    (int)(suffix - eq - 1), eq + 1,
					    suffix + 7)
			      : eq + 1);
	}
}

static void gather(struct apache *a, struct syntax_node *top,
		   struct finder_scope *scope);

static void include(struct apache *a, struct syntax_node *n)
{
	struct finder_how how = {.reader = syntax_lines,
				 .options = &apache_syntax, .folders = true};

	how.optional = strcasecmp(n->name, "IncludeOptional") == 0;
	finder_include(a->r, n,
		       finder_path(a->r, a->root, expand(a, syntax_value(n))),
		       &how);
}

/* <IfDefine X> and <IfModule x> count as true: which modules are loaded is a
 * matter of one more file, and a binding too many says its line. */
static bool is_transparent(const struct syntax_node *n)
{
	return strncasecmp(n->name, "If", 2) == 0 ||
	       strcasecmp(n->name, "Include") == 0 ||
	       strcasecmp(n->name, "IncludeOptional") == 0 ||
	       strcasecmp(n->name, "Macro") == 0;
}

/* First pass: follows includes, keeps defines, and what a server is called.
 * ServerName before any virtual host is the main server's. */
static void gather(struct apache *a, struct syntax_node *top,
		   struct finder_scope *scope)
{
	for (struct syntax_node *c = top->child; c && a->r->failed == 0;
	     c = c->next) {
		const char *value = expand(a, syntax_value(c));

		if (strcasecmp(c->name, "Define") == 0 && c->n_words > 0)
			define(a, c->words[0],
			       c->n_words > 1 ? expand(a, c->words[1]) : "");
		else if (strcasecmp(c->name, "ServerRoot") == 0)
			a->root = value;
		else if (strncasecmp(c->name, "Include", 7) == 0)
			include(a, c);
		else if (strcasecmp(c->name, "Listen") == 0)
			finder_listen(a->r, scope, value, NULL);
		if (is_transparent(c))
			gather(a, c, scope);
	}
}

static void server_names(struct apache *a, const struct syntax_node *top,
			 struct finder_scope *scope)
{
	for (const struct syntax_node *c = top->child; c; c = c->next) {
		bool alias = strcasecmp(c->name, "ServerAlias") == 0;

		if (alias || strcasecmp(c->name, "ServerName") == 0) {
			for (size_t i = 0; i < (alias ? c->n_words : 1) &&
					   i < c->n_words; i++)
				finder_add(a->r, &scope->names,
					   expand(a, c->words[i]));
		} else if (is_transparent(c)) {
			server_names(a, c, scope);
		}
	}
}

/* https://name:port of a ServerName is only the name here. */
static void plain_names(struct apache *a, struct finder_scope *scope)
{
	struct finder_list old = scope->names;

	scope->names = (struct finder_list){NULL, 0};
	for (size_t i = 0; i < old.count; i++) {
		const char *name = strstr(old.items[i], "://");

		name = name ? name + 3 : old.items[i];
		finder_add(a->r, &scope->names,
			   finder_text(a->r, "%.*s", (int)strcspn(name, ":/"),
				       name));
	}
}

static void bind(struct apache *a, const struct syntax_node *top,
		 const struct finder_scope *scope);

static void virtual_host(struct apache *a, struct syntax_node *n)
{
	struct finder_scope scope = {{NULL, 0}, {NULL, 0}};

	for (size_t i = 0; i < n->n_words; i++)
		finder_listen(a->r, &scope, expand(a, n->words[i]), NULL);
	gather(a, n, &(struct finder_scope){{NULL, 0}, {NULL, 0}});
	server_names(a, n, &scope);
	plain_names(a, &scope);
	bind(a, n, &scope);
}

static void directive(struct apache *a, const struct syntax_node *n,
		      const struct finder_scope *scope)
{
	for (const struct directive *d = directives; d->name; d++) {
		const char *value = NULL;

		if (strcasecmp(d->name, n->name) != 0 || n->n_words == 0)
			continue;
		/* LDAPTrustedGlobalCert CA_BASE64 FILE */
		value = expand(a, strncasecmp(n->name, "LDAP", 4) == 0 &&
						  n->n_words > 1
					  ? n->words[1] : n->words[0]);
		/* keys of a token, names of a managed domain */
		if (strncmp(value, "pkcs11:", 7) == 0)
			continue;
		finder_value(a->r, n, d->role, a->root, value, scope);
	}
}

static void bind(struct apache *a, const struct syntax_node *top,
		 const struct finder_scope *scope)
{
	for (struct syntax_node *c = top->child; c && a->r->failed == 0;
	     c = c->next) {
		if (strcasecmp(c->name, "VirtualHost") == 0)
			virtual_host(a, c);
		else if (c->child)
			bind(a, c, scope);
		else
			directive(a, c, scope);
	}
}

static int apache_read(struct finder_run *r, const char *file)
{
	struct apache *a = arena_alloc(&r->tree.arena, sizeof(*a));
	const char *folder = finder_folder(r, file);
	size_t n = strlen(folder);

	if (!a)
		return -ENOBUFS;
	a->r = r;
	/* RHEL: /etc/httpd/conf/httpd.conf says ServerRoot "/etc/httpd" */
	a->root = n > 5 && strcmp(folder + n - 5, "/conf") == 0
			  ? finder_folder(r, folder) : folder;
	environment(a, finder_path(r, folder, "envvars"));
	if (!finder_load(r, &r->tree.root, file, syntax_lines,
			 &apache_syntax))
		return 0;
	gather(a, &r->tree.root, &a->main);
	server_names(a, &r->tree.root, &a->main);
	plain_names(a, &a->main);
	bind(a, &r->tree.root, &a->main);
	return 0;
}

static const char *const apache_files[] = {
	"/etc/apache2/apache2.conf", "/etc/httpd/conf/httpd.conf",
	"/usr/local/apache2/conf/httpd.conf", "/etc/apache2/httpd.conf",
	"/opt/rh/*/root/etc/httpd/conf/httpd.conf", NULL,
};
static const char *const apache_programs[] = {"apache2", "httpd", NULL};
static const struct finder_option apache_options[] = {
	{"-f", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{"-d", FINDER_ARG_FOLDER, "conf/httpd.conf", FINDER_ROLES},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_apache = {
	.name = "apache",
	.description = "virtual hosts; Include, Define, ${VARIABLE}",
	.files = apache_files,
	.programs = apache_programs,
	.options = apache_options,
	.read = apache_read,
};
