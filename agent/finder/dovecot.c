/* SPDX-License-Identifier: Apache-2.0 */
/* Dovecot, 2.3 and 2.4.  https://doc.dovecot.org/ */
#include <string.h>

#include "agent/finder/finder.h"
#include "agent/finder/rules.h"

static const struct syntax_lines dovecot_syntax = {
	.flags = LINES_ASSIGN | LINES_BRACES | LINES_BACKSLASH | LINES_SINGLE |
		 LINES_COMMENT,
	.comments = "#",
};

static const struct parameter {
	const char *name;
	enum finder_role role;
	bool serves;
} parameters[] = {
	/* 2.3: the value is "<" and a file */
	{"ssl_cert", FINDER_CERTIFICATE, true},
	{"ssl_key", FINDER_KEY, true},
	{"ssl_alt_cert", FINDER_CERTIFICATE, true},
	{"ssl_alt_key", FINDER_KEY, true},
	{"ssl_ca", FINDER_CLIENT_CA, true},
	{"ssl_client_cert", FINDER_CLIENT, false},
	{"ssl_client_key", FINDER_KEY, false},
	/* both */
	{"ssl_client_ca_file", FINDER_CA, false},
	{"ssl_client_ca_dir", FINDER_CA, false},
	{"ssl_cert_file", FINDER_CERTIFICATE, true},
	{"ssl_key_file", FINDER_KEY, true},
	/* 2.4 */
	{"ssl_server_cert_file", FINDER_CERTIFICATE, true},
	{"ssl_server_key_file", FINDER_KEY, true},
	{"ssl_server_alt_cert_file", FINDER_CERTIFICATE, true},
	{"ssl_server_alt_key_file", FINDER_KEY, true},
	{"ssl_server_ca_file", FINDER_CLIENT_CA, true},
	{"ssl_client_cert_file", FINDER_CLIENT, false},
	{"ssl_client_key_file", FINDER_KEY, false},
	{NULL, FINDER_ROLES, false},
};

static const struct listener {
	const char *protocol, *name, *port;
} listeners[] = {
	{"imap", "imap", "143"}, {"imap", "imaps", "993"},
	{"pop3", "pop3", "110"}, {"pop3", "pop3s", "995"},
	{"submission", "submission", "587"},
	{"submission", "submissions", "465"},
	{"sieve", "sieve", "4190"}, {NULL, NULL, NULL},
};

#define LISTENERS (sizeof(listeners) / sizeof(listeners[0]) - 1)

struct dovecot {
	struct finder_run *r;
	const char *folder;
	bool protocols[LISTENERS];	/* is spoken, by ${listeners} */
	const char *ports[LISTENERS];	/* set by a listener, or NULL */
};

static void include(struct dovecot *d, struct syntax_node *n)
{
	struct finder_how how = {.reader = syntax_lines,
				 .options = &dovecot_syntax};

	how.optional = strcmp(n->name, "!include_try") == 0;
	finder_include(d->r, n,
		       finder_path(d->r, finder_folder(d->r, n->file),
				   syntax_value(n)), &how);
}

static void protocols(struct dovecot *d, const char *list)
{
	bool adds = strstr(list, "$") != NULL;

	for (size_t i = 0; i < LISTENERS; i++) {
		const char *at = strstr(list, listeners[i].protocol);

		d->protocols[i] = (adds && d->protocols[i]) || at;
	}
}

/* protocols = imap pop3, or, in 2.4, protocols { imap = yes } too */
static void protocols_of(struct dovecot *d, const struct syntax_node *n)
{
	if (!n->child)
		protocols(d, syntax_value(n));
	for (const struct syntax_node *c = n->child; c; c = c->next) {
		if (strcmp(syntax_value(c), "yes") == 0)
			protocols(d, finder_text(d->r, "$ %s", c->name));
	}
}

/* inet_listener NAME { port = N } */
static void listener(struct dovecot *d, const struct syntax_node *n)
{
	const char *port = syntax_get(n, "port");

	for (size_t i = 0; port && i < LISTENERS; i++) {
		if (strcmp(listeners[i].name, syntax_value(n)) == 0)
			d->ports[i] = port;
	}
}

