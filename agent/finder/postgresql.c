/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL: with ssl = on, server.crt and server.key of the data directory
 * unless others are named.  https://www.postgresql.org/docs/17/ 19.3.3, 18.9 */
#include <string.h>
#include <strings.h>

#include "agent/finder/finder.h"
#include "agent/finder/rules.h"

static const struct syntax_lines postgresql_syntax = {
	.flags = LINES_ASSIGN | LINES_SINGLE | LINES_COMMENT,
	.comments = "#",
};

static const struct parameter {
	const char *name;
	enum finder_role role;
	const char *fallback;
} parameters[] = {
	{"ssl_cert_file", FINDER_CERTIFICATE, "server.crt"},
	{"ssl_key_file", FINDER_KEY, "server.key"},
	{"ssl_ca_file", FINDER_CLIENT_CA, NULL},
	{"ssl_crl_file", FINDER_CRL, NULL},
	{"ssl_crl_dir", FINDER_CRL, NULL},
	{NULL, FINDER_ROLES, NULL},
};

/* The last line of all files counts. */
static void find_last(const struct syntax_node *top, const char *name,
		      const struct syntax_node **ret)
{
	for (const struct syntax_node *n = top->child; n; n = n->next) {
		if (strcasecmp(n->name, name) == 0)
			*ret = n;
		find_last(n, name, ret);
	}
}

static const char *value_of(const struct finder_run *r, const char *name,
			    const char *fallback)
{
	const struct syntax_node *n = NULL;

	find_last(&r->tree.root, name, &n);
	return n ? syntax_value(n) : fallback;
}

static void includes(struct finder_run *r, struct syntax_node *top)
{
	for (struct syntax_node *n = top->child; n && r->failed == 0;
	     n = n->next) {
		struct finder_how how = {.reader = syntax_lines,
					 .options = &postgresql_syntax};
		const char *path = NULL;

		if (strncasecmp(n->name, "include", 7) != 0)
			continue;
		path = finder_path(r, finder_folder(r, n->file),
				   syntax_value(n));
		how.optional = strcasecmp(n->name, "include_if_exists") == 0;
		if (strcasecmp(n->name, "include_dir") == 0) {
			how.folders = true;
			how.only = "*.conf";
		}
		finder_include(r, n, path, &how);
		includes(r, n);
	}
}

static bool is_on(const char *value)
{
	return strcasecmp(value, "on") == 0 || strcmp(value, "1") == 0 ||
	       strncasecmp(value, "true", strlen(value)) == 0 ||
	       strncasecmp(value, "yes", strlen(value)) == 0;
}

static void scope_of(struct finder_run *r, struct finder_scope *scope)
{
	const char *port = value_of(r, "port", "5432");
	const char *at = value_of(r, "listen_addresses", "localhost");

	for (at += strspn(at, ", "); *at; at += strspn(at, ", ")) {
		size_t len = strcspn(at, ", ");

		finder_listen(r, scope, finder_text(r, "%.*s", (int)len, at),
			      port);
		at += len;
	}
}

static int postgresql_read(struct finder_run *r, const char *file)
{
	struct finder_how automatic = {.reader = syntax_lines,
				       .options = &postgresql_syntax,
				       .optional = true};
	struct finder_scope scope = {{NULL, 0}, {NULL, 0}};
	const struct syntax_node *on = NULL;
	struct syntax_node *n = NULL;
	const char *data = NULL;

	if (!finder_load(r, &r->tree.root, file, syntax_lines,
			 &postgresql_syntax))
		return 0;
	includes(r, &r->tree.root);
	data = value_of(r, "data_directory", finder_folder(r, file));
	data = finder_path(r, finder_folder(r, file), data);
	/* what ALTER SYSTEM wrote is read last */
	n = syntax_add(&r->tree, &r->tree.root, "", 0, 0);
	if (n)
		finder_include(r, n, finder_text(r, "%s/postgresql.auto.conf",
						 data), &automatic);
	find_last(&r->tree.root, "ssl", &on);
	if (!on || !is_on(syntax_value(on)))
		return 0;
	scope_of(r, &scope);
	for (const struct parameter *k = parameters; k->name; k++) {
		const struct syntax_node *line = NULL;

		find_last(&r->tree.root, k->name, &line);
		if (line)
			finder_value(r, line, k->role, data,
				     syntax_value(line), &scope);
		else if (k->fallback)
			finder_value(r, on, k->role, data, k->fallback,
				     &scope);
	}
	return 0;
}

static const char *const postgresql_files[] = {
	"/etc/postgresql/*/*/postgresql.conf",
	"/var/lib/pgsql/data/postgresql.conf",
	"/var/lib/pgsql/*/data/postgresql.conf",
	"/var/lib/postgresql/data/postgresql.conf",
	"/var/lib/postgresql/*/data/postgresql.conf", NULL,
};
static const char *const postgresql_programs[] = {"postgres", "postmaster",
						  NULL};
static const struct finder_option postgresql_options[] = {
	{"config_file", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{"--config-file", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{"-D", FINDER_ARG_FOLDER, "postgresql.conf", FINDER_ROLES},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_postgresql = {
	.name = "postgresql",
	.description = "includes, defaults in the data directory, "
		"postgresql.auto.conf",
	.files = postgresql_files,
	.programs = postgresql_programs,
	.options = postgresql_options,
	.read = postgresql_read,
};
