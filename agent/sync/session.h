/* SPDX-License-Identifier: Apache-2.0 */
/* One conversation with the collector: a row of SyncRequests, each followed by
 * its reply, until there is nothing more to say.  No network and no clock here.
 *
 *	difference			in parts, each a generation of its own
 *					with its own digest; what the collector
 *					has acknowledged is kept part by part
 *	everything (full)		in parts that share one generation and
 *					its digest; kept when the last one is
 *					acknowledged
 *	objects				that the replies asked for
 *	a word				coverage or host facts when they are
 *					new, or nothing: the heartbeat
 *
 * A reply RESYNC turns the conversation to a full sync, once. */
#ifndef CW_AGENT_SYNC_SESSION_H
#define CW_AGENT_SYNC_SESSION_H

#include "agent/sync/state.h"

enum session_kind { SESSION_PART, SESSION_OBJECTS, SESSION_WORD };

/* What a reply brings beside the inventory; either may be NULL. */
struct session_hooks {
	void (*command)(void *arg, const Cw__SignedCommand *c);
	/* the collector has these results */
	void (*kept)(void *arg, char **ids, size_t n);
	void *arg;
};

/* bytes of the results in one request, and of all that wait */
#define SESSION_RESULTS MIB(1)

struct session_result {
	char id[65];
	uint8_t *data;			/* cw.CommandResult, packed */
	size_t len;
	bool sent;			/* since it came */
};

struct session {
	struct state *state;		/* borrowed */
	const struct session_hooks *hooks;	/* borrowed, or NULL */
	struct session_result *results;
	size_t results_count, results_bytes;
	struct buf host;		/* packed HostFacts */
	uint8_t host_sha256[HASH_SIZE];
	uint64_t last;			/* highest generation of a full sync */
	bool full_wanted;		/* until a full sync has come through */

	/* while a conversation is under way */
	bool active;
	bool full;
	bool resynced;			/* a RESYNC was answered already */
	bool said;			/* at least one request was answered */
	bool stale;			/* state/current has been replaced */
	struct snapshot map;
	struct snapshot_span *added;
	size_t added_count, added_at;
	uint8_t *removed;		/* hashes */
	size_t removed_count, removed_at;
	struct hashset need;		/* marked: sent already */
	size_t object_at;
	size_t need_left;

	/* the request that waits for its reply */
	struct {
		enum session_kind kind;
		uint64_t generation;
		uint8_t *hashes;	/* of what it adds */
		size_t added, removed;
		int64_t started;	/* of the coverage in it, or 0 */
		bool last, host;
	} sent;
};

/* ${host} is packed. */
int session_init(struct session *s, struct state *state,
		 const Cw__HostFacts *host);
void session_free(struct session *s);

/* Starts a conversation.  1; 0 where there is no usable snapshot to speak of;
 * -errno. */
int session_begin(struct session *s);

/* Takes a result (a packed cw.CommandResult) to be sent until the collector
 * has it; one of the same command is replaced.  0; -EBADMSG where it is none;
 * -ENOBUFS where too many wait; -ENOMEM. */
int session_result(struct session *s, const uint8_t *data, size_t len);
/* Is there one that was not sent yet? */
bool session_has_result(const struct session *s);

/* To be called when state/current has been replaced: a conversation that is
 * under way starts anew with it after the reply that it waits for. */
void session_replaced(struct session *s);

/* Builds the next request into ${body} (emptied first).  1; 0 where nothing is
 * left to say; -errno. */
int session_request(struct session *s, struct buf *body);

/* Is the request that was built last the word alone (no part, no object)? */
bool session_is_word(const struct session *s);

/* Takes the reply.  0; -EBADMSG where it is not a valid one (*ret_why tells
 * the rule, static text); -ESTALE where a full sync was answered with RESYNC
 * as well; -errno.  ${ret_heartbeat}: seconds, 0 for the agent's setting. */
int session_reply(struct session *s, const uint8_t *data, size_t len,
		  int64_t *ret_heartbeat, const char **ret_why);

/* Ends it, wherever it is, and frees its memory; what was acknowledged stays
 * so. */
void session_end(struct session *s);

/* How many locations the collector does not know of, or knows in excess. */
void session_pending(struct session *s, uint64_t *ret_added,
		     uint64_t *ret_removed);

#endif
