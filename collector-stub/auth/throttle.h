/* SPDX-License-Identifier: Apache-2.0 */
/* Who tries passwords is made to wait: after each failure above a number of
 * free ones, twice as long, up to a limit.  Kept per key, in memory; the
 * longest unused entry makes room. */
#ifndef CW_COLLECTOR_THROTTLE_H
#define CW_COLLECTOR_THROTTLE_H

#include <stddef.h>
#include <stdint.h>

#define THROTTLE_ENTRIES 4096

struct throttle;

/* ${free} failures cost nothing; the next one ${first} seconds, and none more
 * than ${longest}. */
struct throttle *throttle_new(int free, int64_t first, int64_t longest);
/* NULL is allowed. */
void throttle_free(struct throttle *t);

/* All from any thread; ${now} is clock_steady_ms().  Seconds that ${key} still
 * has to wait, rounded up, or 0. */
int64_t throttle_wait(struct throttle *t, const char *key, int64_t now);
void throttle_fail(struct throttle *t, const char *key, int64_t now);
void throttle_clear(struct throttle *t, const char *key);
/* Each key that begins so. */
void throttle_clear_all(struct throttle *t, const char *beginning);

#endif
