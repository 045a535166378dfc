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

/* At most one mode and one path: 0 or -EINVAL. */
static int arguments(int argc, char **argv, const char **ret_mode,
		     const char **ret_path)
{
	const char *mode = "";
	const char *path = NULL;
	bool options = true;

	for (int i = 1; i < argc; i++) {
		bool option = options && argv[i][0] == '-';

		if (option && strcmp(argv[i], "--") == 0)
			options = false;
		else if (option && !mode[0])
			mode = argv[i];
		else if (!option && !path)
			path = argv[i];
		else
			return -EINVAL;
	}
	*ret_mode = mode;
	*ret_path = path;
	return 0;
}

int check_config(const struct check_config *k, int argc, char **argv)
{
	const char *mode = NULL;
	const char *path = NULL;
	bool good = arguments(argc, argv, &mode, &path) == 0;

	if (good && (!mode[0] || strcmp(mode, "--print") == 0))
		return check(k, path, mode[0]);
	if (good && !path && strcmp(mode, "--example") == 0) {
		print_example(k);
	} else if (good && !path && strcmp(mode, "--mdoc") == 0) {
		options_print_mdoc(k->table, stdout);
	} else {
		cmd_usage(k->cmd, true);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}
