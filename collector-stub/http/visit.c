/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/http/visit.h"

#include <stdio.h>

#include "collector-stub/auth/attempts.h"
#include "collector-stub/http/server.h"
#include "lib/clock.h"
#include "lib/encode.h"
#include "lib/hash.h"

/* An id of share.h, whatever the name's length; no user is also a place. */
static void make_id(struct exchange *x, const char *user,
		    char ret[static STORE_AGENT_ID])
{
	char place[ATTEMPTS_PLACE] = "", text[ATTEMPTS_PLACE + 512];
	uint8_t hash[HASH_SIZE];
	int n = 0;

	if (!user)
		attempts_place(x->address, place);
	n = snprintf(text, sizeof(text), "%s %s", user ? "user" : "place",
		     user ? user : place);
	if (n >= (int)sizeof(text))
		n = (int)sizeof(text) - 1;
	hash_sha256(text, (size_t)n, hash);
	encode_hex(hash, STORE_AGENT_ID / 2 - 1, ret);
}

bool visit_is_refused(struct exchange *x, const char *user)
{
	struct share *s = x->server->visitors;
	char id[STORE_AGENT_ID];
	int wait = 0;

	make_id(x, user, id);
	wait = share_enter(s, id, clock_steady_ms());
	if (wait == 0) {
		share_leave(s, id, 0);
		return false;
	}
	reply_problem(&x->reply, 429, "too-often", user ?
		      "this user or token asks more often than it may" :
		      "more requests come from this address than may");
	x->reply.retry_after = wait;
	return true;
}
