/* SPDX-License-Identifier: Apache-2.0 */
/* Tells those who ask from one another, so that each has its share of the pool:
 * by the secret of a session or token that was good when it was last looked at,
 * else by the place that they ask from (attempts.h).  A secret that was made up
 * makes nobody new.  Says nothing of who may what.  All from any thread. */
#ifndef CW_COLLECTOR_PARTY_H
#define CW_COLLECTOR_PARTY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* secrets that are remembered; one that is pushed out counts as its place until
 * its next request */
#define PARTY_KNOWN 4096

/* All zero at first. */
struct party_known {
	atomic_ullong slots[PARTY_KNOWN];
};

/* ${secret} "": none was shown. */
uint64_t party_find(struct party_known *k, const char *secret,
		    const char *address);
/* It has been looked at. */
void party_note(struct party_known *k, const char *secret, bool good);

#endif
