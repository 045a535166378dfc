/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords in XML and YAML, by their trees.
 *
 * In XML they stand in three ways:
 *
 *	<Certificate certificateKeystorePassword="..."/>
 *	<Set name="KeyStorePassword">...</Set>
 *	<Set name="..."><Property name="KeyStorePassword" default="..."/></Set>
 *
 * In YAML a value's name is all names on its way, with dots between them, so
 * that "a.b: x" and "a: {b: x}" are the same. */
#include <errno.h>
#include <string.h>

#include "agent/appconf/appconf.h"
#include "agent/syntax/library.h"
#include "agent/syntax/xml.h"
#include "agent/syntax/yaml.h"

#define NAMINGS 16	/* values that name the keystore and are remembered */
#define ATTRIBUTES 32	/* of one element, among which is its name */

struct walk {
	const struct appconf *conf;
	const struct appconf_sink *sink;
	const struct syntax_node *namings[NAMINGS];
	size_t count;
};

void appconf_prepare(void)
{
	library_expat();
	library_yaml();
}

/* The next node of a subtree in the order of the text; NULL after the last. */
static const struct syntax_node *next(const struct syntax_node *n,
				      const struct syntax_node *top)
{
	if (n->child)
		return n->child;
	while (n != top && !n->next)
		n = n->parent;
	return n == top ? NULL : n->next;
}

static void find_namings(struct walk *w, const struct syntax_node *top)
{
	for (const struct syntax_node *n = top; n; n = next(n, top)) {
		for (size_t i = 0; i < n->n_words && w->count < NAMINGS; i++) {
			if (appconf_names_store(w->sink, n->words[i],
						strlen(n->words[i])))
				w->namings[w->count++] = n;
		}
	}
}

static bool is_above(const struct syntax_node *above,
		     const struct syntax_node *n)
{
	while (n && n != above)
		n = n->parent;
	return n;
}

/* Does what stands around a password name the keystore? */
static enum appconf_rank rank(const struct walk *w,
			      const struct syntax_node *n)
{
	enum appconf_rank best = APPCONF_ELSEWHERE;

	for (size_t i = 0; i < w->count; i++) {
		if (is_above(n->parent, w->namings[i]))
			return APPCONF_BESIDE;
		if (n->parent && is_above(n->parent->parent, w->namings[i]))
			best = APPCONF_NEAR;
	}
	return best;
}

static void take(const struct walk *w, const struct syntax_node *n)
{
	for (size_t i = 0; i < n->n_words; i++)
		appconf_value(w->sink, n->words[i], strlen(n->words[i]),
			      rank(w, n));
}

static bool is_key(const struct walk *w, const char *name)
{
	return appconf_is_key(w->conf, name, strlen(name));
}

/* ------------------------------------------------------------------- XML */

/* Is the value of an element a password?  Attributes are its first children. */
static bool is_named(const struct walk *w, const struct syntax_node *n)
{
	const struct syntax_node *a = n->child;

	if (is_key(w, n->name))
		return true;
	for (int i = 0; i < ATTRIBUTES && a && *a->name == '@'; i++) {
		if ((strcmp(a->name, "@name") == 0 ||
		     strcmp(a->name, "@key") == 0) &&
		    is_key(w, syntax_value(a)))
			return true;
		a = a->next;
	}
	return false;
}

/* Is the node in an element, or is it one, that is a password's? */
static bool is_inside(const struct walk *w, const struct syntax_node *n)
{
	for (; n && n->parent; n = n->parent) {
		if (is_named(w, n))
			return true;
	}
	return false;
}

static void take_xml(const struct walk *w, const struct syntax_node *n)
{
	bool is_value = strcmp(n->name, "@default") == 0 ||
			strcmp(n->name, "@value") == 0;

	if (*n->name != '@') {
		if (n->n_words > 0 && is_inside(w, n))
			take(w, n);
	} else if (is_key(w, n->name + 1) ||
		   (is_value && is_inside(w, n->parent))) {
		take(w, n);
	}
}

/* ------------------------------------------------------------------ YAML */

static void take_yaml(const struct walk *w, const struct syntax_node *n)
{
	char path[512];

	if (n->n_words == 0)
		return;
	syntax_path(n, path, sizeof(path));
	if (is_key(w, path))
		take(w, n);
}

/* ------------------------------------------------------------------ both */

static int read_tree(const struct appconf *c, const uint8_t *data, size_t len,
		     const struct appconf_sink *sink, syntax_reader *reader,
		     void (*visit)(const struct walk *w,
				   const struct syntax_node *n))
{
	struct walk w = { .conf = c, .sink = sink };
	struct syntax_fault fault = { 0 };
	struct syntax_tree t;
	int r = 0;

	syntax_init(&t);
	r = reader(&t, &t.root, (const char *)data, len, NULL, &fault);
	find_namings(&w, &t.root);
	for (const struct syntax_node *n = &t.root; n; n = next(n, &t.root))
		visit(&w, n);
	arena_wipe(&t.arena);
	syntax_free(&t);
	return r == -ENOBUFS ? -E2BIG : r;
}

int appconf_xml(const struct appconf *c, const uint8_t *data, size_t len,
		const struct appconf_sink *sink)
{
	return read_tree(c, data, len, sink, syntax_xml, take_xml);
}

int appconf_yaml(const struct appconf *c, const uint8_t *data, size_t len,
		 const struct appconf_sink *sink)
{
	return read_tree(c, data, len, sink, syntax_yaml, take_yaml);
}
