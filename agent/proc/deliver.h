/* SPDX-License-Identifier: Apache-2.0 */
/* What a scan finds becomes locations: keys are matched with certificates,
 * files with the configuration lines that name them, endpoints with files.
 * What needs the whole scan for that waits here until its end. */
#ifndef CW_AGENT_PROC_DELIVER_H
#define CW_AGENT_PROC_DELIVER_H

#include "agent/inventory/binding.h"
#include "agent/inventory/join.h"
#include "agent/inventory/match.h"
#include "agent/inventory/owner.h"
#include "agent/proc/coverage.h"
#include "agent/proc/scan.h"

struct deliver {
	const struct scan_sink *sink;
	struct coverage *coverage;
	struct owners owners;
	struct match match;
	struct bindings bindings;	/* to be filled before the first file */
	struct join join;
};

/* ${ports}: listeners will be asked.  ${sink} and ${coverage} outlive it. */
void deliver_start(struct deliver *d, const struct scan_sink *sink,
		   struct coverage *coverage, bool ports);
void deliver_free(struct deliver *d);

/* ${bindings} are complete. */
void deliver_bound(struct deliver *d);
/* What was found in a file or a token: 0, or negative from the sink. */
int deliver_found(struct deliver *d, const Ipc__Candidate *place,
		  const Ipc__Finding *f);
/* The same for an endpoint, which is judged already. */
int deliver_endpoint(struct deliver *d, const Ipc__Candidate *place,
		     const Ipc__Finding *f);
/* The rest, at the end of the scan. */
int deliver_rest(struct deliver *d);

#endif
