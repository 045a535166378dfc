/* SPDX-License-Identifier: Apache-2.0 */
/* Who guesses passwords has to wait: after each failure above a number of free
 * ones twice as long, up to a limit; long for a name from one address and for
 * an address whatever the name, briefly for a name from anywhere, so that no
 * stranger locks its owner out.  An address is an IPv4 address, also where it
 * is mapped into IPv6, or the /64 of an IPv6 address.
 *
 * The store has the counts: all collectors on it count together, and none
 * forgets when it is started anew.  Errors are the store's. */
#ifndef CW_COLLECTOR_ATTEMPTS_H
#define CW_COLLECTOR_ATTEMPTS_H

#include <netinet/in.h>
#include <stdint.h>

#include "collector-stub/store/store.h"

/* bytes of a place: an address as it is counted here, with its NUL */
#define ATTEMPTS_PLACE (INET6_ADDRSTRLEN + 4)
void attempts_place(const char *address, char ret[static ATTEMPTS_PLACE]);

/* seconds after which a failure counts no more */
#define ATTEMPTS_LIFE 7200

/* Seconds that a login has to wait, or 0; ${name} NULL, here and below: no name
 * was given, the address alone counts. */
int attempts_wait(struct store *s, const char *name, const char *address,
		  int64_t now, int64_t *ret_wait);
/* The same for a name from wherever it comes. */
int64_t attempts_wait_of(const struct store_attempts *name, int64_t now);
/* Within a transaction. */
int attempts_fail(struct store *s, const char *name, const char *address,
		  int64_t now);
/* Forgives the name from there.  What the address has done to other names
 * stays. */
int attempts_good(struct store *s, const char *name, const char *address);
/* Forgives the name from everywhere. */
int attempts_forget(struct store *s, const char *name);

#endif
