/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/cmd/cmd_table.h"

#include <stddef.h>

const struct cmd *const cmd_table[] = {
	&cmd_init,
	&cmd_serve,
	&cmd_token,
	&cmd_agents,
	&cmd_inventory,
	&cmd_events,
	&cmd_key,
	&cmd_command,
	&cmd_audit,
	&cmd_doctor,
	&cmd_backup,
	&cmd_restore,
	&cmd_user,
	&cmd_migrate,
	&cmd_alert,
	&cmd_check_config,
	NULL
};
