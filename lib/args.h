/* SPDX-License-Identifier: Apache-2.0 */
/* Options of a subcommand: "--name VALUE", "--name=VALUE", "--flag"; "--" ends
 * them, "-" is an operand. */
#ifndef CW_LIB_ARGS_H
#define CW_LIB_ARGS_H

#include <stdbool.h>
#include <stddef.h>

struct arg {
	const char *name;	/* "--format"; a table ends with NULL */
	const char **value;	/* takes a value, which is borrowed from argv */
	bool *flag;		/* or: is set; both NULL: is gathered */
};

/* Options and their values in the order in which they were given, borrowed. */
struct arg_values {
	struct {
		const char *name;	/* of the option: "--exclude" */
		const char *value;
	} items[256];
	size_t count;
};

/* Fills in what the options say and moves the operands to argv[1] and on.
 * Their number, or -EINVAL for what is not in the table or lacks its value
 * (which was logged). */
int args_parse(const struct arg *table, int argc, char **argv);
/* The same; an option with neither place takes a value, and each time that it
 * is given is added to ${gathered}. */
int args_gather(const struct arg *table, int argc, char **argv,
		struct arg_values *gathered);

/* The values of one option that may be given many times. */
#define ARGS_LIST 64
struct args_list {
	char *items[ARGS_LIST];
	size_t count;
};

/* Those of ${gathered} that option ${name} was given: 0, or -EINVAL where they
 * are too many (logged). */
int args_select(const struct arg_values *gathered, const char *name,
		struct args_list *ret);

#endif
