/* SPDX-License-Identifier: Apache-2.0 */
/* The words of an action: a template cut into words, parameters put in. */
#ifndef CW_AGENT_COMMAND_WORDS_H
#define CW_AGENT_COMMAND_WORDS_H

#include "agent/command/action.h"

/* Can this template, with the action's parameters, ever be filled?  0, or
 * -EINVAL and ${why} (ACTION_REASON bytes). */
int words_check(const struct action *a, const char *template, char *why);

#endif
