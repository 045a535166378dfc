/* SPDX-License-Identifier: Apache-2.0 */
/* The configured paths as they really are.
 *
 * A path may lead to a file system that does not answer, and a call on that
 * cannot be taken back.  So a process of its own asks, which is left behind
 * then: not a thread, since one that stands still in the kernel would keep its
 * process from being confined. */
#ifndef CW_AGENT_WALK_ROOTS_H
#define CW_AGENT_WALK_ROOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/walk/silence.h"
#include "lib/options.h"

struct root {
	char *path;	/* without symbolic links; after an error: how far that
			 * is known */
	mode_t mode;	/* of what is there */
	int error;	/* errno; ETIMEDOUT: no answer */
	bool silent;	/* it did not answer before, and was not asked */
};

struct roots {
	struct root *list;	/* as many as there are paths, in order */
	size_t count;
	const char **present;	/* the paths that are there; NULL at the end */
};

/* Asks for each path, ${seconds} at most; where one stands still, for the
 * others meanwhile.  ${silence} (NULL: none) is of these paths: those that it
 * has are not asked, and it is told of the others.  0, or -errno where that
 * cannot be done at all.  Starts processes, so it comes before the sandbox
 * closes.  roots_free() in both cases. */
int roots_find(struct roots *r, const struct option_list *paths,
	       int64_t seconds, struct silence *silence);
void roots_free(struct roots *r);

#endif
