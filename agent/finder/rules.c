/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/finder/rules.h"

#include <fnmatch.h>
#include <string.h>

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

static bool is_pem(const char *value)
{
	return strncmp(value, "-----BEGIN", 10) == 0 || strchr(value, '\n');
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

/* A node that says a name or an address. */
struct said {
	const struct syntax_node *node;
	const struct finder_rule *rule;
	struct said *next;
};

struct rules {
	struct finder_run *r;
	const struct finder_rules *rules;
	struct said *first, *last;
	size_t said;
	size_t skip;	/* bytes of the top's own path */
};

static const struct finder_rule *rule_of(const struct rules *k,
					 const struct syntax_node *n)
{
	char path[1024];
	int flags = k->rules->any_case ? FNM_CASEFOLD : 0;
	size_t skip = k->skip;

	syntax_path(n, path, sizeof(path));
	if (skip > strlen(path))
		skip = strlen(path);
	for (const struct finder_rule *u = k->rules->list; u->path; u++) {
		if (fnmatch(u->path, path + skip, flags) == 0)
			return u;
	}
	return NULL;
}

static bool is_said(const struct finder_rule *u)
{
	return u->role == FINDER_NAME || u->role == FINDER_LISTEN;
}

/* The next node in the order of the text. */
static const struct syntax_node *after(const struct syntax_node *n,
				       const struct syntax_node *top)
{
	if (n->child)
		return n->child;
	while (n != top && !n->next)
		n = n->parent;
	return n == top ? NULL : n->next;
}

static void collect(struct rules *k, const struct syntax_node *top)
{
	for (const struct syntax_node *n = after(top, top); n;
	     n = after(n, top)) {
		const struct finder_rule *u = rule_of(k, n);
		struct said *s = NULL;

		if (!u || !is_said(u) || k->said == LIMIT_BINDING_NAMES)
			continue;
		s = arena_alloc(&k->r->tree.arena, sizeof(*s));
		if (!s)
			return;
		*s = (struct said){n, u, NULL};
		if (k->last)
			k->last->next = s;
		else
			k->first = s;
		k->last = s;
		k->said++;
	}
}

/* Calls for each value of a node: its words, and its items, each perhaps
 * several. */
static void each_value(struct rules *k, const struct syntax_node *n,
		       void (*use)(struct rules *k, const char *value,
				   void *arg),
		       void *arg)
{
	const char *separators = k->rules->separators;

	for (size_t i = 0; i < n->n_words; i++) {
		const char *w = n->words[i];

		if (!separators || is_pem(w)) {
			use(k, w, arg);
			continue;
		}
		for (w += strspn(w, separators); *w;
		     w += strspn(w, separators)) {
			size_t len = strcspn(w, separators);

			use(k, finder_text(k->r, "%.*s", (int)len, w), arg);
			w += len;
		}
	}
	for (const struct syntax_node *c = n->child; c; c = c->next) {
		if (*c->name == '\0')
			each_value(k, c, use, arg);
	}
}

struct adding {
	struct finder_scope *scope;
	const struct finder_rule *rule;
};

static void add_said(struct rules *k, const char *value, void *arg)
{
	struct adding *a = arg;

	if (*value == '\0')
		return;
	if (a->rule->role == FINDER_NAME)
		finder_add(k->r, &a->scope->names, value);
	else
		finder_listen(k->r, a->scope, value, a->rule->port);
}

/* What is said in the sections that the node stands in. */
static void scope_of(struct rules *k, const struct syntax_node *n,
		     struct finder_scope *scope)
{
	for (const struct said *s = k->first; s; s = s->next) {
		const struct syntax_node *up = n->parent;

		while (up && up != s->node->parent)
			up = up->parent;
		if (up)
			each_value(k, s->node, add_said,
				   &(struct adding){scope, s->rule});
	}
}

struct binding_of {
	const struct syntax_node *node;
	const struct finder_rule *rule;
	const char *base;
	struct finder_scope scope;
};

static void bind_value(struct rules *k, const char *value, void *arg)
{
	const struct binding_of *b = arg;

	finder_value(k->r, b->node, b->rule->role, b->base, value, &b->scope);
}

void finder_rules_apply(struct finder_run *r, const struct syntax_node *top,
			const struct finder_rules *rules)
{
	struct rules k = {.r = r, .rules = rules};
	char path[1024];

	syntax_path(top, path, sizeof(path));
	k.skip = *path ? strlen(path) + 1 : 0;
	collect(&k, top);
	for (const struct syntax_node *n = after(top, top);
	     n && r->failed == 0; n = after(n, top)) {
		struct binding_of b = {.node = n, .rule = rule_of(&k, n)};

		if (!b.rule || is_said(b.rule))
			continue;
		b.base = rules->base ? rules->base : finder_folder(r, n->file);
		scope_of(&k, n, &b.scope);
		each_value(&k, n, bind_value, &b);
	}
}

int finder_rules_read(struct finder_run *r, const char *file)
{
	const struct finder_rules *rules = r->finder->rules;

	if (finder_load(r, &r->tree.root, file, rules->reader, rules->options))
		finder_rules_apply(r, &r->tree.root, rules);
	return 0;
}
