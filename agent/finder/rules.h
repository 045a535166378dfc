/* SPDX-License-Identifier: Apache-2.0 */
/* Services whose configuration is told by its keys alone. */
#ifndef CW_AGENT_FINDER_RULES_H
#define CW_AGENT_FINDER_RULES_H

#include "agent/finder/finder.h"
#include "agent/syntax/lines.h"

struct finder_rule {
	/* shell pattern of the node's path, names joined by dots; * also
	 * matches dots */
	const char *path;
	enum finder_role role;
	const char *port;	/* of FINDER_LISTEN without one, or NULL */
};

struct finder_rules {
	syntax_reader *reader;
	const void *options;
	const struct finder_rule *list;	/* ends with path NULL */
	/* what relative paths are relative to; NULL: the file's folder */
	const char *base;
	const char *separators;	/* between several values in one, or NULL */
	bool any_case;		/* of keys */
};

/* The common ones. */
extern const struct syntax_lines rules_ini, rules_properties, rules_words,
	rules_toml, rules_hcl;

/* For struct finder: reads the file and binds by the rules.  A name or address
 * belongs to all files that its section names. */
int finder_rules_read(struct finder_run *r, const char *file);

/* The same for what is in the tree below ${top}; paths begin there. */
void finder_rules_apply(struct finder_run *r, const struct syntax_node *top,
			const struct finder_rules *rules);

#endif
