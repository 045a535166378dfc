/* SPDX-License-Identifier: Apache-2.0 */
/* YAML and JSON by libyaml.  A key of a mapping is a node; a scalar is its
 * word; an item of a sequence is a node without a name.  Documents of one file
 * are nodes without a name below ${parent}.  An alias is replaced by a copy of
 * what it stands for; the limits of the tree bound that. */
#ifndef CW_AGENT_SYNTAX_YAML_H
#define CW_AGENT_SYNTAX_YAML_H

#include "agent/syntax/tree.h"

/* For syntax_reader; no options. */
int syntax_yaml(struct syntax_tree *t, struct syntax_node *parent,
		const char *text, size_t len, const void *options,
		struct syntax_fault *ret);

#endif
