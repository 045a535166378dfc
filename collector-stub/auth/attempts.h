/* SPDX-License-Identifier: Apache-2.0 */
/* Who guesses passwords has to wait (throttle.h): long for a name from one
 * address and for an address whatever the name, briefly for a name from
 * anywhere, so that no stranger locks its owner out.  An address is an IPv4
 * address, also where it is mapped into IPv6, or the /64 of an IPv6 address. */
#ifndef CW_COLLECTOR_ATTEMPTS_H
#define CW_COLLECTOR_ATTEMPTS_H

#include <netinet/in.h>
#include <stdint.h>

struct attempts;

/* bytes of a place: an address as it is counted here, with its NUL */
#define ATTEMPTS_PLACE (INET6_ADDRSTRLEN + 4)
void attempts_place(const char *address, char ret[static ATTEMPTS_PLACE]);

struct attempts *attempts_new(void);
/* NULL is allowed. */
void attempts_free(struct attempts *a);

/* All from any thread; ${now} is clock_steady_ms().  Seconds that a login has
 * to wait, or 0; ${address} NULL: from wherever it comes; ${name} NULL, here
 * and below: no name was given, the address alone counts. */
int64_t attempts_wait(struct attempts *a, const char *name,
		      const char *address, int64_t now);
void attempts_fail(struct attempts *a, const char *name, const char *address,
		   int64_t now);
/* Forgives the name from there.  What the address has done to other names
 * stays. */
void attempts_good(struct attempts *a, const char *name, const char *address);
/* Forgives the name from everywhere. */
void attempts_forget(struct attempts *a, const char *name);

#endif
