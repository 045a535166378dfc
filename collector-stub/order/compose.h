/* SPDX-License-Identifier: Apache-2.0 */
/* Making a command and putting it into the queue. */
#ifndef CW_COLLECTOR_COMPOSE_H
#define CW_COLLECTOR_COMPOSE_H

#include "collector-stub/order/signer.h"
#include "lib/uuid.h"

/* What is ordered, of any host. */
struct compose {
	const char *action;
	Cw__Parameter **parameters;
	size_t n_parameters;
	const char *reason;
	int64_t not_before, expires;	/* seconds since 1970 */
	bool dry_run;
	const char *actor;		/* as audit_event() has it */
	int64_t needed;			/* signatures */
	/* rotate-keys: the next set */
	Cw__CommandKey **next_keys;
	size_t n_next_keys;
	uint32_t next_threshold;
};

/* One that it is ordered of. */
struct compose_target {
	char agent_id[STORE_AGENT_ID];
	char id[UUID_TEXT];		/* of its command, once it is queued */
	const char *host;		/* for the caller's use */
};

/* Makes the command for one agent, signs it by ${signer} (NULL: not yet), and
 * queues it.  Within a transaction.  0; -EFBIG above LIMIT_COMMAND; as
 * signer_sign(); or the store's error. */
int compose_queue(struct store *s, const struct compose *c,
		  const char *agent_id, struct signer *signer,
		  char ret_id[static UUID_TEXT]);

/* The same for all of them, in a transaction of its own: for all or none.  It
 * runs again where another was in its way. */
int compose_queue_all(struct store *s, const struct compose *c,
		      struct compose_target *targets, size_t n,
		      struct signer *signer);

/* Adds a signature to the command of that id, if a known key has made it.
 * Within a transaction.  0; -ENOENT no such command is open; -EACCES it is not
 * of a known key, or wrong; or the store's error. */
int compose_sign(struct store *s, const char *actor, const char *id,
		 const Cw__Signature *g);

#endif
