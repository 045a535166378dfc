/* SPDX-License-Identifier: Apache-2.0 */
/* What the sync role may touch: its own state, the collector, and what a name
 * look-up reads. */
#include "agent/proc/child.h"
#include "agent/sync/sync.h"

static void sync_paths(const struct agent_config *config,
		       struct sandbox_path *ret, size_t max)
{
	const char *const own[] = {config->certificate, config->key,
				   config->ca};
	size_t n = 0;

	ret[n++] = (struct sandbox_path){config->state_dir, SANDBOX_WRITE};
	for (size_t i = 0; i < 3; i++) {
		if (*own[i])
			ret[n++] = (struct sandbox_path){own[i], SANDBOX_READ};
	}
	for (size_t i = 0; sync_reads[i] && n < max; i++)
		ret[n++] = (struct sandbox_path){sync_reads[i], SANDBOX_READ};
}

const struct role role_sync = {
	.name = "sync",
	.run = sync_role,
	.sandbox = {.network = true},
	.owns_state = true,
	.paths = sync_paths,
};
