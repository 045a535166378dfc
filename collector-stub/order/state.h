/* SPDX-License-Identifier: Apache-2.0 */
/* How a command stands, in words. */
#ifndef CW_COLLECTOR_ORDER_STATE_H
#define CW_COLLECTOR_ORDER_STATE_H

#include "collector-stub/store/store.h"
#include "lib/json.h"

/* The outcome (lib/outcome.h), or: cancelled, no answer, expired, to be signed,
 * delivered, waiting. */
const char *state_of_command(const struct store_command *c, int64_t now);

/* The members of a list's line. */
void state_json(struct json *j, const struct store_command *c, int64_t now);
/* Those of its result, where there is one. */
void state_json_result(struct json *j, const struct store_command *c);

#endif
