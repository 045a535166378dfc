/* SPDX-License-Identifier: Apache-2.0 */
/* The two roles that deal with commands.
 *
 * "command" reads what the collector sent, verifies it, remembers it: it has
 * commands_dir and nothing else.  "exec" runs one allowed action: it is not
 * confined, since its action is not either, and it reads nothing from outside:
 * what it is told was verified, and the allow-list is its own to read. */
#ifndef CW_AGENT_COMMAND_COMMAND_H
#define CW_AGENT_COMMAND_COMMAND_H

#include "agent/config/config.h"

int command_role(int sock, const struct agent_config *config);
/* Makes the folders that the role writes to.  0; failures show later. */
int command_prepare(const struct agent_config *config);

int exec_role(int sock, const struct agent_config *config);

#endif
