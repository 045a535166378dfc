/* SPDX-License-Identifier: Apache-2.0 */
/* The records of the agent's subcommands. */
#ifndef CW_AGENT_CMD_TABLE_H
#define CW_AGENT_CMD_TABLE_H

#include "lib/cmd.h"

extern const struct cmd cmd_actions;
extern const struct cmd cmd_agent;
extern const struct cmd cmd_check_config;
extern const struct cmd cmd_enroll;
extern const struct cmd cmd_log;
extern const struct cmd cmd_probe;
extern const struct cmd cmd_scan;
extern const struct cmd cmd_status;

#endif
