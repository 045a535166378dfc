/* SPDX-License-Identifier: Apache-2.0 */
/* Statements that end with ";" or hold a block in braces: nginx. */
#ifndef CW_AGENT_SYNTAX_BRACES_H
#define CW_AGENT_SYNTAX_BRACES_H

#include "agent/syntax/tree.h"

/* For syntax_reader; no options. */
int syntax_braces(struct syntax_tree *t, struct syntax_node *parent,
		  const char *text, size_t len, const void *options,
		  struct syntax_fault *ret);

#endif
