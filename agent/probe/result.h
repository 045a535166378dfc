/* SPDX-License-Identifier: Apache-2.0 */
/* What a target has answered, as it grows. */
#ifndef CW_AGENT_PROBE_RESULT_H
#define CW_AGENT_PROBE_RESULT_H

#include "agent/probe/plan.h"
#include "agent/proc/ipc.pb-c.h"
#include "lib/buf.h"

struct result;

/* For ${t}, which outlives it.  NULL: no memory. */
struct result *result_new(const Ipc__ProbeTarget *t);
void result_free(struct result *r);

/* Takes in the answer to the plan's present question; ${ret_key} is the type of
 * the leaf's key, SUITE_ANY where there is none or another.  0 or -ENOMEM. */
int result_answer(struct result *r, const struct plan *p,
		  const struct reply *reply, enum suite_auth *ret_key);

/* Notes what ended the questions: a word for it, and a text. */
void result_fail(struct result *r, const char *failure, const char *reason);

/* The whole, valid as long as ${r}.  ${starttls} names the protocol. */
const Ipc__ProbeResult *result_finish(struct result *r, const struct plan *p,
				      const char *starttls);

#endif
