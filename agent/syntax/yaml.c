/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/syntax/yaml.h"

#include <errno.h>
#include <string.h>

#include "agent/syntax/library.h"
#include "lib/limits.h"

#define ANCHORS_MAX 256

struct level {
	struct syntax_node *node;
	bool mapping;
	bool has_key;		/* ${key} waits for its value */
	struct syntax_node *key;
};

struct yaml {
	const struct library_yaml *lib;
	struct syntax_tree *t;
	struct level levels[LIMIT_SYNTAX_DEPTH + 1];
	size_t depth;		/* of the innermost level */
	struct {
		const char *name;
		const struct syntax_node *node;
	} anchors[ANCHORS_MAX];
	size_t n_anchors;
	const char *why;
	bool ended;
};

static int full(struct yaml *y)
{
	y->why = "more than is read of one configuration";
	return -ENOBUFS;
}

static const struct syntax_node *anchored(const struct yaml *y,
					  const char *name)
{
	for (size_t i = y->n_anchors; i-- > 0;) {
		if (strcmp(y->anchors[i].name, name) == 0)
			return y->anchors[i].node;
	}
	return NULL;
}

static int remember(struct yaml *y, const yaml_char_t *name,
		    const struct syntax_node *node)
{
	const char *text = (const char *)name;

	if (!text)
		return 0;
	if (y->n_anchors == ANCHORS_MAX)
		return full(y);
	text = arena_str(&y->t->arena, text, strlen(text));
	if (!text)
		return full(y);
	y->anchors[y->n_anchors].name = text;
	y->anchors[y->n_anchors++].node = node;
	return 0;
}

/* Copies what is below ${from}; the tree's limits bound it, and its depth. */
static int copy(struct yaml *y, struct syntax_node *to,
		const struct syntax_node *from)
{
	for (size_t i = 0; i < from->n_words; i++) {
		if (!syntax_word(y->t, to, from->words[i],
				 strlen(from->words[i])))
			return full(y);
	}
	for (const struct syntax_node *c = from->child; c; c = c->next) {
		struct syntax_node *n = syntax_add(y->t, to, c->name,
						   strlen(c->name), c->line);
		int r = n ? copy(y, n, c) : full(y);

		if (r < 0)
			return r;
	}
	return 0;
}

static bool is_open(const struct yaml *y, const struct syntax_node *n)
{
	for (size_t i = 0; i <= y->depth; i++) {
		if (y->levels[i].node == n)
			return true;
	}
	return false;
}

/* The node that the next value belongs to. */
static struct syntax_node *place(struct yaml *y, unsigned int line)
{
	struct level *l = &y->levels[y->depth];

	if (l->mapping && l->has_key) {
		l->has_key = false;
		return l->key;
	}
	return syntax_add(y->t, l->node, "", 0, line);
}

static int scalar(struct yaml *y, const yaml_event_t *e, unsigned int line)
{
	struct level *l = &y->levels[y->depth];
	const char *text = (const char *)e->data.scalar.value;
	size_t len = e->data.scalar.length;
	struct syntax_node *n = NULL;

	if (memchr(text, '\0', len)) {
		y->why = "holds zero bytes";
		return -EBADMSG;
	}
	if (l->mapping && !l->has_key) {
		l->key = syntax_add(y->t, l->node, text, len, line);
		l->has_key = true;
		return l->key ? 0 : full(y);
	}
	n = place(y, line);
	if (!n || !syntax_word(y->t, n, text, len))
		return full(y);
	return remember(y, e->data.scalar.anchor, n);
}

static int alias(struct yaml *y, const yaml_event_t *e, unsigned int line)
{
	const struct syntax_node *from =
		anchored(y, (const char *)e->data.alias.anchor);
	struct level *l = &y->levels[y->depth];
	struct syntax_node *n = NULL;

	if (!from || is_open(y, from)) {
		y->why = "an alias of nothing, or of itself";
		return -EBADMSG;
	}
	/* "<<: *name" merges */
	if (l->mapping && l->has_key && strcmp(l->key->name, "<<") == 0) {
		l->has_key = false;
		return copy(y, l->node, from);
	}
	n = place(y, line);
	return n ? copy(y, n, from) : full(y);
}

static int opens(struct yaml *y, bool mapping, const yaml_char_t *anchor,
		 unsigned int line)
{
	struct level *l = &y->levels[y->depth];
	struct syntax_node *n = NULL;

	if (l->mapping && !l->has_key) {
		y->why = "a key that is not a text";
		return -EBADMSG;
	}
	if (y->depth == LIMIT_SYNTAX_DEPTH) {
		y->why = "nested too deeply";
		return -ENOBUFS;
	}
	n = place(y, line);
	if (!n)
		return full(y);
	y->levels[++y->depth] = (struct level){.node = n, .mapping = mapping};
	return remember(y, anchor, n);
}

static int event(struct yaml *y, const yaml_event_t *e)
{
	unsigned int line = (unsigned int)e->start_mark.line + 1;

	switch (e->type) {
	case YAML_SCALAR_EVENT:
		return scalar(y, e, line);
	case YAML_ALIAS_EVENT:
		return alias(y, e, line);
	case YAML_MAPPING_START_EVENT:
		return opens(y, true, e->data.mapping_start.anchor, line);
	case YAML_SEQUENCE_START_EVENT:
		return opens(y, false, e->data.sequence_start.anchor, line);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		y->depth--;
		return 0;
	case YAML_DOCUMENT_START_EVENT:
		y->n_anchors = 0;
		return 0;
	case YAML_STREAM_END_EVENT:
		y->ended = true;
		return 0;
	default:
		return 0;
	}
}

int syntax_yaml(struct syntax_tree *t, struct syntax_node *parent,
		const char *text, size_t len, const void *options,
		struct syntax_fault *ret)
{
	struct yaml y = {.lib = library_yaml(), .t = t};
	yaml_parser_t parser;
	unsigned int line = 0;
	int r = 0;

	(void)options;
	if (!y.lib)
		return syntax_fail(ret, -ENOTSUP, 0,
				   "libyaml is not installed");
	if (!y.lib->init(&parser))
		return syntax_fail(ret, -ENOMEM, 0, "no memory");
	y.levels[0].node = parent;
	y.lib->set_input(&parser, (const unsigned char *)text, len);
	while (r == 0 && !y.ended) {
		yaml_event_t e;

		if (!y.lib->next(&parser, &e)) {
			line = (unsigned int)parser.problem_mark.line;
			y.why = "is not well-formed YAML or JSON";
			r = -EBADMSG;
			break;
		}
		line = (unsigned int)e.start_mark.line;
		r = event(&y, &e);
		y.lib->delete_event(&e);
	}
	y.lib->delete(&parser);
	return r < 0 ? syntax_fail(ret, r, line + 1, y.why) : 0;
}
