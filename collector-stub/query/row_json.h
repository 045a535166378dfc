/* SPDX-License-Identifier: Apache-2.0 */
/* A row as members of a JSON object, by the names of its fields: times as RFC
 * 3339, lists as arrays; what is missing is left out. */
#ifndef CW_COLLECTOR_ROW_JSON_H
#define CW_COLLECTOR_ROW_JSON_H

#include "collector-stub/query/query.h"
#include "lib/json.h"

void row_json(struct json *j, const struct query_row *row);

#endif
