/* SPDX-License-Identifier: Apache-2.0 */
/* PKCS#11 tokens, as the supervisor sees them: asks which modules there are,
 * then starts a process for each, one after the other.  A module that hangs or
 * crashes costs its own time. */
#ifndef CW_AGENT_TOKEN_TOKENS_H
#define CW_AGENT_TOKEN_TOKENS_H

#include <poll.h>

#include "agent/config/config.h"
#include "agent/proc/child.h"
#include "agent/proc/coverage.h"
#include "agent/proc/ipc.pb-c.h"
#include "lib/frame.h"
#include "lib/limits.h"

/* What was found.  ${place} has the token and its URI as path.  Borrowed. */
typedef int tokens_take(void *arg, const Ipc__Candidate *place,
			const Ipc__Finding *f);

struct tokens {
	const struct agent_config *config;
	struct coverage *coverage;
	tokens_take *take;
	void *arg;
	struct child child;
	struct frame_receiver in;
	bool running;
	int64_t since;		/* of the process, steady ms */
	char *modules[LIMIT_TOKEN_MODULES];
	size_t n_modules;
	size_t at;		/* the next one */
	const char *module;	/* under work; NULL: they are listed */
	size_t found;		/* in it */
	/* for the coverage */
	bool absent;
	size_t n_tokens;
	size_t n_trust;		/* modules of trust anchors, left out */
	size_t n_not_enabled;
};

/* Starts, where the configuration wants it; what goes wrong is told in the
 * coverage.  ${coverage} and ${config} outlive it. */
void tokens_start(struct tokens *t, const struct agent_config *config,
		  struct coverage *coverage, tokens_take *take, void *arg);

/* While t->running: what to poll for, milliseconds until tokens_step() wants to
 * be called anyway. */
struct pollfd tokens_fd(const struct tokens *t);
int tokens_timeout(const struct tokens *t);
/* Does what can be done now; 0, or what ${take} returned below 0. */
int tokens_step(struct tokens *t);

void tokens_free(struct tokens *t);

#endif
