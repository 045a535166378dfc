/* SPDX-License-Identifier: Apache-2.0 */
/* Whose commands this host runs: the public keys that enrolment (or the
 * configuration) has pinned, and how many of them must have signed.  They lie
 * apart from the state directory, which the sync role may write:
 *
 *	agent-id: ID
 *	threshold: N
 *	key: 64 hex digits		any number of these
 */
#ifndef CW_AGENT_COMMAND_PINS_H
#define CW_AGENT_COMMAND_PINS_H

#include "agent/config/config.h"
#include "lib/limits.h"
#include "lib/signature.h"

#define PINS_FILE "pins"
#define PINS_AGENT_ID 129	/* bytes with the NUL */

struct pins {
	char agent_id[PINS_AGENT_ID];
	uint32_t threshold;
	size_t count;
	uint8_t keys[LIMIT_SIGNATURES][SIGNATURE_KEY];
	bool configured;	/* the keys are the configuration's */
};

/* Reads the file in commands_dir, and the configuration over it.  0; -ENOENT
 * where no key is pinned; -EPERM as file_read_secret(); -EBADMSG (*ret_why:
 * the rule that failed, static text); -errno. */
int pins_load(const struct agent_config *config, struct pins *ret,
	      const char **ret_why);

/* Replaces the file, durably: 0 or -errno. */
int pins_write(const struct agent_config *config, const struct pins *p);

/* NULL, or why these keys cannot be pinned (none, more than
 * LIMIT_SIGNATURES, one twice, a threshold that they cannot reach). */
const char *pins_fault(const struct pins *p);

#endif
