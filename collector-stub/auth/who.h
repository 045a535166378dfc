/* SPDX-License-Identifier: Apache-2.0 */
/* Who a request is from: the user of a session, or an API token.  Both are
 * known by a secret, of which the store has the SHA-256. */
#ifndef CW_COLLECTOR_WHO_H
#define CW_COLLECTOR_WHO_H

#include "collector-stub/auth/role.h"
#include "collector-stub/store/store.h"

#define WHO_SESSION_COOKIE "__Host-certwalk"
#define WHO_TOKEN_PREFIX "cwt_"

#define WHO_SECRET 48		/* bytes of a secret's text and its NUL */

struct who {
	bool is_token;
	char name[STORE_USER_NAME];	/* of the token, or the user */
	char user[STORE_USER_NAME];	/* of a token: its owner */
	enum role role;
	uint8_t sha256[HASH_SIZE];
	char csrf[HASH_HEX];		/* of a session; else "" */
	char filter[STORE_ACCESS_FILTER];	/* of a token, of hosts */
	int64_t idle_until;		/* of a session */
	int64_t until;
};

/* How long a session lasts without use, and at all: seconds; the provider whose
 * users are let in, or "".  ${is_poll}: a timer asks, so nobody uses it. */
struct who_limits {
	int64_t idle;
	int64_t life;
	const char *issuer;
	bool is_poll;
};

/* 32 random bytes as text, after ${prefix}: 0 or -EIO. */
int who_secret(const char *prefix, char ret[static WHO_SECRET]);

/* Makes a session for ${user}: 0, or the store's error.  Within a transaction.
 * ${ret_secret} is the cookie's value. */
int who_log_in(struct store *s, const char *user, int64_t now,
	       const struct who_limits *limits,
	       char ret_secret[static WHO_SECRET]);

/* By the cookie's value; notes the use, unless it is a poll.  0; -EACCES where
 * there is no such session any more or its user may not; the store's error.
 * Not within a transaction. */
int who_by_session(struct store *s, const char *secret, int64_t now,
		   const struct who_limits *limits, struct who *ret);
/* The same by an API token.  It can do no more than its owner may now. */
int who_by_token(struct store *s, const char *token, int64_t now,
		 const struct who_limits *limits, struct who *ret);

#endif
