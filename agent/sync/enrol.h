/* SPDX-License-Identifier: Apache-2.0 */
/* The exchange by which a host gets its identity. */
#ifndef CW_AGENT_SYNC_ENROL_H
#define CW_AGENT_SYNC_ENROL_H

#include "agent/sync/backoff.h"
#include "agent/sync/identity.h"
#include "agent/sync/outcome.h"
#include "lib/token.h"

/* Makes a key and has it certified by the collector that ${t} names; waits at
 * most ${timeout} seconds.  0; -ECONNREFUSED, and *ret_outcome tells why;
 * -EBADMSG for an answer that is not valid (*ret_why: the rule, static text);
 * -ENOMEM. */
int enrol(const struct token *t, int64_t timeout, struct identity *ret,
	  struct outcome *ret_outcome, const char **ret_why);

/* seconds for which a collector that says "later" is asked again: many hosts
 * that enrol together wait for their turn */
#define ENROL_PATIENCE 600

/* After an exchange that failed: milliseconds to wait before the next one, -1
 * where it would not help, or would come more than ENROL_PATIENCE after the
 * first, since which ${waited} milliseconds have passed. */
int64_t enrol_wait(struct backoff *b, const struct outcome *o, int64_t waited);

#endif
