/* SPDX-License-Identifier: Apache-2.0 */
/* What alerts are about: one file for each rule, NAME.ini in alerts_dir. */
#ifndef CW_COLLECTOR_RULE_H
#define CW_COLLECTOR_RULE_H

#include "lib/options.h"

#define RULE_NAME 65		/* bytes of a name and its NUL */

struct rule {
	char name[RULE_NAME];
	/* [alert] */
	char *subject;		/* certificates endpoints hosts ... */
	char *where;		/* lib/filter.h */
	char *severity;		/* info warning critical */
	struct option_list channels;
	int64_t hold;		/* seconds that it must be so before it is
				 * told */
	int64_t repeat;		/* seconds, 0: once */
	int64_t escalate_after;	/* seconds, 0: never */
	struct option_list escalate_to;
	bool tell_end;
	bool tell_first;	/* what is so when the rule is new */
	char *advice;
};

extern const struct option rule_options[];

/* Reads and checks ${dir}/NAME.ini, its filter too.  0; -ENOENT; -EINVAL;
 * -errno.  Every fault goes to ${fault}. */
int rule_load(const char *dir, const char *name, struct rule *ret,
	      void (*fault)(void *arg, const char *text), void *arg);
void rule_free(struct rule *r);

#endif