/* Follows includes, and learns what is listened on. */
static void gather(struct dovecot *d, struct syntax_node *top)
{
	for (struct syntax_node *c = top->child; c && d->r->failed == 0;
	     c = c->next) {
		if (strncmp(c->name, "!include", 8) == 0)
			include(d, c);
		else if (strcmp(c->name, "protocols") == 0)
			protocols_of(d, c);
		else if (strcmp(c->name, "inet_listener") == 0)
			listener(d, c);
		gather(d, c);
	}
}

/* A text that the server reads in where it begins with "<". */
static const char *file_of(const char *value)
{
	if (*value != '<')
		return value;
	value++;
	return value + strspn(value, " \t");
}

/* local ADDRESS: the same ports, there alone.  Of several, or a network, it is
 * not told which. */
static void set_address(struct dovecot *d, const char *address,
			struct finder_scope *scope)
{
	const struct finder_list all = scope->listen;
	bool bare6 = strchr(address, ':') && *address != '[';

	if (strpbrk(address, "/ ,") || *address == '\0')
		return;
	scope->listen = (struct finder_list){NULL, 0};
	for (size_t i = 0; i < all.count; i++)
		finder_add(d->r, &scope->listen,
			   finder_text(d->r, "%s%s%s%s", bare6 ? "[" : "",
				       address, bare6 ? "]" : "",
				       strrchr(all.items[i], ':')));
}

/* What a section adds to what is around it. */
static struct finder_scope scope_of(struct dovecot *d,
				    const struct syntax_node *n,
				    const struct finder_scope *outer)
{
	struct finder_scope scope = *outer;

	if (strcmp(n->name, "local_name") == 0) {
		scope.names = (struct finder_list){NULL, 0};
		for (size_t i = 0; i < n->n_words; i++)
			finder_add(d->r, &scope.names, n->words[i]);
	} else if (strcmp(n->name, "local") == 0 && n->n_words == 1) {
		set_address(d, syntax_value(n), &scope);
	}
	return scope;
}

/* A text that stands there itself is none. */
static bool is_file(const struct parameter *k, const char *value)
{
	if (strstr(k->name, "_file") || strstr(k->name, "_dir"))
		return strncmp(value, "inline:", 7) != 0;
	return *value == '<';
}

static void bind(struct dovecot *d, const struct syntax_node *top,
		 const struct finder_scope *scope)
{
	for (const struct syntax_node *c = top->child; c; c = c->next) {
		const char *value = syntax_value(c);

		if (c->child) {
			struct finder_scope inner = scope_of(d, c, scope);

			bind(d, c, &inner);
		}
		for (const struct parameter *k = parameters; k->name; k++) {
			if (strcmp(k->name, c->name) == 0 && is_file(k, value))
				finder_value(d->r, c, k->role,
					     finder_folder(d->r, c->file),
					     file_of(value),
					     k->serves ? scope : NULL);
		}
	}
}

static int dovecot_read(struct finder_run *r, const char *file)
{
	struct dovecot d = {.r = r};
	struct finder_scope scope = {{NULL, 0}, {NULL, 0}};

	if (!finder_load(r, &r->tree.root, file, syntax_lines,
			 &dovecot_syntax))
		return 0;
	gather(&d, &r->tree.root);
	for (size_t i = 0; i < LISTENERS; i++) {
		const char *port = d.ports[i] ? d.ports[i] : listeners[i].port;

		if (d.protocols[i] && strcmp(port, "0") != 0)
			finder_listen(r, &scope, port, NULL);
	}
	bind(&d, &r->tree.root, &scope);
	return 0;
}

static const char *const dovecot_files[] = {
	"/etc/dovecot/dovecot.conf", "/usr/local/etc/dovecot/dovecot.conf",
	NULL,
};
static const char *const dovecot_programs[] = {"dovecot", NULL};
static const struct finder_option dovecot_options[] = {
	{"-c", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_dovecot = {
	.name = "dovecot",
	.description = "2.3 and 2.4; includes, local_name, listeners",
	.files = dovecot_files,
	.programs = dovecot_programs,
	.options = dovecot_options,
	.read = dovecot_read,
};
