/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/check_config.h"

#include "agent/cmd/cmd_table.h"
#include "agent/config/config.h"

static int load(void *target, const char *path)
{
	return agent_config_load(target, path);
}

static int run(int argc, char **argv)
{
	struct agent_config c;
	const struct check_config k = {
		.cmd = &cmd_check_config,
		.table = agent_options,
		.manual = "certwalk.ini(5)",
		.path = AGENT_CONFIG_PATH,
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
		"\nFILE is " AGENT_CONFIG_PATH " where it is not given.\n",
	.run = run,
};
