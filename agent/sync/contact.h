/* SPDX-License-Identifier: Apache-2.0 */
/* When to speak to the collector, as whom, and what to do when it does not
 * work: attempts, one at a time.  One attempt is a conversation (session.h),
 * or a renewal of the agent's own certificate followed by one. */
#ifndef CW_AGENT_SYNC_CONTACT_H
#define CW_AGENT_SYNC_CONTACT_H

#include "agent/proc/ipc.pb-c.h"
#include "agent/sync/backoff.h"
#include "agent/sync/host.h"
#include "agent/sync/http.h"
#include "agent/sync/keyring.h"
#include "agent/sync/session.h"

enum contact_doing { CONTACT_IDLE, CONTACT_SYNC, CONTACT_RENEW };

struct contact {
	const struct agent_config *config;	/* borrowed */
	struct state *state;			/* borrowed */
	struct host host;
	struct keyring keyring;
	struct session session;
	struct http *http;
	struct buf body;
	EVP_PKEY *new_key;		/* of the renewal under way */
	enum contact_doing doing;

	int64_t due;			/* of the next attempt, steady ms */
	int64_t renew_after;		/* not before this, steady ms */
	int64_t heartbeat;		/* seconds */
	struct backoff backoff, renew_backoff;

	struct outcome last;		/* of the last attempt */
	char disk_error[OUTCOME_TEXT];	/* of the last snapshot, or "" */
	int64_t last_attempt, last_success;
	char watching[512];	/* how changes are noticed, in words */
	int64_t asked;			/* when, steady ms */
	bool holding;			/* the collector may hold its reply */
	int64_t hurried;		/* by a result, steady ms */
	bool renew_now;			/* a command has asked for it */
	bool changed;			/* since contact_status() was told */
};

int contact_init(struct contact *c, const struct agent_config *config,
		 struct state *state);
void contact_free(struct contact *c);

/* Milliseconds until contact_step() has something to do; -1: the network
 * decides. */
int64_t contact_wait(const struct contact *c);
/* Starts an attempt where one is due. */
void contact_step(struct contact *c);
/* An exchange is over. */
void contact_take(struct contact *c, struct outcome *o);

/* There is a new snapshot, which the collector is to know of at once, or
 * (-errno) the reason why not. */
void contact_snapshot(struct contact *c, int result);
/* How changes are noticed between scans, for the status. */
void contact_watching(struct contact *c, const char *words, size_t len);

/* A command's result, packed: is sent at once, and until it is kept. */
void contact_result(struct contact *c, const uint8_t *data, size_t len);
/* A new certificate is wanted with the next attempt, which is now. */
void contact_renew(struct contact *c);

/* What to tell the supervisor and `certwalk status`; the strings belong to
 * ${c}. */
void contact_status(struct contact *c, Ipc__Status *ret);

#endif
