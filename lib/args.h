/* SPDX-License-Identifier: Apache-2.0 */
/* Options of a subcommand: "--name VALUE", "--name=VALUE", "--flag"; "--" ends
 * them, "-" is an operand. */
#ifndef CW_LIB_ARGS_H
#define CW_LIB_ARGS_H

#include <stdbool.h>

struct arg {
	const char *name;	/* "--format"; a table ends with NULL */
	const char **value;	/* takes a value, which is borrowed from argv */
	bool *flag;		/* or: is set */
};

/* Fills in what the options say and moves the operands to argv[1] and on.
 * Their number, or -EINVAL for what is not in the table or lacks its value
 * (which was logged). */
int args_parse(const struct arg *table, int argc, char **argv);

#endif
