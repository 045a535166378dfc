/* SPDX-License-Identifier: Apache-2.0 */
/* The passwords that a locked keystore is tried with, and where each is from.
 * A password is never logged, reported or put into a message: only its source
 * is. */
#ifndef CW_AGENT_FORMAT_PASSWORD_H
#define CW_AGENT_FORMAT_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

struct password {
	const char *text;	/* UTF-8; NULL: no password at all */
	size_t len;
	const char *source;	/* as in Protection.opened_by */
	bool well_known;	/* anybody would try it */
};

/* passwords that configuration may hand in */
#define PASSWORD_CONFIGURED_MAX 1000

/* Copies the NULL-terminated list, in place of the one before; NULL empties it.
 * 0, -E2BIG above the maximum, -ENOMEM; on error the list is empty. */
int password_configure(const char *const *list);

/* The one at place ${i}, from 0: the configured ones, then none, the empty one
 * and the well-known defaults.  False after the last.  ${ret} borrows from the
 * list and is valid until password_configure(). */
bool password_at(size_t i, struct password *ret);

#endif
