/* SPDX-License-Identifier: Apache-2.0 */
/* The family of subcommands.  One file per subcommand, agent/cmd/NAME.c, that
 * ends with its record; cmd_table.c lists them; usage, --help and completion
 * come from the records. */
#ifndef CW_AGENT_CMD_H
#define CW_AGENT_CMD_H

#include <stdbool.h>

/* Exit codes (fixed). */
enum {
	EXIT_DONE = 0,
	EXIT_MATCHED = 1,	/* done, and --fail-on matched */
	EXIT_USAGE = 2,		/* wrong usage or configuration */
	EXIT_INCOMPLETE = 3,	/* done, but coverage is incomplete (--strict) */
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

extern const struct cmd *const cmd_table[];	/* NULL-terminated */

/* Prints the usage of ${c}, as --help does (standard output) or after wrong
 * usage (standard error). */
void cmd_usage(const struct cmd *c, bool wrong);

/* main() of the program: finds the subcommand, answers --help, --version. */
int cmd_main(int argc, char **argv);

#endif
