/* SPDX-License-Identifier: Apache-2.0 */
/* How often anybody may ask at the port of enroll ([listen] max_rate): a user
 * or an API token that was verified, else the place that the request comes from
 * (auth/attempts.h).  By ingest/share.h, from any thread. */
#ifndef CW_COLLECTOR_VISIT_H
#define CW_COLLECTOR_VISIT_H

#include "collector-stub/http/exchange.h"

/* Counts the request, of ${user} or, where that is NULL, of ${x->address}.
 * True where that has had its share: the reply then tells, 429. */
bool visit_is_refused(struct exchange *x, const char *user);

#endif
