/* SPDX-License-Identifier: Apache-2.0 */
/* What an ID token claims (OpenID Connect Core 1.0 sections 2 and 3.1.3.7),
 * once its signature was verified, and what the provider tells beside it. */
#ifndef CW_COLLECTOR_ID_TOKEN_H
#define CW_COLLECTOR_ID_TOKEN_H

#include "collector-stub/auth/role.h"
#include "collector-stub/config/config.h"
#include "collector-stub/store/user.h"

#define ID_TOKEN_SUBJECT 256	/* bytes and a NUL (section 2) */

struct id_token {
	char subject[ID_TOKEN_SUBJECT];
	char name[STORE_USER_NAME];	/* "": none that a user can have */
	enum role role;		/* the greatest that its claims lead to */
	bool has_name, has_role;	/* the claim is there, good or not */
};

struct id_token_want {
	const struct collector_config *config;	/* section [oidc] */
	const char *nonce;
	int64_t since;		/* when this login began */
	int64_t now;
};

/* Reads and judges the claims, a JSON object of ${len} bytes in ${text}.
 * Clocks may differ by LIMIT_CLOCK_SKEW seconds.  0; -EACCES, and *ret_why is
 * a static text; -ENOMEM. */
int id_token_read(const uint8_t *text, size_t len,
		  const struct id_token_want *want, struct id_token *ret,
		  const char **ret_why);

/* Adds to ${t} the claims that it has not, from an answer of the UserInfo
 * endpoint (section 5.3.2), whose sub has to be the token's.  As above. */
int id_token_complete(const uint8_t *text, size_t len,
		      const struct collector_config *c, struct id_token *t,
		      const char **ret_why);

#endif
