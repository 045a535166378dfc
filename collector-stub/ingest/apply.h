/* SPDX-License-Identifier: Apache-2.0 */
/* The rules by which a sync changes the store (DESIGN section 8).
 *
 *	request                 row of the agent             outcome
 *	any                     none, or revoked             refused
 *	any                     has this epoch, generation   acknowledged,
 *	                        and digest, not pending      not applied again
 *	full                    any                          applied as a part
 *	heartbeat or diff       pending, or of another       resync
 *	                        epoch or base
 *	diff                    epoch and base fit           applied
 *
 * A diff must remove what is there, add what is not, and arrive at its digest;
 * otherwise nothing of it is applied and the answer is resync.  The parts of a
 * full state add up; only the last one removes what the full state does not
 * have, and its digest must fit; until then the agent is pending. */
#ifndef CW_COLLECTOR_APPLY_H
#define CW_COLLECTOR_APPLY_H

#include "collector-stub/ingest/decode.h"

enum apply_verdict {
	APPLY_ACKNOWLEDGED,
	APPLY_RESYNC,
	APPLY_REVOKED,
	APPLY_UNKNOWN,
};

struct apply_result {
	enum apply_verdict verdict;
	uint64_t generation;	/* that the store now has */
	bool enrolled;		/* its agent is new: of an existing PKI */
	struct buf need;	/* HASH_SIZE bytes for each lacking object */
};

/* Within a transaction of ${s}; nothing is durable before its commit.  0 and
 * the result (the caller frees ${need}), or the store's error: roll back. */
int apply_sync(struct store *s, const struct sync *in,
	       struct apply_result *ret);

#endif
