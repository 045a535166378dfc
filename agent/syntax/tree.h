/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration file says, whatever its syntax: a tree of named nodes
 * with words.  One reader per syntax family fills it (lines.h, braces.h, xml.h,
 * yaml.h, erlang.h); all run where nothing can be opened, on text that may be
 * hostile. */
#ifndef CW_AGENT_SYNTAX_TREE_H
#define CW_AGENT_SYNTAX_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"

struct syntax_node {
	struct syntax_node *parent, *next;
	struct syntax_node *child, *last;
	/* of the node above an included file's: the line that includes it,
	 * where that is not its parent */
	const struct syntax_node *from;
	/* directive, key, element, "@attribute"; "" for an item of a list */
	const char *name;
	const char **words;	/* arguments; a value is one word */
	size_t n_words;
	const char *file;	/* that it stands in */
	unsigned int line;	/* from 1 */
};

struct syntax_tree {
	struct arena arena;	/* of nodes, words and all else */
	size_t nodes;
	struct syntax_node root;
};

/* Why a text was not read, or not to its end. */
struct syntax_fault {
	unsigned int line;
	const char *why;	/* static */
};

/* A reader: appends what is in ${text} below ${parent}.  ${options} are the
 * family's own.  0; -EBADMSG where it breaks the syntax, -ENOBUFS above a
 * limit, -ENOTSUP where a library is missing: ${ret} says where and why; what
 * stands before that is in the tree. */
typedef int syntax_reader(struct syntax_tree *t, struct syntax_node *parent,
			  const char *text, size_t len, const void *options,
			  struct syntax_fault *ret);

void syntax_init(struct syntax_tree *t);
/* Empties it and keeps some memory. */
void syntax_reset(struct syntax_tree *t);
void syntax_free(struct syntax_tree *t);

/* A new last child; it has its parent's file.  NULL above LIMIT_SYNTAX_NODES,
 * LIMIT_SYNTAX_DEPTH or the arena. */
struct syntax_node *syntax_add(struct syntax_tree *t,
			       struct syntax_node *parent, const char *name,
			       size_t len, unsigned int line);
/* Appends a word; false where there is no room. */
bool syntax_word(struct syntax_tree *t, struct syntax_node *n,
		 const char *word, size_t len);

/* The first word, or "". */
const char *syntax_value(const struct syntax_node *n);
/* The first (or next) child of that name, or NULL. */
struct syntax_node *syntax_child(const struct syntax_node *n,
				 const char *name);
/* The first word of that child, or NULL. */
const char *syntax_get(const struct syntax_node *n, const char *name);

/* Its names from the root down to it, joined by dots; list items have none.
 * Cut off where it does not fit. */
void syntax_path(const struct syntax_node *n, char *ret, size_t cap);

/* Sets the fault; returns ${error}. */
int syntax_fail(struct syntax_fault *f, int error, unsigned int line,
		const char *why);

#endif
