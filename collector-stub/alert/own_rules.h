/* SPDX-License-Identifier: Apache-2.0 */
/* Which rules this collector has had.  Only of these it may say that they are
 * gone: one that it never had is another collector's on the same database.
 * Kept in alert-rules in state_dir, a name a line. */
#ifndef CW_COLLECTOR_OWN_RULES_H
#define CW_COLLECTOR_OWN_RULES_H

#include "collector-stub/alert/rule.h"

#define OWN_RULES 1000

struct own_rules {
	char path[4096];
	char names[OWN_RULES][RULE_NAME];
	size_t n;
	bool changed;		/* since they were kept */
};

/* 0, also where there are none yet, or -errno: ${o} is then empty, or has
 * those that could be read, and can be used. */
int own_rules_load(struct own_rules *o, const char *state_dir);

bool own_rules_have(const struct own_rules *o, const char *name);
/* 0, also where it is there already; -ENOBUFS. */
int own_rules_add(struct own_rules *o, const char *name);
void own_rules_remove(struct own_rules *o, const char *name);

/* Writes what has changed: 0 or -errno. */
int own_rules_keep(struct own_rules *o);

#endif
