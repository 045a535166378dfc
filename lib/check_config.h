/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommand check-config of both programs. */
#ifndef CW_LIB_CHECK_CONFIG_H
#define CW_LIB_CHECK_CONFIG_H

#include "lib/cmd.h"
#include "lib/options.h"

struct check_config {
	const struct cmd *cmd;	/* for wrong usage */
	const struct option *table;
	const char *manual;	/* "certwalk.ini(5)" */
	const char *path;	/* read where none is named */
	void *target;		/* what load() fills */
	/* As agent_config_load(). */
	int (*load)(void *target, const char *path);
};

#define CHECK_CONFIG_ARGUMENTS "[--print | --example] [FILE]"
#define CHECK_CONFIG_HELP \
	"  --print    show the values in force, as a configuration file\n" \
	"  --example  show every option with its default, commented out\n"

/* Runs it; returns the exit code.  --mdoc, for the build, prints the options
 * for the manual. */
int check_config(const struct check_config *k, int argc, char **argv);

#endif
