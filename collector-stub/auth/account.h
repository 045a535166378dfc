/* SPDX-License-Identifier: Apache-2.0 */
/* Making and changing users, with an entry in the audit log: for the command
 * line and for REST.  Each is a transaction of its own. */
#ifndef CW_COLLECTOR_ACCOUNT_H
#define CW_COLLECTOR_ACCOUNT_H

#include "collector-stub/auth/role.h"
#include "collector-stub/store/store.h"

/* Letters, digits and "._@-", at most 64. */
bool is_account_name(const char *name);

/* ${actor} as audit_event() has it.  0; -EEXIST; -EINVAL where the password is
 * none to take (password_fault() says why) or the name is none; the store's
 * error. */
int account_add(struct store *s, const char *actor, const char *name,
		enum role role, const char *password);

struct account_change {
	enum role role;		/* ROLE_NONE: stays */
	int disabled;		/* 0, 1; -1: stays */
	const char *password;	/* NULL: stays */
	const char *was;	/* hash that it must still have, or NULL */
	const uint8_t *keep;	/* a session that does not end, or NULL */
};

/* Ends the user's sessions.  0; -ENOENT; -EPERM where no admin would be left;
 * -EINVAL as above; -ESTALE where the password is not ${was} any more; the
 * store's error. */
int account_change(struct store *s, const char *actor, const char *name,
		   const struct account_change *c);
/* 0; -ENOENT; -EPERM as above; the store's error. */
int account_remove(struct store *s, const char *actor, const char *name);

#endif
