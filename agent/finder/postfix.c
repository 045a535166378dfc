/* SPDX-License-Identifier: Apache-2.0 */
/* Postfix: main.cf, master.cf, and the source of tls_server_sni_maps.
 * https://www.postfix.org/postconf.5.html, master.5.html */
#include <errno.h>
#include <string.h>

#include "agent/finder/finder.h"
#include "agent/finder/rules.h"
#include "lib/limits.h"
#include "proto/certwalk.pb-c.h"

#define EXPANSIONS_MAX 1000	/* of one value */

static const struct syntax_lines main_syntax = {
	.flags = LINES_ASSIGN | LINES_INDENT, .comments = "#"};
static const struct syntax_lines master_syntax = {
	.flags = LINES_SPLIT | LINES_INDENT, .comments = "#"};

static const struct parameter {
	const char *name;
	enum finder_role role;
	const char *key;	/* of a certificate: its key's parameter */
} parameters[] = {
	{"smtpd_tls_cert_file", FINDER_CERTIFICATE, "smtpd_tls_key_file"},
	{"smtpd_tls_eccert_file", FINDER_CERTIFICATE, "smtpd_tls_eckey_file"},
	{"smtpd_tls_dcert_file", FINDER_CERTIFICATE, "smtpd_tls_dkey_file"},
	{"smtpd_tls_key_file", FINDER_KEY, NULL},
	{"smtpd_tls_eckey_file", FINDER_KEY, NULL},
	{"smtpd_tls_dkey_file", FINDER_KEY, NULL},
	{"smtpd_tls_chain_files", FINDER_CERTIFICATE, NULL},
	{"smtpd_tls_CAfile", FINDER_CLIENT_CA, NULL},
	{"smtpd_tls_CApath", FINDER_CLIENT_CA, NULL},
	{"smtp_tls_cert_file", FINDER_CLIENT, "smtp_tls_key_file"},
	{"smtp_tls_eccert_file", FINDER_CLIENT, "smtp_tls_eckey_file"},
	{"smtp_tls_key_file", FINDER_KEY, NULL},
	{"smtp_tls_eckey_file", FINDER_KEY, NULL},
	{"smtp_tls_chain_files", FINDER_CLIENT, NULL},
	{"smtp_tls_CAfile", FINDER_CA, NULL},
	{"smtp_tls_CApath", FINDER_CA, NULL},
	{"lmtp_tls_cert_file", FINDER_CLIENT, "lmtp_tls_key_file"},
	{"lmtp_tls_key_file", FINDER_KEY, NULL},
	{"lmtp_tls_chain_files", FINDER_CLIENT, NULL},
	{"lmtp_tls_CAfile", FINDER_CA, NULL},
	{"lmtp_tls_CApath", FINDER_CA, NULL},
	{NULL, FINDER_ROLES, NULL},
};

static const struct service {
	const char *name, *port;
} services[] = {
	{"smtp", "25"}, {"submission", "587"}, {"smtps", "465"},
	{"submissions", "465"}, {NULL, NULL},
};

struct postfix {
	struct finder_run *r;
	struct syntax_node *main;	/* its lines are the children */
	const char *queue;		/* relative paths begin there */
	unsigned int expansions;
};

/* The last line that sets it counts. */
static const struct syntax_node *setting(const struct postfix *p,
					 const char *name)
{
	const struct syntax_node *found = NULL;

	for (const struct syntax_node *n = p->main->child; n; n = n->next) {
		if (strcmp(n->name, name) == 0)
			found = n;
	}
	return found;
}

static const char *fallback(const struct postfix *p, const char *name)
{
	if (strcmp(name, "config_directory") == 0)
		return finder_folder(p->r, p->main->file);
	if (strcmp(name, "queue_directory") == 0)
		return "/var/spool/postfix";
	if (strcmp(name, "data_directory") == 0)
		return "/var/lib/postfix";
	return NULL;
}

/* $name, ${name}, $(name); what is not known stays as it is. */
static const char *expand(struct postfix *p, const char *text,
			  unsigned int depth)
{
	struct buf out;
	const char *at = text;

	if (!strchr(text, '$') || depth > 8)
		return text;
	buf_init(&out, KIB(64));
	while (*at) {
		const struct syntax_node *n = NULL;
		const char *name = at + 1, *value = NULL;
		bool closed = *at == '$' && (*name == '{' || *name == '(');
		size_t len = 0;

		if (*at != '$' || p->expansions++ > EXPANSIONS_MAX) {
			buf_addch(&out, *at++);
			continue;
		}
		name += closed;
		len = strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
		name = finder_text(p->r, "%.*s", (int)len, name);
		n = setting(p, name);
		value = n ? expand(p, syntax_value(n), depth + 1)
			  : fallback(p, name);
		if (len == 0 || !value) {
			buf_addch(&out, *at++);
			continue;
		}
		buf_adds(&out, value);
		at += 1 + len + 2 * closed;
	}
	text = finder_text(p->r, "%s", buf_str(&out));
	buf_free(&out);
	return text;
}

/* Each file of a list. */
static void files(struct postfix *p, const struct syntax_node *line,
		  enum finder_role role, const char *value,
		  const struct finder_scope *scope)
{
	static const char separators[] = ", \t\r\n";

	p->expansions = 0;
	value = expand(p, value, 0);
	for (value += strspn(value, separators); *value;
	     value += strspn(value, separators)) {
		size_t len = strcspn(value, separators);
		const char *one = finder_text(p->r, "%.*s", (int)len, value);

		if (strcmp(one, "none") != 0)
			finder_value(p->r, line, role, p->queue, one, scope);
		value += len;
	}
}

