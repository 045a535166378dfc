/* SPDX-License-Identifier: Apache-2.0 */
/* When an action has run: cooldown and max_per_hour. */
#ifndef CW_AGENT_COMMAND_HISTORY_H
#define CW_AGENT_COMMAND_HISTORY_H

#include "agent/command/action.h"

/* Notes that ${a} runs at ${now}, durably, in commands_dir/history/NAME.  0;
 * -EACCES and ${reason} (ACTION_REASON bytes) where its limits forbid that;
 * -errno: it must not run. */
int history_enter(const struct agent_config *config, const struct action *a,
		  int64_t now, char *reason);

#endif
