/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/check_config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void print_example(const struct check_config *k)
{
	printf("# SPDX-License-Identifier: Apache-2.0\n"
	       "#\n"
	       "# %s: every option with its default.  See %s.\n", k->path,
	       k->manual);
	options_print_example(k->table, stdout);
}

static int check(const struct check_config *k, const char *path, bool print)
{
	int res = k->load(k->target, path);

	if (res)
		return res == -ENOMEM ? EXIT_FAILED : EXIT_USAGE;
	if (print)
		options_print(k->table, k->target, stdout);
	else if (!path && access(k->path, F_OK) != 0)
		printf("%s is not there: the defaults are in force\nok\n",
		       k->path);
	else
		printf("ok\n");
	options_free(k->table, k->target);
	return EXIT_DONE;
}

int check_config(const struct check_config *k, int argc, char **argv)
{
	const char *mode = "";
	const char *path = NULL;
	bool options = true;

	for (int i = 1; i < argc; i++) {
		if (options && strcmp(argv[i], "--") == 0)
			options = false;
		else if (options && argv[i][0] == '-' && !mode[0])
			mode = argv[i];
		else if (!path && (!options || argv[i][0] != '-'))
			path = argv[i];
		else
			mode = "-";
	}
	if (!mode[0] || strcmp(mode, "--print") == 0)
		return check(k, path, mode[0]);
	if (strcmp(mode, "--example") == 0 && !path)
		print_example(k);
	else if (strcmp(mode, "--mdoc") == 0 && !path)
		options_print_mdoc(k->table, stdout);
	else {
		cmd_usage(k->cmd, true);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}
