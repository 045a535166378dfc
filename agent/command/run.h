/* SPDX-License-Identifier: Apache-2.0 */
/* Runs one program and waits for its end: clean environment, closed
 * descriptors, own session and process group, resource limits, killed with all
 * that it has started at its timeout and at its end. */
#ifndef CW_AGENT_COMMAND_RUN_H
#define CW_AGENT_COMMAND_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct run_order {
	char *const *argv;	/* argv[0] is an absolute path */
	uid_t uid;
	gid_t gid;
	const char *user;	/* for its groups and environment */
	const char *home;
	int64_t timeout;	/* seconds */
	size_t output_limit;	/* bytes */
	const char *action;
	const char *id;		/* of the command */
	int stop;	/* a socket: once it is closed all is ended; or -1 */
};

enum run_end { RUN_EXITED, RUN_SIGNALLED, RUN_TIMED_OUT, RUN_FAILED };

struct run_result {
	enum run_end end;
	int status;		/* exit status or signal; -errno of a failure */
	/* output: the first and the last bytes, half of the limit each */
	uint8_t *head, *tail;
	size_t head_len, tail_len;
	uint64_t output;	/* bytes in all */
};

/* Returns when it has ended.  The caller is the reaper of all its descendants
 * (run_prepare()).  What cannot be started is RUN_FAILED.  Free the result
 * with run_free(). */
void run_program(const struct run_order *o, struct run_result *ret);
void run_free(struct run_result *r);

/* Makes the calling process the reaper of orphans below it: 0 or -errno. */
int run_prepare(void);

#endif
