/* SPDX-License-Identifier: Apache-2.0 */
/* One request and its reply.  It begins in a loop's thread, may pass through
 * the writer's, and ends in its loop's: who has it alone may touch it. */
#ifndef CW_COLLECTOR_EXCHANGE_H
#define CW_COLLECTOR_EXCHANGE_H

#include <uthash.h>

#include "collector-stub/http/reply.h"
#include "collector-stub/ingest/authenticate.h"
#include "collector-stub/store/store.h"

struct evhttp_request;
struct loop;
struct server;

struct exchange {
	struct exchange *next;		/* in whichever queue it is */
	struct server *server;
	struct loop *loop;
	struct evhttp_request *request;
	struct identity identity;	/* of the agents' listener only */
	const uint8_t *body;		/* borrowed from ${request} */
	size_t len;
	char address[46];	/* of the client; not of the agents' listener */
	uint64_t party;		/* whoever asks, likewise (api/party.h) */
	struct reply reply;
	int64_t hold;		/* seconds that it may be held back, or 0 */
	int64_t hold_until;	/* steady ms, while it is (order/hold.h) */
	UT_hash_handle hh;	/* of those that are */

	/* Of a reply in parts: asks for the next one, in the loop's thread,
	 * when the last has gone out. */
	void (*next_part)(struct exchange *x);
	bool begun;		/* the first part was sent */
	bool sending;		/* one is on its way */

	/* For the writer: runs within its transaction and fills ${reply}.
	 * 0, or a store's error: nothing of it was stored.  For the API's
	 * threads (api/pool.h) the same without a transaction. */
	int (*run)(struct exchange *x, struct store *s);
	/* Set by it, if at all: an entry of the audit log (order/audit.h), of
	 * ${work}'s memory.  All of a transaction are appended at its end, so
	 * that others do not wait for it longer than they must. */
	const char *audit;
	void *work;			/* what ${run} needs */
	void (*free_work)(void *work);
};

/* Hands it back to its loop, which sends the reply and frees it.  From any
 * thread. */
void exchange_finish(struct exchange *x);

#endif
