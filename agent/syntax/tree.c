/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/syntax/tree.h"

#include <string.h>

#include "lib/limits.h"

void syntax_init(struct syntax_tree *t)
{
	*t = (struct syntax_tree){.nodes = 0};
	arena_init(&t->arena, LIMIT_SYNTAX_BYTES);
	t->root.name = "";
	t->root.file = "";
}

void syntax_reset(struct syntax_tree *t)
{
	arena_reset(&t->arena);
	t->nodes = 0;
	t->root = (struct syntax_node){.name = "", .file = ""};
}

void syntax_free(struct syntax_tree *t)
{
	arena_free(&t->arena);
	syntax_init(t);
}

static bool is_too_deep(const struct syntax_node *n)
{
	size_t depth = 0;

	for (; n; n = n->parent)
		depth++;
	return depth > LIMIT_SYNTAX_DEPTH;
}

struct syntax_node *syntax_add(struct syntax_tree *t,
			       struct syntax_node *parent, const char *name,
			       size_t len, unsigned int line)
{
	struct syntax_node *n = NULL;

	if (t->nodes >= LIMIT_SYNTAX_NODES || is_too_deep(parent))
		return NULL;
	n = arena_alloc(&t->arena, sizeof(*n));
	if (!n)
		return NULL;
	n->name = arena_str(&t->arena, name, len);
	if (!n->name)
		return NULL;
	n->parent = parent;
	n->file = parent->file;
	n->line = line;
	if (parent->last)
		parent->last->next = n;
	else
		parent->child = n;
	parent->last = n;
	t->nodes++;
	return n;
}

/* The list has room for the next power of two. */
bool syntax_word(struct syntax_tree *t, struct syntax_node *n,
		 const char *word, size_t len)
{
	size_t have = n->n_words;
	const char *copy = arena_str(&t->arena, word, len);

	if (!copy)
		return false;
	if ((have & (have - 1)) == 0) {
		const char **more = arena_alloc(&t->arena,
						(have ? 2 * have : 1) *
							sizeof(*more));

		if (!more)
			return false;
		if (have > 0)
			memcpy(more, n->words, have * sizeof(*more));
		n->words = more;
	}
	n->words[n->n_words++] = copy;
	return true;
}

const char *syntax_value(const struct syntax_node *n)
{
	return n->n_words > 0 ? n->words[0] : "";
}

struct syntax_node *syntax_child(const struct syntax_node *n,
				 const char *name)
{
	struct syntax_node *c = n->child;

	while (c && strcmp(c->name, name) != 0)
		c = c->next;
	return c;
}

const char *syntax_get(const struct syntax_node *n, const char *name)
{
	const struct syntax_node *c = syntax_child(n, name);

	return c && c->n_words > 0 ? c->words[0] : NULL;
}

void syntax_path(const struct syntax_node *n, char *ret, size_t cap)
{
	const struct syntax_node *chain[LIMIT_SYNTAX_DEPTH + 2] = {NULL};
	size_t depth = 0, at = 0;

	for (; n && n->parent && depth < LIMIT_SYNTAX_DEPTH + 2; n = n->parent)
		chain[depth++] = n;
	while (depth-- > 0) {
		size_t len = strlen(chain[depth]->name);

		if (len == 0)
			continue;
		if (at + len + 2 > cap)
			break;
		if (at > 0)
			ret[at++] = '.';
		memcpy(ret + at, chain[depth]->name, len);
		at += len;
	}
	ret[at] = '\0';
}

int syntax_fail(struct syntax_fault *f, int error, unsigned int line,
		const char *why)
{
	*f = (struct syntax_fault){line, why};
	return error;
}
