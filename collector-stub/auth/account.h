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

/* What stands in place of a password's hash for a user who logs in at the
 * provider ${issuer}, where it is known as ${subject}: no password fits it. */
void account_mark(const char *issuer, const char *subject,
		  char ret[static STORE_USER_PASSWORD]);

/* Finds the user that the provider ${issuer} knows as ${subject}, whatever its
 * name, or makes one of that ${name}, and gives it ${role}; ROLE_NONE takes
 * away what it had.  0; -ENOENT where there is none and no role to make one;
 * -EEXIST where the name is another's; -EACCES where it is disabled; the
 * store's error. */
struct account_provider {
	const char *issuer, *subject;
};
int account_from_provider(struct store *s, const struct account_provider *p,
			  const char *name, enum role role,
			  struct store_user *ret);

/* May this user do anything while users of ${issuer} ("": of no provider) can
 * log in?  One of another provider may not; that of an older collector, which
 * did not note whose it is, may while there is one. */
bool account_is_served(const struct store_user *u, const char *issuer);

/* The first admin, by the one-time link of which this is the hash.  0; -ENOENT
 * where there is no such link any more; -EPERM where there is an admin;
 * -EINVAL, -EEXIST as account_add(). */
int account_set_up(struct store *s, const uint8_t link[static HASH_SIZE],
		   const char *address, const char *name,
		   const char *password);

struct account_change {
	enum role role;		/* ROLE_NONE: stays */
	int disabled;		/* 0, 1; -1: stays */
	const char *password;	/* NULL: stays */
	const char *was;	/* hash that it must still have, or NULL */
	const uint8_t *keep;	/* a session that does not end, or NULL */
};

/* Ends the user's sessions.  0; -ENOENT; -EPERM where no admin would be left;
 * -EINVAL as above; -ENOTSUP: a password for a user of a provider; -ESTALE
 * where the password is not ${was} any more; the store's error. */
int account_change(struct store *s, const char *actor, const char *name,
		   const struct account_change *c);
/* 0; -ENOENT; -EPERM as above; the store's error. */
int account_remove(struct store *s, const char *actor, const char *name);

#endif
