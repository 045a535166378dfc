/* SPDX-License-Identifier: Apache-2.0 */
/* The supervisor's side of the find role: opens what it asks for, after checks
 * of its own, lists processes, keeps the bindings. */
#ifndef CW_AGENT_PROC_FIND_H
#define CW_AGENT_PROC_FIND_H

#include <poll.h>
#include <stdbool.h>

#include "agent/config/config.h"
#include "agent/inventory/binding.h"
#include "agent/proc/coverage.h"
#include "agent/proc/views.h"

struct find;

/* What a finder looked for, whether it is there or not: its real path if it is;
 * that of a folder ends with a slash. */
typedef void find_asked(void *arg, const char *path);

/* Where it goes; all outlive the role. */
struct find_sink {
	struct coverage *coverage;	/* what could not be read */
	struct bindings *bindings;	/* what was found */
	struct views *views;		/* of those who are not of the host */
	find_asked *asked;		/* may be NULL */
	void *arg;			/* of ${asked} */
};

/* Starts the role.  0 or -errno. */
int find_start(const struct agent_config *config, const struct find_sink *sink,
	       struct find **ret);

struct pollfd find_fd(const struct find *f);
/* Milliseconds until find_step() wants to be called anyway. */
int find_timeout(const struct find *f);
/* Does what can be done now: 0 goes on, 1 has come to its end, or -errno. */
int find_step(struct find *f);
void find_free(struct find *f);

#endif
