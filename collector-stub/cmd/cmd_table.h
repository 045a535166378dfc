/* SPDX-License-Identifier: Apache-2.0 */
/* The records of the collector's subcommands. */
#ifndef CW_COLLECTOR_CMD_TABLE_H
#define CW_COLLECTOR_CMD_TABLE_H

#include "lib/cmd.h"

extern const struct cmd cmd_agents;
extern const struct cmd cmd_alert;
extern const struct cmd cmd_audit;
extern const struct cmd cmd_backup;
extern const struct cmd cmd_migrate;
extern const struct cmd cmd_check_config;
extern const struct cmd cmd_command;
extern const struct cmd cmd_doctor;
extern const struct cmd cmd_events;
extern const struct cmd cmd_init;
extern const struct cmd cmd_inventory;
extern const struct cmd cmd_key;
extern const struct cmd cmd_restore;
extern const struct cmd cmd_serve;
extern const struct cmd cmd_token;
extern const struct cmd cmd_user;

#endif
