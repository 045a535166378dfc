/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/finder/rules.h"

#include <fnmatch.h>
#include <string.h>
#include <strings.h>

#include "agent/syntax/xml.h"
#include "agent/syntax/yaml.h"
#include "lib/limits.h"
#include "proto/certwalk.pb-c.h"

const struct syntax_lines rules_ini = {
	.flags = LINES_ASSIGN | LINES_BRACKETS | LINES_SINGLE,
	.comments = "#;",
};
const struct syntax_lines rules_properties = {
	.flags = LINES_ASSIGN | LINES_COLON | LINES_BACKSLASH,
	.comments = "#!",
};
const struct syntax_lines rules_words = {
	.flags = LINES_SPLIT | LINES_SINGLE | LINES_COMMENT,
	.comments = "#",
};
const struct syntax_lines rules_toml = {
	.flags = LINES_ASSIGN | LINES_BRACKETS | LINES_SINGLE | LINES_LISTS |
		 LINES_COMMENT,
	.comments = "#",
};
const struct syntax_lines rules_hcl = {
	.flags = LINES_ASSIGN | LINES_BRACES | LINES_LISTS | LINES_COMMENT,
	.comments = "#",
};

/* The text itself instead of a file, plain or in base64: never told. */
static bool is_pem(const char *value)
{
	return strstr(value, "-----BEGIN") || strchr(value, '\n') ||
	       strncmp(value, "LS0tLS1CRUdJTi", 14) == 0 ||
	       strlen(value) > 4096;
}

void finder_value(struct finder_run *r, const struct syntax_node *line,
		  enum finder_role role, const char *base, const char *value,
		  const struct finder_scope *scope)
{
	if (strncmp(value, "file:", 5) == 0) {
		value += 5;
		if (strncmp(value, "//", 2) == 0)
			value += 2;
	}
	if (*value == '\0' || is_pem(value))
		return;
	if (strchr(value, '$') || strncmp(value, "{{", 2) == 0 ||
	    strncmp(value, "classpath:", 10) == 0) {
		finder_gap(r, CW__GAP_KIND__GAP_UNSUPPORTED, line,
			   "%s file: a variable in its path is not known",
			   finder_role_name(role));
		return;
	}
	finder_bind(r, line, role, finder_path(r, base, value), scope);
}

void rules_reader(const char *file, syntax_reader **ret,
		  const void **ret_options)
{
	static const struct {
		const char *end;
		syntax_reader *reader;
		const void *options;
	} known[] = {
		{".yml", syntax_yaml, NULL},
		{".yaml", syntax_yaml, NULL},
		{".json", syntax_yaml, NULL},
		{".xml", syntax_xml, NULL},
		{".toml", syntax_lines, &rules_toml},
		{".hcl", syntax_lines, &rules_hcl},
		{".properties", syntax_lines, &rules_properties},
	};
	size_t len = strlen(file);

	*ret = syntax_lines;
	*ret_options = &rules_ini;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t n = strlen(known[i].end);

		if (len > n && strcasecmp(file + len - n, known[i].end) == 0) {
			*ret = known[i].reader;
			*ret_options = known[i].options;
			return;
		}
	}
}

/* A node that says a name or an address. */
struct said {
	const struct syntax_node *node;
	const struct syntax_node *section;
	const struct finder_rule *rule;
	struct said *next;
};

struct rules {
	struct finder_run *r;
	const struct finder_rules *rules;
	const char *base;
	struct said *first, *last;
	size_t said;
};

static bool matches(const struct rules *k, const char *pattern,
		    const struct syntax_node *n)
{
	char path[1024];

	syntax_path(n, path, sizeof(path));
	return fnmatch(pattern, path,
		       k->rules->any_case ? FNM_CASEFOLD : 0) == 0;
}

static const struct finder_rule *rule_of(const struct rules *k,
					 const struct syntax_node *n)
{
	char path[1024];
	int flags = k->rules->any_case ? FNM_CASEFOLD : 0;

	/* an item is a value of its list */
	if (*n->name == '\0' || (n->n_words == 0 && !n->child))
		return NULL;
	syntax_path(n, path, sizeof(path));
	for (const struct finder_rule *u = k->rules->list; u->path; u++) {
		if (fnmatch(u->path, path, flags) == 0)
			return u;
	}
	return NULL;
}

