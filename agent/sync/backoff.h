/* SPDX-License-Identifier: Apache-2.0 */
/* How long to wait before the next try. */
#ifndef CW_AGENT_SYNC_BACKOFF_H
#define CW_AGENT_SYNC_BACKOFF_H

#include <stdint.h>

struct backoff {
	unsigned int failures;
};

/* Milliseconds to wait after one more failure: anything up to twice the bound
 * of the time before, the first bound being 1 s, the last ${most} seconds. */
int64_t backoff_next(struct backoff *b, int64_t most);
void backoff_reset(struct backoff *b);

/* The same, on top of the ${asked} seconds that the other side wants to be left
 * alone (-1: it does not say); at least 100 ms. */
int64_t backoff_after(struct backoff *b, int64_t asked, int64_t most);

/* Evenly spread over ${seconds} plus or minus a tenth: milliseconds. */
int64_t backoff_splay(int64_t seconds);

/* The value of a Retry-After field (RFC 9110 section 10.2.3) as seconds from
 * ${now}: a number, or a date in the fixed format (section 5.6.7), at least 0
 * and at most ${most}; -1 for anything else. */
int64_t backoff_retry_after(const char *value, int64_t now, int64_t most);

#endif