static const struct parameter *parameter(const char *name, size_t len)
{
	for (const struct parameter *k = parameters; k->name; k++) {
		if (strlen(k->name) == len && strncmp(k->name, name, len) == 0)
			return k;
	}
	return NULL;
}

static void add_address(struct postfix *p, const struct syntax_node *n,
			struct finder_scope *scope)
{
	const char *name = n->name, *colon = strrchr(name, ':');
	const char *port = colon ? colon + 1 : name;

	for (size_t i = 0; services[i].name; i++) {
		if (strcmp(services[i].name, port) == 0)
			port = services[i].port;
	}
	finder_listen(p->r, scope,
		      colon ? finder_text(p->r, "%.*s:%s", (int)(colon - name),
					  name, port) : port, NULL);
}

/* "-o name=value" of a service. */
static void overrides(struct postfix *p, const struct syntax_node *n)
{
	struct finder_scope scope = {{NULL, 0}, {NULL, 0}};

	if (strcmp(syntax_value(n), "inet") == 0)
		add_address(p, n, &scope);
	for (size_t i = 0; i + 1 < n->n_words; i++) {
		const char *set = n->words[i + 1], *eq = strchr(set, '=');
		const struct parameter *k = NULL;

		if (strcmp(n->words[i], "-o") != 0 || !eq)
			continue;
		k = parameter(set, (size_t)(eq - set));
		if (k)
			files(p, n, k->role, eq + 1, &scope);
	}
}

/* NAME FILE, FILE: the text that a map was made of. */
static void sni_map(struct postfix *p, const struct syntax_node *line,
		    const struct finder_scope *listen)
{
	const char *value = expand(p, syntax_value(line), 0);
	const char *colon = strchr(value, ':');
	struct syntax_node *n = syntax_add(&p->r->tree, p->main, "", 0,
					   line->line);
	const char *path = colon ? colon + 1 : value;

	path = finder_text(p->r, "%.*s", (int)strcspn(path, ", \t"), path);
	if (!n || *path != '/' || strncmp(value, "inline:", 7) == 0 ||
	    !finder_load(p->r, n, path, syntax_lines, &master_syntax))
		return;
	for (const struct syntax_node *c = n->child; c; c = c->next) {
		struct finder_scope scope = {.listen = listen->listen};

		finder_add(p->r, &scope.names, c->name);
		for (size_t i = 0; i < c->n_words; i++)
			files(p, c, FINDER_CERTIFICATE, c->words[i], &scope);
	}
}

static void main_cf(struct postfix *p, const struct finder_scope *listen)
{
	static const struct finder_scope none;

	for (const struct parameter *k = parameters; k->name; k++) {
		const struct syntax_node *n = setting(p, k->name);
		bool serves = strncmp(k->name, "smtpd_", 6) == 0;

		if (!n)
			continue;
		files(p, n, k->role, syntax_value(n), serves ? listen : &none);
		/* without a parameter of its own, the key is in there */
		if (k->key && !setting(p, k->key))
			files(p, n, FINDER_KEY, syntax_value(n),
			      serves ? listen : &none);
	}
	if (setting(p, "tls_server_sni_maps"))
		sni_map(p, setting(p, "tls_server_sni_maps"), listen);
}

static void instance(struct finder_run *r, const char *file, bool first)
{
	struct postfix p = {.r = r, .queue = "/var/spool/postfix"};
	struct syntax_node *master = NULL;
	struct finder_scope scope = {{NULL, 0}, {NULL, 0}};
	const struct syntax_node *n = NULL;
	const char *path = finder_path(r, finder_folder(r, file), "master.cf");

	p.main = syntax_add(&r->tree, &r->tree.root, "main", 4, 0);
	master = syntax_add(&r->tree, &r->tree.root, "master", 6, 0);
	if (!p.main || !master)
		return;
	if (!finder_load(r, p.main, file, syntax_lines, &main_syntax))
		return;
	p.main->file = file;
	n = setting(&p, "queue_directory");
	if (n)
		p.queue = expand(&p, syntax_value(n), 0);
	n = setting(&p, "myhostname");
	if (n)
		finder_add(r, &scope.names, expand(&p, syntax_value(n), 0));
	if (finder_is_there(r, path))
		finder_load(r, master, path, syntax_lines, &master_syntax);
	for (n = master->child; n; n = n->next) {
		if (strcmp(syntax_value(n), "inet") == 0 && n->n_words > 6 &&
		    strcmp(n->words[6], "smtpd") == 0)
			add_address(&p, n, &scope);
		overrides(&p, n);
	}
	main_cf(&p, &scope);
	n = first ? setting(&p, "multi_instance_directories") : NULL;
	for (const char *at = n ? syntax_value(n) : ""; *at;) {
		size_t len = strcspn(at, ", \t");

		if (*at == '/')
			instance(r, finder_text(r, "%.*s/main.cf", (int)len,
						at), false);
		at += len + strspn(at + len, ", \t");
	}
}

static int postfix_read(struct finder_run *r, const char *file)
{
	instance(r, file, true);
	return 0;
}

static const char *const postfix_files[] = {"/etc/postfix/main.cf", NULL};
static const char *const postfix_programs[] = {"master", NULL};
static const struct finder_option postfix_options[] = {
	{"-c", FINDER_ARG_FOLDER, "main.cf", FINDER_ROLES},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_postfix = {
	.name = "postfix",
	.description = "main.cf with its variables, master.cf, SNI maps, "
		"instances",
	.files = postfix_files,
	.programs = postfix_programs,
	.options = postfix_options,
	.read = postfix_read,
};
