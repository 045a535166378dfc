/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations whose statements end with the line: shell-like words, "key =
 * value", [sections], <Sections>, sections in braces. */
#ifndef CW_AGENT_SYNTAX_LINES_H
#define CW_AGENT_SYNTAX_LINES_H

#include "agent/syntax/tree.h"

enum {
	/* the first word is a key that = may follow; without LINES_SPLIT the
	 * rest of the line is its value */
	LINES_ASSIGN = 1,
	LINES_COLON = 2,	/* and ":" as well */
	LINES_SPLIT = 4,	/* the rest is words */
	LINES_BRACKETS = 8,	/* [section] until the next one */
	LINES_ANGLES = 16,	/* <Section words> ... </Section> */
	LINES_BRACES = 32,	/* section words { ... } */
	LINES_BACKSLASH = 64,	/* at the end of a line joins the next */
	LINES_INDENT = 128,	/* a line that begins with white space, too */
	LINES_FOLD = 2048,	/* the same, without its first character */
	LINES_COMMENT = 256,	/* after white space within a line, too */
	LINES_LISTS = 512,	/* [ a, b ] and ( a, b ) over many lines */
	LINES_SINGLE = 1024,	/* ' quotes as " does */
};

struct syntax_lines {
	unsigned int flags;
	const char *comments;	/* characters that begin one */
};

/* For syntax_reader; the options are a struct syntax_lines. */
int syntax_lines(struct syntax_tree *t, struct syntax_node *parent,
		 const char *text, size_t len, const void *options,
		 struct syntax_fault *ret);

#endif
