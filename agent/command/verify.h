/* SPDX-License-Identifier: Apache-2.0 */
/* Is this a command for this host, from those whom it trusts, and now?
 * (DESIGN section 9; proto/README.md, "Commands") */
#ifndef CW_AGENT_COMMAND_VERIFY_H
#define CW_AGENT_COMMAND_VERIFY_H

#include "agent/command/pins.h"
#include "proto/certwalk.pb-c.h"

#define VERIFY_REASON 256

struct verdict {
	Cw__Command *command;	/* NULL unless it is authentic */
	/* "" for a command that may be taken; else why not, for people */
	char reason[VERIFY_REASON];
};

/* Looks at a packed SignedCommand, in this order: signatures (enough pinned
 * keys, each counted once) over the payload's bytes; that the payload is a
 * Command, packed as only one way of packing can, with nothing in it that we
 * do not know; host; times (LIMIT_CLOCK_SKEW); that ${sequence}, the last one
 * taken, is below its own.  ${now}: seconds since 1970. */
void verify_command(const struct pins *pins, const uint8_t *data, size_t len,
		    uint64_t sequence, int64_t now, struct verdict *ret);
void verdict_free(struct verdict *v);

#endif
