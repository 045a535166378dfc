/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/check_config.h"

#include "collector-stub/cmd/cmd_table.h"
#include "collector-stub/config/config.h"

static int load(void *target, const char *path)
{
	return collector_config_load(target, path);
}

static int run(int argc, char **argv)
{
	struct collector_config c;
	const struct check_config k = {
		.cmd = &cmd_check_config,
		.table = collector_options,
		.manual = "certwalk-collector.ini(5)",
		.path = COLLECTOR_CONFIG_PATH,
		.target = &c,
		.load = load,
	};

	return check_config(&k, argc, argv);
}

const struct cmd cmd_check_config = {
	.name = "check-config",
	.arguments = CHECK_CONFIG_ARGUMENTS,
	.summary = "check the configuration",
	.help = CHECK_CONFIG_HELP
		"\nFILE is " COLLECTOR_CONFIG_PATH " where it is not given.\n",
	.run = run,
};
