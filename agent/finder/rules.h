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
	/* a name or address belongs to the section that it stands in, or to
	 * one that is so many levels above; of several, the nearest counts */
	unsigned int up;
};

/* A key that names more files of the same kind. */
struct finder_more {
	const char *path;	/* as in a rule */
	bool folders;		/* a folder stands for what is in it */
	bool optional;		/* may be absent */
	const char *only;	/* names in a folder, or NULL */
	bool apart;		/* sections do not go on there: ini */
};

/* What is used where no key names another of that role, if it is there. */
struct finder_default {
	const char *path;	/* absolute, or below the base */
	enum finder_role role;
};

struct finder_rules {
	syntax_reader *reader;	/* NULL: by the file's name */
	const void *options;
	const struct finder_rule *list;	/* ends with path NULL */
	const struct finder_more *more;	/* ends with path NULL; or NULL */
	const struct finder_default *defaults;	/* the same */
	/* what relative paths are relative to; NULL: the start file's folder,
	 * or the one above where that one has the name ${below} */
	const char *base;
	const char *below;
	/* beginnings of paths that stand for the base: "${jetty.base}" */
	const char *const *homes;
	const char *separators;	/* between several values in one, or NULL */
	bool any_case;		/* of keys */
};

/* The common ones. */
extern const struct syntax_lines rules_ini, rules_properties, rules_words,
	rules_toml, rules_hcl;

/* YAML for .yml .yaml .json, TOML, HCL, properties, XML; else "key = value". */
void rules_reader(const char *file, syntax_reader **ret,
		  const void **ret_options);

/* For struct finder: reads the file and binds by the rules.  A name or address
 * belongs to all files that its section names. */
int finder_rules_read(struct finder_run *r, const char *file);

/* The same for what is in the tree already, by other rules than the
 * finder's. */
void finder_rules_apply(struct finder_run *r, const struct finder_rules *rules,
			const char *file);

#endif
