/* SPDX-License-Identifier: Apache-2.0 */
/* nginx: http, stream and mail.  A server without certificates of its own takes
 * those of the block around it.  https://nginx.org/en/docs/ */
#include <errno.h>
#include <string.h>

#include "agent/finder/finder.h"
#include "agent/syntax/braces.h"
#include "proto/certwalk.pb-c.h"

static const struct directive {
	const char *name;
	enum finder_role role;
	bool serves;	/* to clients of this server block */
} directives[] = {
	{"ssl_certificate", FINDER_CERTIFICATE, true},
	{"ssl_certificate_key", FINDER_KEY, true},
	{"ssl_client_certificate", FINDER_CLIENT_CA, true},
	{"ssl_trusted_certificate", FINDER_CHAIN, true},
	{"ssl_crl", FINDER_CRL, true},
	{"proxy_ssl_certificate", FINDER_CLIENT, false},
	{"proxy_ssl_certificate_key", FINDER_KEY, false},
	{"proxy_ssl_trusted_certificate", FINDER_CA, false},
	{"proxy_ssl_crl", FINDER_CRL, false},
	{"grpc_ssl_certificate", FINDER_CLIENT, false},
	{"grpc_ssl_certificate_key", FINDER_KEY, false},
	{"grpc_ssl_trusted_certificate", FINDER_CA, false},
	{"grpc_ssl_crl", FINDER_CRL, false},
	{"uwsgi_ssl_certificate", FINDER_CLIENT, false},
	{"uwsgi_ssl_certificate_key", FINDER_KEY, false},
	{"uwsgi_ssl_trusted_certificate", FINDER_CA, false},
	{"uwsgi_ssl_crl", FINDER_CRL, false},
	{NULL, FINDER_ROLES, false},
};

#define SERVES_MAX 5	/* directives above that serve */

/* What one block says, and the blocks around it. */
struct block {
	const struct block *outer;
	struct finder_list lines[SERVES_MAX];	/* struct syntax_node each */
	struct finder_scope scope;
	bool ssl;		/* "ssl on", before 1.25.1 */
	bool is_server;
	const struct syntax_node *node;
};

struct nginx {
	struct finder_run *r;
	const char *prefix;	/* the folder of the main file */
};

static void walk(struct nginx *g, struct syntax_node *n, struct block *b);

/* The nodes of an include are children of its own node. */
static void include(struct nginx *g, struct syntax_node *n)
{
	const struct finder_how how = {.reader = syntax_braces};

	for (size_t i = 0; i < n->n_words; i++)
		finder_include(g->r, n,
			       finder_path(g->r, g->prefix, n->words[i]),
			       &how);
}

static void listen(struct nginx *g, const struct syntax_node *n,
		   struct block *b)
{
	bool tls = b->ssl;
	const char *at = syntax_value(n);

	for (size_t i = 1; i < n->n_words; i++)
		tls |= strcmp(n->words[i], "ssl") == 0 ||
		       strcmp(n->words[i], "quic") == 0;
	if (tls)
		finder_listen(g->r, &b->scope, at, "80");
}

static void names(struct nginx *g, const struct syntax_node *n,
		  struct block *b)
{
	for (size_t i = 0; i < n->n_words; i++) {
		/* "" and _ stand for none, ~ is a pattern */
		if (*n->words[i] && strcmp(n->words[i], "_") != 0)
			finder_add(g->r, &b->scope.names, n->words[i]);
	}
}

static bool is_path(const char *value)
{
	return strncmp(value, "data:", 5) != 0 &&
	       strncmp(value, "engine:", 7) != 0 &&
	       strncmp(value, "store:", 6) != 0;
}

static void bind(struct nginx *g, const struct syntax_node *n,
		 enum finder_role role, const struct finder_scope *scope)
{
	if (n->n_words > 0 && is_path(n->words[0]))
		finder_value(g->r, n, role, g->prefix, n->words[0], scope);
}

/* Keeps a directive that serves until the block's names are known. */
static void keep(struct nginx *g, struct block *b, size_t which,
		 const struct syntax_node *n)
{
	struct finder_list *l = &b->lines[which];
	size_t size = (l->count + 1) * sizeof(*l->items);
	const char **more = arena_alloc(&g->r->tree.arena, size);

	if (!more) {
		g->r->failed = g->r->failed ? g->r->failed : -ENOBUFS;
		return;
	}
	if (l->count > 0)
		memcpy(more, l->items, size - sizeof(*l->items));
	more[l->count++] = (const char *)n;
	l->items = more;
}

