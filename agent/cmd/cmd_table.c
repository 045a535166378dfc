/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/cmd/cmd_table.h"

#include <stddef.h>

const struct cmd *const cmd_table[] = {
	&cmd_scan,
	&cmd_probe,
	&cmd_agent,
	&cmd_enroll,
	&cmd_status,
	&cmd_actions,
	&cmd_log,
	&cmd_check_config,
	NULL
};
