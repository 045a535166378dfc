/* SPDX-License-Identifier: Apache-2.0 */
/* Exim: macros, .include, .ifdef; main section and transports.
 * https://www.exim.org/exim-html-current/doc/html/spec_html/ */
#include <ctype.h>
#include <string.h>

#include "agent/finder/rules.h"
#include "lib/limits.h"

#define MACROS_MAX 500
#define IFS_MAX 32

static const struct syntax_lines exim_syntax = {
	.flags = LINES_ASSIGN | LINES_BACKSLASH,
	.comments = "#",
};

static const struct directive {
	const char *name;
	enum finder_role server, client;
} directives[] = {
	{"tls_certificate", FINDER_CERTIFICATE, FINDER_CERTIFICATE},
	{"tls_privatekey", FINDER_KEY, FINDER_KEY},
	{"tls_verify_certificates", FINDER_CLIENT_CA, FINDER_CA},
	{"tls_crl", FINDER_CRL, FINDER_CRL},
	{NULL, FINDER_ROLES, FINDER_ROLES},
};

struct exim {
	struct finder_run *r;
	struct {
		const char *name, *value;
	} macros[MACROS_MAX];
	size_t n_macros;
	bool off[IFS_MAX];	/* of each open .ifdef: is its part left out? */
	size_t ifs;
	bool transports;	/* after "begin" */
	struct finder_scope scope;
	const struct syntax_node *certificate, *key;
};

static const char *macro(const struct exim *x, const char *at, size_t *ret_len)
{
	const char *found = NULL;

	*ret_len = 0;
	for (size_t i = 0; i < x->n_macros; i++) {
		size_t n = strlen(x->macros[i].name);

		if (n > *ret_len && strncmp(x->macros[i].name, at, n) == 0) {
			found = x->macros[i].value;
			*ret_len = n;
		}
	}
	return found;
}

/* Macros are replaced wherever their name stands, once more in what they stand
 * for. */
static const char *expand(struct exim *x, const char *text)
{
	for (int pass = 0; pass < 4; pass++) {
		struct buf out;
		bool any = false;

		buf_init(&out, KIB(64));
		for (const char *p = text; *p;) {
			size_t len = 0;
			const char *value = macro(x, p, &len);

			any |= value != NULL;
			if (value)
				buf_adds(&out, value);
			else
				buf_addch(&out, *p);
			p += value ? len : 1;
		}
		text = finder_text(x->r, "%s", buf_str(&out));
		buf_free(&out);
		if (!any)
			break;
	}
	return text;
}

static void define(struct exim *x, const char *name, const char *value)
{
	for (size_t i = 0; i < x->n_macros; i++) {
		if (strcmp(x->macros[i].name, name) == 0) {
			x->macros[i].value = value;
			return;
		}
	}
	if (x->n_macros == MACROS_MAX)
		return;
	x->macros[x->n_macros].name = name;
	x->macros[x->n_macros++].value = value;
}

static bool is_off(const struct exim *x)
{
	for (size_t i = 0; i < x->ifs; i++) {
		if (x->off[i])
			return true;
	}
	return false;
}

/* .ifdef X, .ifndef X, .else, .endif: true where the line is one of them. */
static bool condition(struct exim *x, const struct syntax_node *n)
{
	size_t len = 0;
	bool known = macro(x, syntax_value(n), &len) != NULL;

	if (strcmp(n->name, ".ifdef") == 0 || strcmp(n->name, ".ifndef") == 0) {
		if (x->ifs < IFS_MAX)
			x->off[x->ifs++] = known == (n->name[3] == 'n');
	} else if (strcmp(n->name, ".else") == 0) {
		if (x->ifs > 0)
			x->off[x->ifs - 1] = !x->off[x->ifs - 1];
	} else if (strcmp(n->name, ".endif") == 0) {
		x->ifs -= x->ifs > 0;
	} else {
		return false;
	}
	return true;
}

