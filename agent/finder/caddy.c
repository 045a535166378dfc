/* SPDX-License-Identifier: Apache-2.0 */
/* Caddy: Caddyfile and JSON.
 * https://caddyserver.com/docs/caddyfile/directives/tls */
#include <string.h>

#include "agent/finder/rules.h"
#include "agent/syntax/yaml.h"

static const struct syntax_lines caddy_syntax = {
	.flags = LINES_SPLIT | LINES_BRACES | LINES_BACKSLASH | LINES_COMMENT,
	.comments = "#",
};

static const struct finder_rule caddy_list[] = {
	{"apps.tls.certificates.load_files.certificate",
	 FINDER_CERTIFICATE, NULL, 0},
	{"apps.tls.certificates.load_files.key", FINDER_KEY, NULL, 0},
	{"apps.tls.certificates.load_pem.certificate",
	 FINDER_CERTIFICATE, NULL, 0},
	{"*trusted_ca_certs_pem_files", FINDER_CLIENT_CA, NULL, 0},
	{"*root_ca_pem_files", FINDER_CA, NULL, 0},
	{"*client_certificate_file", FINDER_CLIENT, NULL, 0},
	{"*client_certificate_key_file", FINDER_KEY, NULL, 0},
	{NULL, FINDER_ROLES, NULL, 0},
};
static const struct finder_rules caddy_rules = {
	.reader = syntax_yaml,
	.list = caddy_list,
};

struct caddy {
	struct finder_run *r;
	const char *base;
};

/* "https://a.example:8443, b.example": names and ports of a site. */
static void address(struct caddy *c, const char *text,
		    struct finder_scope *scope)
{
	const char *scheme = strstr(text, "://");
	const char *host = scheme ? scheme + 3 : text;
	size_t len = strcspn(host, ":/,");
	const char *port = host[len] == ':' ? host + len + 1 : "443";
	const char *name = finder_text(c->r, "%.*s", (int)len, host);

	if (*text == '\0' || *text == '(' || strncmp(text, "http:", 5) == 0)
		return;
	if (len > 0)
		finder_add(c->r, &scope->names, name);
	finder_listen(c->r, scope, finder_text(c->r, "%.*s",
					       (int)strcspn(port, "/,"), port),
		      NULL);
}

/* A placeholder {...} is replaced by nobody here. */
static void bind(struct caddy *c, const struct syntax_node *n,
		 enum finder_role role, const char *value,
		 const struct finder_scope *scope)
{
	finder_value(c->r, n, role, c->base, strchr(value, '{') ? "$" : value,
		     scope);
}

static void each(struct caddy *c, const struct syntax_node *n, size_t from,
		 enum finder_role role, const struct finder_scope *scope)
{
	for (size_t i = from; i < n->n_words; i++)
		bind(c, n, role, n->words[i], scope);
}

static void directive(struct caddy *c, const struct syntax_node *n,
		      const struct finder_scope *scope)
{
	const char *name = n->name;

	if (strcmp(name, "tls") == 0 && n->n_words >= 2) {
		bind(c, n, FINDER_CERTIFICATE, n->words[0], scope);
		bind(c, n, FINDER_KEY, n->words[1], scope);
	} else if (strcmp(name, "trusted_ca_cert_file") == 0 ||
		   strcmp(name, "trusted_leaf_cert_file") == 0) {
		each(c, n, 0, FINDER_CLIENT_CA, scope);
	} else if (strcmp(name, "trust_pool") == 0 &&
		   strcmp(syntax_value(n), "file") == 0) {
		each(c, n, 1, FINDER_CLIENT_CA, scope);
	} else if (strcmp(name, "tls_trusted_ca_certs") == 0) {
		each(c, n, 0, FINDER_CA, scope);
	} else if (strcmp(name, "tls_trust_pool") == 0 &&
		   strcmp(syntax_value(n), "file") == 0) {
		each(c, n, 1, FINDER_CA, scope);
	} else if (strcmp(name, "tls_client_auth") == 0 && n->n_words >= 2) {
		bind(c, n, FINDER_CERTIFICATE, n->words[0], scope);
		bind(c, n, FINDER_KEY, n->words[1], scope);
	} else if ((strcmp(name, "load") == 0 ||
		    strcmp(name, "load_files") == 0) && n->n_words > 0) {
		each(c, n, 0, FINDER_CERTIFICATE, scope);
	}
}

static void walk(struct caddy *c, struct syntax_node *top,
		 const struct finder_scope *outer, bool sites)
{
	const struct finder_how how = {.reader = syntax_lines,
				       .options = &caddy_syntax,
				       .optional = true};

	for (struct syntax_node *n = top->child; n && c->r->failed == 0;
	     n = n->next) {
		struct finder_scope scope = *outer;

		if (strcmp(n->name, "import") == 0) {
			const char *what = syntax_value(n);

			/* or the name of a snippet */
			if (strpbrk(what, "/.*"))
				finder_include(c->r, n, finder_path(
					c->r, finder_folder(c->r, n->file),
					what), &how);
			walk(c, n, outer, sites);
			continue;
		}
		if (sites && n->child && *n->name) {
			address(c, n->name, &scope);
			for (size_t i = 0; i < n->n_words; i++)
				address(c, n->words[i], &scope);
		}
		directive(c, n, &scope);
		walk(c, n, &scope, false);
	}
}

static int caddy_read(struct finder_run *r, const char *file)
{
	static const struct finder_scope none;
	struct caddy c = {.r = r, .base = finder_folder(r, file)};
	const char *dot = strrchr(file, '.');

	if (dot && strcmp(dot, ".json") == 0)
		return finder_rules_read(r, file);
	if (finder_load(r, &r->tree.root, file, syntax_lines, &caddy_syntax))
		walk(&c, &r->tree.root, &none, true);
	return 0;
}

static const char *const caddy_files[] = {
	"/etc/caddy/Caddyfile", "/etc/caddy/caddy.json", NULL,
};
static const char *const caddy_programs[] = {
	"caddy", NULL,
};
static const struct finder_option caddy_options[] = {
	{"--config", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{"-config", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_caddy = {
	.name = "caddy",
	.description = "Caddyfile with imports, JSON",
	.files = caddy_files,
	.programs = caddy_programs,
	.options = caddy_options,
	.read = caddy_read,
	.rules = &caddy_rules,
};