static void directive(struct nginx *g, const struct syntax_node *n,
		      struct block *b)
{
	for (size_t i = 0; directives[i].name; i++) {
		if (strcmp(directives[i].name, n->name) != 0)
			continue;
		if (directives[i].serves)
			keep(g, b, i, n);
		else
			bind(g, n, directives[i].role, &b->scope);
	}
}

/* Names and addresses before all else: they may stand after. */
static void scope_of(struct nginx *g, struct syntax_node *n, struct block *b)
{
	for (struct syntax_node *c = n->child; c; c = c->next) {
		if (strcmp(c->name, "include") == 0) {
			include(g, c);
			scope_of(g, c, b);
		} else if (strcmp(c->name, "ssl") == 0) {
			b->ssl = strcmp(syntax_value(c), "on") == 0;
		} else if (strcmp(c->name, "server_name") == 0) {
			names(g, c, b);
		}
	}
}

static void addresses(struct nginx *g, const struct syntax_node *n,
		      struct block *b)
{
	for (const struct syntax_node *c = n->child; c; c = c->next) {
		if (strcmp(c->name, "include") == 0)
			addresses(g, c, b);
		else if (strcmp(c->name, "listen") == 0)
			listen(g, c, b);
	}
}

/* Binds what the server has, or else what is around it. */
static void server(struct nginx *g, const struct block *b)
{
	for (size_t i = 0; i < SERVES_MAX; i++) {
		const struct block *from = b;

		while (from && from->lines[i].count == 0)
			from = from->outer;
		/* a server without TLS inherits for nothing */
		if (!from || (from != b && b->scope.listen.count == 0))
			continue;
		for (size_t k = 0; k < from->lines[i].count; k++)
			bind(g, (const void *)from->lines[i].items[k],
			     directives[i].role, &b->scope);
	}
}

static void enter(struct nginx *g, struct syntax_node *n,
		  const struct block *outer)
{
	struct block b = {.outer = outer, .node = n, .ssl = outer->ssl};

	b.is_server = strcmp(n->name, "server") == 0;
	scope_of(g, n, &b);
	addresses(g, n, &b);
	if (!b.is_server && outer->is_server) {
		/* location: what it calls is called for the server */
		b.scope = outer->scope;
		b.is_server = true;
		walk(g, n, &b);
		return;
	}
	walk(g, n, &b);
	if (b.is_server) {
		server(g, &b);
		return;
	}
	/* in use by nobody, perhaps, but configured */
	for (size_t i = 0; i < SERVES_MAX; i++)
		for (size_t k = 0; k < b.lines[i].count; k++)
			bind(g, (const void *)b.lines[i].items[k],
			     directives[i].role, NULL);
}

static void walk(struct nginx *g, struct syntax_node *n, struct block *b)
{
	for (struct syntax_node *c = n->child; c && g->r->failed == 0;
	     c = c->next) {
		if (strcmp(c->name, "include") == 0)
			walk(g, c, b);
		else if (c->child)
			enter(g, c, b);
		else
			directive(g, c, b);
	}
}

static int nginx_read(struct finder_run *r, const char *file)
{
	struct nginx g = {.r = r, .prefix = finder_folder(r, file)};
	struct block top = {.outer = NULL};

	if (!finder_load(r, &r->tree.root, file, syntax_braces, NULL))
		return 0;
	scope_of(&g, &r->tree.root, &top);
	walk(&g, &r->tree.root, &top);
	return 0;
}

static const char *const nginx_files[] = {
	"/etc/nginx/nginx.conf", "/usr/local/nginx/conf/nginx.conf",
	"/usr/local/openresty/nginx/conf/nginx.conf",
	"/usr/local/etc/nginx/nginx.conf", "/opt/*/nginx/conf/nginx.conf",
	"/opt/rh/*/root/etc/nginx/nginx.conf", NULL,
};
static const char *const nginx_programs[] = {"nginx", "openresty", "angie",
					     NULL};
static const struct finder_option nginx_options[] = {
	{"-c", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{"-p", FINDER_ARG_BASE, "conf/nginx.conf", FINDER_ROLES},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_nginx = {
	.name = "nginx",
	.description = "http, stream and mail servers; includes, inheritance",
	.files = nginx_files,
	.programs = nginx_programs,
	.options = nginx_options,
	.read = nginx_read,
};
