/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "agent/cmd/cmd_table.h"
#include "agent/config/config.h"
#include "agent/proc/supervisor.h"
#include "lib/args.h"
#include "lib/log.h"

static int run(int argc, char **argv)
{
	const char *config = NULL;
	const struct arg args[] = {
		{"--config", &config, NULL},
		{NULL, NULL, NULL},
	};
	int r;

	if (args_parse(args, argc, argv) != 0) {
		cmd_usage(&cmd_agent, true);
		return EXIT_USAGE;
	}
	r = supervisor_run(config);
	if (r == -EINVAL)
		return EXIT_USAGE;
	if (r < 0) {
		log_error("the agent cannot run: %s", strerror(-r));
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

const struct cmd cmd_agent = {
	.name = "agent",
	.arguments = "[--config FILE]",
	.summary = "scan and report until told to end",
	.help = "  --config FILE    another configuration than "
		AGENT_CONFIG_PATH "\n"
		"\n"
		"Scans at start and every interval, and reports to the\n"
		"collector that `certwalk enroll` has made known.  SIGHUP\n"
		"reads the configuration again, SIGTERM ends it.  systemd\n"
		"starts it as certwalk-agent.service.\n",
	.run = run,
};
