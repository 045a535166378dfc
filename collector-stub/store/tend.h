/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that tends the history: at once and then every hour it notes who
 * has fallen silent and removes what is older than retention, in small
 * transactions with pauses, so that reports go on meanwhile. */
#ifndef CW_COLLECTOR_TEND_H
#define CW_COLLECTOR_TEND_H

#include "collector-stub/store/store.h"

struct tender;

/* ${url}: the database, opened anew for each round; ${retention} in seconds, 0:
 * for ever (what goes all the same: retain_before()).  Logs what fails in a
 * round.  0 or -errno. */
int tend_start(const char *url, int64_t retention, struct tender **ret);
/* Ends after the transaction under way.  NULL is allowed. */
void tend_stop(struct tender *t);

#endif
