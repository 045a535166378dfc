/* SPDX-License-Identifier: Apache-2.0 */
/* What may open a locked keystore, as the supervisor finds it for the parse
 * role: passwords of the agent's configuration whose pattern fits the path, and
 * applications' configurations near it, which are opened here and read there.
 * No password stays in this process: the files of the agent's configuration are
 * read when an answer is sent, and wiped after it. */
#ifndef CW_AGENT_PROC_UNLOCK_H
#define CW_AGENT_PROC_UNLOCK_H

#include "agent/config/config.h"
#include "agent/proc/coverage.h"
#include "lib/limits.h"

/* Of one scan. */
struct unlock {
	const struct agent_config *config;
	struct coverage *coverage;
	char *folder;	/* that was last looked around; NULL: none */
	char *paths[LIMIT_APPCONF];	/* of the configurations seen there */
	uint8_t kinds[LIMIT_APPCONF];	/* places in appconf_table */
	size_t count;
	bool more;	/* than these, or than were looked at */
};

/* The answer to one question, until all of it was sent. */
struct unlock_answer {
	uint64_t id;	/* of the job; 0: there is none */
	char *path;
	int fds[LIMIT_APPCONF];
	uint8_t kinds[LIMIT_APPCONF];
	size_t count;
	size_t sent;
};

/* Checks the files that the configuration names; each fault is logged and noted
 * in the coverage.  Both outlive ${u}. */
void unlock_start(struct unlock *u, const struct agent_config *config,
		  struct coverage *coverage);
void unlock_end(struct unlock *u);

/* Does the configuration have passwords for this file? */
bool unlock_has_rule(const struct unlock *u, const ProtobufCBinaryData *path);

/* Finds and opens what may help with the file at ${path}.  0 or -ENOMEM. */
int unlock_find(struct unlock *u, uint64_t id, const ProtobufCBinaryData *path,
		struct unlock_answer *ret);

/* Sends what is left of it.  0: nothing is; -EAGAIN: the socket is full;
 * -errno. */
int unlock_send(struct unlock *u, struct unlock_answer *a, int sock);

/* Closes what was not sent. */
void unlock_forget(struct unlock_answer *a);

#endif