static bool is_said(const struct finder_rule *u)
{
	return u->role == FINDER_NAME || u->role == FINDER_LISTEN;
}

/* The next node in the order of the text. */
static struct syntax_node *after(struct syntax_node *n)
{
	if (n->child)
		return n->child;
	while (n && !n->next)
		n = n->parent;
	return n ? n->next : NULL;
}

/* Calls for each value of a node: its words, and its items, each perhaps
 * several.  A named node below it is no value. */
static void each_value(struct rules *k, const struct syntax_node *n,
		       void (*use)(struct rules *k,
				   const struct syntax_node *line,
				   const char *value, void *arg),
		       void *arg)
{
	const char *separators = k->rules->separators;

	for (size_t i = 0; i < n->n_words; i++) {
		const char *w = n->words[i];

		if (!separators || is_pem(w)) {
			use(k, n, w, arg);
			continue;
		}
		for (w += strspn(w, separators); *w;
		     w += strspn(w, separators)) {
			size_t len = strcspn(w, separators);

			use(k, n, finder_text(k->r, "%.*s", (int)len, w),
			    arg);
			w += len;
		}
	}
	for (const struct syntax_node *c = n->child; c; c = c->next) {
		if (*c->name == '\0')
			each_value(k, c, use, arg);
	}
}

/* ------------------------------------------------------------ more files */

struct including {
	struct syntax_node *node;
	const struct finder_more *more;
};

static void include_value(struct rules *k, const struct syntax_node *line,
			  const char *value, void *arg)
{
	const struct including *i = arg;
	struct finder_how how = {.reader = k->rules->reader,
				 .options = k->rules->options,
				 .optional = i->more->optional,
				 .folders = i->more->folders,
				 .only = i->more->only};
	struct syntax_node *at = i->node;
	size_t len = 0;

	(void)line;
	if (*value == '\0')
		return;
	value = finder_path(k->r, finder_folder(k->r, i->node->file), value);
	len = strlen(value);
	if (len > 1 && value[len - 1] == '/')
		value = finder_text(k->r, "%.*s", (int)len - 1, value);
	if (!how.reader)
		how.reader_of = rules_reader;
	/* where sections do not go on in there, it hangs below the root */
	at = syntax_add(&k->r->tree, i->more->apart ? &k->r->tree.root : at, "",
			0, i->node->line);
	if (at)
		at->from = i->node;
	if (at)
		finder_include(k->r, at, value, &how);
}

static void includes(struct rules *k)
{
	size_t left = LIMIT_FINDER_NAMES;

	for (struct syntax_node *n = after(&k->r->tree.root);
	     n && k->r->failed == 0; n = after(n)) {
		const struct finder_more *m = k->rules->more;

		while (m && m->path && !matches(k, m->path, n))
			m++;
		if (!m || !m->path || (n->n_words == 0 && !n->child))
			continue;
		if (left-- == 0) {
			finder_gap(k->r, CW__GAP_KIND__GAP_TOO_LARGE, n,
				   "more includes than are read");
			return;
		}
		each_value(k, n, include_value, &(struct including){n, m});
		/* its own name is no part of paths below it */
		n->name = "";
	}
}

/* ----------------------------------------------------------------- scope */

static void collect(struct rules *k)
{
	for (struct syntax_node *n = after(&k->r->tree.root); n;
	     n = after(n)) {
		const struct finder_rule *u = rule_of(k, n);
		struct said *s = NULL;

		if (!u || !is_said(u) || k->said == LIMIT_BINDING_NAMES)
			continue;
		s = arena_alloc(&k->r->tree.arena, sizeof(*s));
		if (!s)
			return;
		*s = (struct said){.node = n, .section = n->parent, .rule = u};
		for (unsigned int i = 0; i < u->up && s->section->parent; i++)
			s->section = s->section->parent;
		if (k->last)
			k->last->next = s;
		else
			k->first = s;
		k->last = s;
		k->said++;
	}
}

struct adding {
	struct finder_scope *scope;
	const struct finder_rule *rule;
};

/* Schemes that TLS has no part in. */
static bool is_plain(const char *value)
{
	return strncasecmp(value, "http:", 5) == 0 ||
	       strncasecmp(value, "PLAINTEXT:", 10) == 0 ||
	       strncasecmp(value, "SASL_PLAINTEXT:", 15) == 0;
}

