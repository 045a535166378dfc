/* SPDX-License-Identifier: Apache-2.0 */
/* lighttpd. https://redmine.lighttpd.net/projects/lighttpd/wiki/Docs_SSL */
#include <string.h>

#include "agent/finder/rules.h"
#include "proto/certwalk.pb-c.h"

static const struct syntax_lines lighttpd_syntax = {
	.flags = LINES_ASSIGN | LINES_BRACES | LINES_COMMENT | LINES_LISTS,
	.comments = "#",
};

static const struct directive {
	const char *name;
	enum finder_role role;
} directives[] = {
	{"ssl.pemfile", FINDER_CERTIFICATE},
	{"ssl.privkey", FINDER_KEY},
	{"ssl.ca-file", FINDER_CHAIN},
	{"ssl.verifyclient.ca-file", FINDER_CLIENT_CA},
	{"ssl.verifyclient.ca-dn-file", FINDER_CLIENT_CA},
	{"ssl.verifyclient.ca-crl-file", FINDER_CRL},
	{"ssl.ca-crl-file", FINDER_CRL},
	{NULL, FINDER_ROLES},
};

/* The text between the last two quotes of $SERVER["socket"] == ":443". */
static const char *compared(struct finder_run *r, const struct syntax_node *n)
{
	const char *value = syntax_value(n), *end = strrchr(value, '"');
	const char *from = end ? memrchr(value, '"', (size_t)(end - value))
			       : NULL;

	return from ? finder_text(r, "%.*s", (int)(end - from - 1), from + 1)
		    : "";
}

static bool is_else(const char *name)
{
	return strcmp(name, "else") == 0 || strcmp(name, "elsif") == 0;
}

static void walk(struct finder_run *r, struct syntax_node *top,
		 const struct finder_scope *outer)
{
	static const struct finder_how how = {.reader = syntax_lines,
					      .options = &lighttpd_syntax,
					      .optional = true};

	for (struct syntax_node *n = top->child; n && r->failed == 0;
	     n = n->next) {
		struct finder_scope scope = *outer;
		const char *value = syntax_value(n);

		if (strcmp(n->name, "include") == 0)
			finder_include(r, n, finder_path(r, finder_folder(
					       r, n->file), value), &how);
		else if (strcmp(n->name, "include_shell") == 0 &&
			 !strstr(value, "include-conf-enabled"))
			finder_gap(r, CW__GAP_KIND__GAP_SKIPPED, n,
				   "the output of a command is included, "
				   "which is not run");
		if (strncmp(n->name, "$SERVER[\"socket\"]", 17) == 0) {
			scope.listen = (struct finder_list){NULL, 0};
			finder_listen(r, &scope, compared(r, n), "443");
		} else if (strncmp(n->name, "$HTTP[\"host\"]", 13) == 0 ||
			   is_else(n->name)) {
			scope.names = (struct finder_list){NULL, 0};
			if (*compared(r, n))
				finder_add(r, &scope.names, compared(r, n));
		}
		walk(r, n, &scope);
		for (const struct directive *d = directives; d->name; d++) {
			if (strcmp(d->name, n->name) != 0)
				continue;
			/* var.x + "/y" is a variable as any other */
			if (strchr(value, '"') ||
			    strncmp(value, "var.", 4) == 0)
				value = "$";
			finder_value(r, n, d->role, "/", value, &scope);
		}
	}
}

static int lighttpd_read(struct finder_run *r, const char *file)
{
	static const struct finder_scope none;

	if (finder_load(r, &r->tree.root, file, syntax_lines,
			&lighttpd_syntax))
		walk(r, &r->tree.root, &none);
	return 0;
}

static const char *const lighttpd_files[] = {
	"/etc/lighttpd/lighttpd.conf", "/etc/lighttpd/conf-enabled/*.conf",
	NULL,
};
static const char *const lighttpd_programs[] = {
	"lighttpd", NULL,
};
static const struct finder_option lighttpd_options[] = {
	{"-f", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_lighttpd = {
	.name = "lighttpd",
	.description = "sockets and host names in conditions; includes",
	.files = lighttpd_files,
	.programs = lighttpd_programs,
	.options = lighttpd_options,
	.read = lighttpd_read,
};
