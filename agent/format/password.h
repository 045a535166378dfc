/* SPDX-License-Identifier: Apache-2.0 */
/* The passwords that a locked keystore is tried with, and where each is from.
 * A password is never logged, reported or put into a message: only its source
 * is. */
#ifndef CW_AGENT_FORMAT_PASSWORD_H
#define CW_AGENT_FORMAT_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct password {
	const char *text;	/* UTF-8; NULL: no password at all */
	size_t len;
	const char *source;	/* as in Protection.opened_by */
	bool well_known;	/* anybody would try it */
	unsigned int rank;	/* see password_add() */
};

/* Where passwords come from, in the order in which they are tried: those that
 * the agent's configuration has for this file, none and the empty one, the
 * well-known defaults, those that an application's configuration names. */
enum password_class {
	PASSWORD_CONFIGURED,
	PASSWORD_EMPTY,
	PASSWORD_DEFAULT,
	PASSWORD_APPLICATION,
};

#define PASSWORD_SOURCE_CONFIGURED "config"

/* Adds one for the file at hand, of class CONFIGURED or APPLICATION, which is
 * copied; ${source} is borrowed for good.  In its class it goes before those of
 * a lower ${rank}.  One that is there already, is empty,
 * longer than LIMIT_PASSWORD or has a zero byte is left out.  0, -E2BIG above
 * LIMIT_PASSWORDS of the class, -ENOMEM. */
int password_add(enum password_class class, const void *text, size_t len,
		 unsigned int rank, const char *source);

/* Forgets what was added, and wipes it: the next file comes. */
void password_forget(void);

/* Has ${ask} called once, at the latest when all others were tried in vain; it
 * may add some.  ${first}: already before the first is tried.  Undone by
 * password_forget(). */
void password_ask(void (*ask)(void *arg), void *arg, bool first);

/* An attempt to open something.  ${budget} is in rounds of key derivation, see
 * pbe.h. */
struct password_try {
	enum password_class class;
	size_t next;
	uint64_t budget;
	bool is_beyond;	/* some were left out: too much work */
};

/* The next one, where trying it costs ${work} rounds; half of PBE_BUDGET is
 * kept for what follows the defaults.  False after the last.  ${ret} borrows,
 * and is valid until password_forget(). */
bool password_next(struct password_try *t, uint64_t work,
		   struct password *ret);

#endif