/* "25 : 465", or, with another separator in front, "<; 25 ; 465" */
static void ports(struct exim *x, const char *value)
{
	for (value = expand(x, value); *value;) {
		size_t skip = strcspn(value, "0123456789");
		size_t len = strspn(value + skip, "0123456789");

		if (len > 0)
			finder_listen(x->r, &x->scope,
				      finder_text(x->r, "%.*s", (int)len,
						  value + skip), NULL);
		value += skip + len;
	}
}

static bool is_ports(const char *name)
{
	return strcmp(name, "daemon_smtp_ports") == 0 ||
	       strcmp(name, "tls_on_connect_ports") == 0;
}

static void bind(struct exim *x, const struct syntax_node *n,
		 enum finder_role role)
{
	static const char exists[] = "${if exists{";
	const char *value = expand(x, syntax_value(n));

	/* Debian's default: if it is not there, that is told anyway */
	if (strncmp(value, exists, sizeof(exists) - 1) == 0) {
		value += sizeof(exists) - 1;
		value = finder_text(x->r, "%.*s", (int)strcspn(value, "}"),
				    value);
	}

	if (strcmp(value, "system") == 0)
		return;
	/* $ begins an expansion, { a list of conditions */
	finder_value(x->r, n, role, finder_folder(x->r, n->file),
		     strchr(value, '{') ? "$" : value,
		     x->transports ? NULL : &x->scope);
}

static void directive(struct exim *x, const struct syntax_node *n)
{
	for (const struct directive *d = directives; d->name; d++) {
		if (strcmp(d->name, n->name) == 0 && n->n_words > 0)
			bind(x, n, x->transports ? d->client : d->server);
	}
	if (x->transports)
		return;
	if (strcmp(n->name, "tls_certificate") == 0)
		x->certificate = n;
	if (strcmp(n->name, "tls_privatekey") == 0)
		x->key = n;
}

static void walk(struct exim *x, struct syntax_node *top, bool scope)
{
	struct finder_how how = {.reader = syntax_lines,
				 .options = &exim_syntax};

	for (struct syntax_node *n = top->child; n && x->r->failed == 0;
	     n = n->next) {
		const char *value = syntax_value(n);

		if (condition(x, n) || is_off(x))
			continue;
		how.optional = strcmp(n->name, ".include_if_exists") == 0;
		if (strncmp(n->name, ".include", 8) == 0) {
			if (!n->child)
				finder_include(x->r, n, finder_path(
					x->r, finder_folder(x->r, n->file),
					expand(x, value)), &how);
			walk(x, n, scope);
		} else if (strcmp(n->name, "begin") == 0) {
			x->transports = true;
		} else if (isupper((unsigned char)n->name[0])) {
			define(x, n->name, value);
		} else if (scope && strcmp(n->name, "primary_hostname") == 0) {
			finder_add(x->r, &x->scope.names, expand(x, value));
		} else if (scope && is_ports(n->name)) {
			ports(x, value);
		} else if (!scope) {
			directive(x, n);
		}
	}
}

static int exim_read(struct finder_run *r, const char *file)
{
	struct exim *x = arena_alloc(&r->tree.arena, sizeof(*x));

	if (!x || !finder_load(r, &r->tree.root, file, syntax_lines,
			       &exim_syntax))
		return 0;
	x->r = r;
	walk(x, &r->tree.root, true);
	x->transports = false;
	x->ifs = x->n_macros = 0;
	walk(x, &r->tree.root, false);
	x->transports = false;
	/* without a key of its own it is in the certificate's file */
	if (x->certificate && !x->key)
		bind(x, x->certificate, FINDER_KEY);
	return 0;
}

static const char *const exim_files[] = {
	"/var/lib/exim4/config.autogenerated", "/etc/exim4/exim4.conf",
	"/etc/exim/exim.conf", "/usr/exim/configure", "/etc/exim.conf", NULL,
};
static const char *const exim_programs[] = {
	"exim4", "exim", NULL,
};
static const struct finder_option exim_options[] = {
	{"-C", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_exim = {
	.name = "exim",
	.description = "macros, .include, .ifdef; server and transports",
	.files = exim_files,
	.programs = exim_programs,
	.options = exim_options,
	.read = exim_read,
};
