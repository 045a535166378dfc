/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a program's configuration: its option table, and then what spoils it
 * although each value by itself is well-formed.  Every fault is logged. */
#ifndef CW_LIB_CONFIG_H
#define CW_LIB_CONFIG_H

#include "lib/options.h"

struct config_check {
	const char *file;	/* stands before each message */
	int faults;
};

/* Logs a fault, "FILE: text", and counts it. */
void config_fault(struct config_check *k, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* ${value} of the option ${name} has to begin with a slash. */
void config_need_absolute(struct config_check *k, const char *name,
			  const char *value);

/* Fills ${target} with the defaults and ${path} over them, then has ${check}
 * look at all of it.  ${path} NULL: ${usual}, which need not exist.  0, -EINVAL
 * for any fault, -errno; on error ${target} holds nothing. */
int config_load(const struct option *table, void *target, const char *path,
		const char *usual,
		void (*check)(struct config_check *k, const void *target));

#endif
