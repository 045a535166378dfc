/* SPDX-License-Identifier: Apache-2.0 */
/* The files that configurations name and that the walk does not come by,
 * because they lie in a container or another mount namespace: opened one by
 * one, for the parsers. */
#ifndef CW_AGENT_PROC_FOREIGN_H
#define CW_AGENT_PROC_FOREIGN_H

#include "agent/config/config.h"
#include "agent/inventory/binding.h"
#include "agent/proc/coverage.h"
#include "agent/proc/views.h"
#include "lib/frame.h"

struct foreign {
	const struct agent_config *config;
	const struct views *views;
	struct coverage *coverage;
	char **keys;		/* as views_key() says them */
	size_t n, next;
	size_t asked;		/* opens, and files that are named */
	struct buf candidate;	/* of the frame that is handed out */
};

/* Finds those of ${b} that lie in the paths that are scanned.  What it points
 * to outlives it.  What is above LIMIT_FOREIGN_FILES is left out, and told. */
void foreign_start(struct foreign *f, const struct agent_config *config,
		   const struct views *views, struct coverage *coverage,
		   const struct bindings *b);
void foreign_free(struct foreign *f);

/* The next one, as a frame of the walk (IPC_WALK_CANDIDATE), whose descriptor
 * is the caller's; its bytes last until the next call.  What cannot be opened
 * is told as a gap.  False after the last one. */
bool foreign_next(struct foreign *f, struct frame *ret);

#endif