static void add_said(struct rules *k, const struct syntax_node *line,
		     const char *value, void *arg)
{
	struct adding *a = arg;
	const char *scheme = strstr(value, "://");

	(void)line;
	if (*value == '\0' || is_plain(value))
		return;
	if (scheme)
		value = finder_text(k->r, "%.*s",
				    (int)strcspn(scheme + 3, "/"), scheme + 3);
	if (a->rule->role == FINDER_NAME)
		finder_add(k->r, &a->scope->names, value);
	else
		finder_listen(k->r, a->scope, value, a->rule->port);
}

/* How many levels above the node the section is; -1: it is not above. */
static int distance(const struct syntax_node *n,
		    const struct syntax_node *section)
{
	int far = 0;

	for (n = n->parent; n && n != section; n = n->parent)
		far++;
	return n ? far : -1;
}

/* What is said in the nearest of the sections around the node. */
static void add_nearest(struct rules *k, const struct syntax_node *n,
			enum finder_role role, struct finder_scope *scope)
{
	int nearest = -1;

	for (const struct said *s = k->first; s; s = s->next) {
		int far = s->rule->role == role ? distance(n, s->section) : -1;

		if (far >= 0 && (nearest < 0 || far < nearest))
			nearest = far;
	}
	for (const struct said *s = k->first; s && nearest >= 0; s = s->next) {
		if (s->rule->role == role &&
		    distance(n, s->section) == nearest)
			each_value(k, s->node, add_said,
				   &(struct adding){scope, s->rule});
	}
}

/* -------------------------------------------------------------- bindings */

struct binding_of {
	const struct finder_rule *rule;
	struct finder_scope scope;
};

static void bind_value(struct rules *k, const struct syntax_node *line,
		       const char *value, void *arg)
{
	const struct binding_of *b = arg;

	for (const char *const *h = k->rules->homes; h && *h; h++) {
		size_t n = strlen(*h);

		if (strncmp(value, *h, n) != 0)
			continue;
		value = finder_path(k->r, k->base,
				    value + n + strspn(value + n, "/"));
		break;
	}
	finder_value(k->r, line, b->rule->role, k->base, value, &b->scope);
}

static void defaults(struct rules *k, const char *file)
{
	const struct finder_default *d = k->rules->defaults;
	const struct syntax_node line = {.file = file};

	for (; d && d->path; d++) {
		const struct finder_binding *b = k->r->first;
		const char *path = finder_path(k->r, k->base, d->path);

		while (b && b->role != d->role)
			b = b->next;
		if (!b && finder_is_there(k->r, path))
			finder_bind(k->r, &line, d->role, path, NULL);
	}
}

static const char *base_of(struct finder_run *r,
			   const struct finder_rules *rules, const char *file)
{
	const char *folder = finder_folder(r, file);
	const char *name = strrchr(folder, '/');

	if (rules->base)
		return rules->base;
	if (rules->below && name && strcmp(name + 1, rules->below) == 0)
		return finder_folder(r, folder);
	return folder;
}

void finder_rules_apply(struct finder_run *r, const struct finder_rules *rules,
			const char *file)
{
	struct rules k = {.r = r, .rules = rules};

	k.base = base_of(r, rules, file);
	includes(&k);
	collect(&k);
	for (struct syntax_node *n = after(&r->tree.root);
	     n && r->failed == 0; n = after(n)) {
		struct binding_of b = {.rule = rule_of(&k, n)};

		if (!b.rule || is_said(b.rule))
			continue;
		add_nearest(&k, n, FINDER_NAME, &b.scope);
		add_nearest(&k, n, FINDER_LISTEN, &b.scope);
		each_value(&k, n, bind_value, &b);
	}
	defaults(&k, file);
}

int finder_rules_read(struct finder_run *r, const char *file)
{
	const struct finder_rules *rules = r->finder->rules;
	const void *options = rules->options;
	syntax_reader *reader = rules->reader;

	if (!reader)
		rules_reader(file, &reader, &options);
	if (finder_load(r, &r->tree.root, file, reader, options))
		finder_rules_apply(r, rules, file);
	return 0;
}
