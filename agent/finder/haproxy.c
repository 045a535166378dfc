/* SPDX-License-Identifier: Apache-2.0 */
/* HAProxy: bind and server lines, crt-list files, folders of certificates, and
 * crt-store.  https://docs.haproxy.org/3.0/configuration.html 3.11, 5.1, 5.2 */
#include <fnmatch.h>
#include <string.h>

#include "agent/finder/finder.h"
#include "agent/finder/rules.h"

static const struct syntax_lines haproxy_syntax = {
	.flags = LINES_SPLIT | LINES_SINGLE | LINES_COMMENT | LINES_BACKSLASH,
	.comments = "#",
};

struct haproxy {
	struct finder_run *r;
	const char *crt_base, *ca_base, *key_base;
	bool in_store;
	const char *store_crt, *store_key;
};

static bool is_special(const char *value)
{
	return *value == '@' || *value == '\0';
}

/* A certificate file may have its key and issuer beside it (5.1 crt,
 * ssl-load-extra-files). */
static void certificate_file(struct haproxy *h, const struct syntax_node *line,
			     const char *path, const struct finder_scope *scope)
{
	const char *key = finder_text(h->r, "%s.key", path);
	const char *issuer = finder_text(h->r, "%s.issuer", path);

	finder_bind(h->r, line, FINDER_CERTIFICATE, path, scope);
	if (finder_is_there(h->r, key))
		finder_bind(h->r, line, FINDER_KEY, key, scope);
	if (finder_is_there(h->r, issuer))
		finder_bind(h->r, line, FINDER_CHAIN, issuer, scope);
}

/* "x.pem" may stand for x.pem.rsa, x.pem.ecdsa, x.pem.dsa. */
static bool bundle(struct haproxy *h, const struct syntax_node *line,
		   const char *path, const struct finder_scope *scope)
{
	static const char *const kinds[] = {"rsa", "ecdsa", "dsa"};
	bool any = false;

	for (size_t i = 0; i < 3; i++) {
		const char *one = finder_text(h->r, "%s.%s", path, kinds[i]);

		if (!finder_is_there(h->r, one))
			continue;
		certificate_file(h, line, one, scope);
		any = true;
	}
	return any;
}

static void certificate(struct haproxy *h, const struct syntax_node *line,
			const char *value, const struct finder_scope *scope)
{
	static const char *const other[] = {"*.key", "*.ocsp", "*.sctl",
					    "*.issuer"};
	const char *path = finder_path(h->r, h->crt_base, value);
	struct finder_list files = {NULL, 0};

	if (is_special(value))
		return;
	if (strchr(value, '$')) {
		finder_value(h->r, line, FINDER_CERTIFICATE, h->crt_base,
			     value, scope);
		return;
	}
	if (!finder_is_folder(h->r, path)) {
		if (finder_is_there(h->r, path) ||
		    !bundle(h, line, path, scope))
			certificate_file(h, line, path, scope);
		return;
	}
	files = finder_glob(h->r, finder_text(h->r, "%s/*", path));
	for (size_t i = 0; i < files.count; i++) {
		bool skip = finder_is_folder(h->r, files.items[i]);

		for (size_t k = 0; k < 4; k++)
			skip |= fnmatch(other[k], files.items[i], 0) == 0;
		if (!skip)
			certificate_file(h, line, files.items[i], scope);
	}
}

/* FILE [options] filter ...: a line of a crt-list. */
static void listed(struct haproxy *h, const struct syntax_node *line,
		   const struct finder_scope *bind)
{
	struct finder_scope scope = {.listen = bind->listen};
	bool options = false;

	for (size_t i = 0; i < line->n_words; i++) {
		const char *w = line->words[i];
		size_t len = strlen(w);

		options |= *w == '[';
		if (!options && *w != '!')
			finder_add(h->r, &scope.names, w);
		if (options && i + 1 < line->n_words &&
		    (strcmp(w, "ca-file") == 0 || strcmp(w, "[ca-file") == 0))
			finder_value(h->r, line, FINDER_CLIENT_CA, h->ca_base,
				     finder_text(h->r, "%.*s", (int)strcspn(
						 line->words[i + 1], "]"),
						 line->words[i + 1]), &scope);
		if (len > 0 && w[len - 1] == ']')
			options = false;
	}
	certificate(h, line, line->name, &scope);
}

static void crt_list(struct haproxy *h, struct syntax_node *line,
		     const char *value, const struct finder_scope *scope)
{
	const struct finder_how how = {.reader = syntax_lines,
				       .options = &haproxy_syntax};
	struct syntax_node *n = syntax_add(&h->r->tree, line, "crt-list", 8,
					   line->line);

	if (!n || is_special(value))
		return;
	finder_include(h->r, n, finder_path(h->r, h->crt_base, value), &how);
	for (const struct syntax_node *c = n->child; c; c = c->next)
		listed(h, c, scope);
}

