/* SPDX-License-Identifier: Apache-2.0 */
/* Starting and ending the processes of a role. */
#ifndef CW_AGENT_PROC_CHILD_H
#define CW_AGENT_PROC_CHILD_H

#include <sys/types.h>

#include "agent/config/config.h"
#include "agent/proc/sandbox.h"

/* A role, named after what it may touch. */
struct role {
	const char *name;
	/* runs before the sandbox closes: loads what has to be loaded; may be
	 * NULL.  0 or -errno. */
	int (*prepare)(const struct agent_config *config);
	/* the role's whole work; ${sock} leads to the supervisor.  The process
	 * ends with the value that it returns (0 good). */
	int (*run)(int sock, const struct agent_config *config);
	struct sandbox sandbox;
	bool gives_way;		/* runs at the lowest priority, where set */
	bool owns_state;	/* the state directory's files are its own */
	bool stays_root;	/* does not change its user */
	bool unconfined;	/* its work is to run others' programs */
	/* the sandbox's paths depend on the configuration, or on what was
	 * prepared: fills them in.  May be NULL. */
	void (*paths)(const struct agent_config *config,
		      struct sandbox_path *ret, size_t max);
};

extern const struct role role_walk;
extern const struct role role_watch;
extern const struct role role_parse;
extern const struct role role_find;
extern const struct role role_sync;
extern const struct role role_token;
extern const struct role role_listen;
extern const struct role role_command;
extern const struct role role_exec;
extern const struct role role_metrics;

struct child {
	const struct role *role;
	pid_t pid;	/* 0: not running */
	int sock;	/* the supervisor's end */
};

/* Whom the roles run as when we are root: true and the configured user; false
 * where there is none, or we are not root.  A role that owns the state then
 * stays root without capabilities, the others become nobody. */
bool child_user(const struct agent_config *config, uid_t *ret_uid,
		gid_t *ret_gid);

/* Forks, confines, runs.  Our end of the socket does not block.  0, -errno. */
int child_start(struct child *c, const struct role *role,
		const struct agent_config *config);

/* Closes the socket and reaps.  ${patience} seconds until it is killed; 0:
 * killed at once.  The status as of waitpid(), or -1. */
int child_end(struct child *c, int patience);

/* "exited with 3", "was killed by signal 11 (Segmentation fault)" */
const char *child_fate(int status, char *text, size_t cap);

#endif
