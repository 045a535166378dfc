/* SPDX-License-Identifier: Apache-2.0 */
/* What the roles that deal with commands may touch. */
#include "agent/command/command.h"
#include "agent/command/ledger.h"
#include "agent/proc/child.h"

static void command_paths(const struct agent_config *config,
			  struct sandbox_path *ret, size_t max)
{
	(void)max;
	ret[0] = (struct sandbox_path){config->commands_dir, SANDBOX_WRITE};
	ret[1] = (struct sandbox_path){LEDGER_RUN_DIR, SANDBOX_WRITE};
}

const struct role role_command = {
	.name = "command",
	.prepare = command_prepare,
	.run = command_role,
	.stays_root = true,
	.paths = command_paths,
};

const struct role role_exec = {
	.name = "exec",
	.run = exec_role,
	.stays_root = true,
	.unconfined = true,
};