/* Words of a bind or server line that name files. */
static void words(struct haproxy *h, struct syntax_node *n, size_t from,
		  bool is_bind, const struct finder_scope *scope)
{
	for (size_t i = from; i + 1 < n->n_words; i++) {
		const char *w = n->words[i], *value = n->words[i + 1];

		if (strcmp(w, "crt") == 0 && is_bind)
			certificate(h, n, value, scope);
		else if (strcmp(w, "crt") == 0)
			finder_value(h->r, n, FINDER_CLIENT, h->crt_base,
				     value, scope);
		else if (strcmp(w, "crt-list") == 0)
			crt_list(h, n, value, scope);
		else if (strcmp(w, "ca-file") == 0 && !is_special(value))
			finder_value(h->r, n, is_bind ? FINDER_CLIENT_CA
						      : FINDER_CA,
				     h->ca_base, value, scope);
		else if (strcmp(w, "ca-verify-file") == 0)
			finder_value(h->r, n, FINDER_CLIENT_CA, h->ca_base,
				     value, scope);
		else if (strcmp(w, "crl-file") == 0)
			finder_value(h->r, n, FINDER_CRL, h->ca_base, value,
				     scope);
		else
			continue;
		i++;
	}
}

static void addresses(struct haproxy *h, const char *list,
		      struct finder_scope *scope)
{
	while (*list) {
		size_t len = strcspn(list, ",");
		const char *one = finder_text(h->r, "%.*s", (int)len, list);

		if (strncmp(one, "ipv4@", 5) == 0 ||
		    strncmp(one, "ipv6@", 5) == 0)
			one += 5;
		finder_listen(h->r, scope, one, NULL);
		list += len + (list[len] == ',');
	}
}

/* load crt FILE key FILE ...: in a crt-store. */
static void load(struct haproxy *h, const struct syntax_node *n)
{
	for (size_t i = 0; i + 1 < n->n_words; i += 2) {
		const char *w = n->words[i], *value = n->words[i + 1];

		if (strcmp(w, "crt") == 0)
			finder_value(h->r, n, FINDER_CERTIFICATE, h->store_crt,
				     value, NULL);
		else if (strcmp(w, "key") == 0)
			finder_value(h->r, n, FINDER_KEY, h->store_key, value,
				     NULL);
		else if (strcmp(w, "issuer") == 0)
			finder_value(h->r, n, FINDER_CHAIN, h->store_crt,
				     value, NULL);
	}
}

static void bases(struct haproxy *h, const struct syntax_node *n)
{
	const char *value = syntax_value(n);

	if (strcmp(n->name, "ca-base") == 0)
		h->ca_base = value;
	else if (strcmp(n->name, "crt-base") == 0 && h->in_store)
		h->store_crt = value;
	else if (strcmp(n->name, "crt-base") == 0)
		h->crt_base = value;
	else if (strcmp(n->name, "key-base") == 0)
		h->store_key = value;
}

static void line(struct haproxy *h, struct syntax_node *n)
{
	struct finder_scope scope = {{NULL, 0}, {NULL, 0}};

	if (strcmp(n->name, "crt-store") == 0) {
		h->in_store = true;
		h->store_crt = h->crt_base;
		h->store_key = h->key_base;
	} else if (fnmatch("@(global|defaults|frontend|backend|listen)",
			   n->name, FNM_EXTMATCH) == 0) {
		h->in_store = false;
	} else if (strcmp(n->name, "bind") == 0 && n->n_words > 0) {
		addresses(h, n->words[0], &scope);
		words(h, n, 1, true, &scope);
	} else if (strcmp(n->name, "server") == 0 ||
		   strcmp(n->name, "default-server") == 0 ||
		   strcmp(n->name, "server-template") == 0) {
		words(h, n, 0, false, &scope);
	} else if (strcmp(n->name, "load") == 0 && h->in_store) {
		load(h, n);
	} else {
		bases(h, n);
	}
}

static int haproxy_read(struct finder_run *r, const char *file)
{
	const struct finder_how how = {
		.reader = syntax_lines, .options = &haproxy_syntax,
		.folders = true, .only = "*.cfg"};
	struct haproxy h = {.r = r};

	/* without a base, paths are relative to where it was started */
	h.crt_base = h.ca_base = h.key_base = finder_folder(r, file);
	h.store_crt = h.store_key = h.crt_base;
	finder_include(r, &r->tree.root, file, &how);
	for (struct syntax_node *n = r->tree.root.child; n && r->failed == 0;
	     n = n->next)
		line(&h, n);
	return 0;
}

static const char *const haproxy_files[] = {
	"/etc/haproxy/haproxy.cfg", "/etc/haproxy/conf.d",
	"/usr/local/etc/haproxy/haproxy.cfg",
	"/opt/rh/*/root/etc/haproxy/haproxy.cfg", NULL,
};
static const char *const haproxy_programs[] = {"haproxy", NULL};
static const struct finder_option haproxy_options[] = {
	{"-f", FINDER_ARG_FILE, NULL, FINDER_ROLES},
	{NULL, FINDER_ARG_FILE, NULL, FINDER_ROLES},
};

const struct finder finder_haproxy = {
	.name = "haproxy",
	.description = "bind and server lines, crt-list, crt-store, folders",
	.files = haproxy_files,
	.programs = haproxy_programs,
	.options = haproxy_options,
	.read = haproxy_read,
};
