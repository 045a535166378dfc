/* SPDX-License-Identifier: Apache-2.0 */
/* Login by OpenID Connect (Core 1.0, code flow with PKCE) at the provider of
 * section [oidc]: its discovery document and keys are fetched when they are
 * first needed and kept for an hour; keys are fetched again, at most once a
 * minute, where a token names one that is not known.  A provider that does not
 * answer is left alone for some seconds.  All but oidc_new() from any thread;
 * oidc_begin() and oidc_finish() block. */
#ifndef CW_COLLECTOR_OIDC_H
#define CW_COLLECTOR_OIDC_H

#include "collector-stub/auth/id_token.h"
#include "collector-stub/auth/login_flow.h"
#include "lib/buf.h"

#define OIDC_WHY 384		/* bytes of a message */

struct oidc;

/* *ret is NULL where none is configured; ${c} is used until oidc_free().
 * ${redirect} is where the provider sends browsers to.  0, -ENOMEM. */
int oidc_new(const struct collector_config *c, const char *redirect,
	     struct oidc **ret);
/* What is under way ends early, and nothing more begins. */
void oidc_stop(struct oidc *o);
/* Both: NULL is allowed. */
void oidc_free(struct oidc *o);

/* May another login talk to the provider now?  oidc_leave() after true. */
bool oidc_enter(struct oidc *o);
void oidc_leave(struct oidc *o);

/* Appends the address to which a browser is sent.  0; -EAGAIN, and ${ret_why}
 * tells, for the log, why it cannot be now. */
int oidc_begin(struct oidc *o, const struct login_flow *f, struct buf *out,
	       char ret_why[static OIDC_WHY]);

/* Was this flow not yet finished here?  True once. */
bool oidc_first_use(struct oidc *o, const struct login_flow *f);

/* Trades the code that the browser brought for an ID token, and verifies that;
 * claims that the configuration names and the token lacks are asked of the
 * provider's UserInfo endpoint, if it has one.  0; -EAGAIN as above; -EACCES
 * where code, token or that answer are not good. */
int oidc_finish(struct oidc *o, const struct login_flow *f, const char *code,
		struct id_token *ret, char ret_why[static OIDC_WHY]);

#endif
