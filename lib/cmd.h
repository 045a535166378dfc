/* SPDX-License-Identifier: Apache-2.0 */
/* Subcommands.  Each program is a family of them: one file per subcommand,
 * cmd/NAME.c, that ends with its record; cmd_table.c lists them; usage, --help
 * and completion come from the records. */
#ifndef CW_LIB_CMD_H
#define CW_LIB_CMD_H

#include <stdbool.h>

/* Exit codes (fixed). */
enum {
	EXIT_DONE = 0,
	EXIT_MATCHED = 1,	/* done, and --fail-on matched */
	EXIT_USAGE = 2,		/* wrong usage or configuration */
	EXIT_INCOMPLETE = 3,	/* done, coverage is incomplete (--strict) */
	EXIT_FAILED = 4,	/* could not do it */
};

struct cmd {
	const char *name;
	const char *arguments;	/* "[--format table|jsonl] [PATH...]" */
	const char *summary;	/* one line */
	const char *help;	/* options and notes, for --help */
	/* argv[0] is the subcommand's name */
	int (*run)(int argc, char **argv);
};

/* A program's table ends with NULL: agent/cmd/cmd_table.c and so on. */
extern const struct cmd *const cmd_table[];

/* Prints the usage of ${c}, as --help does (standard output) or after wrong
 * usage (standard error). */
void cmd_usage(const struct cmd *c, bool wrong);

/* main() of a program: finds the subcommand; answers help, --help, --version */
int cmd_main(const char *program, const char *summary,
	     const struct cmd *const table[], int argc, char **argv);

#endif
