/* SPDX-License-Identifier: Apache-2.0 */
/* A row as members of a JSON object, by the names of its fields: times as RFC
 * 3339, lists as arrays; what is missing is left out.
 *
 * What a hostile host reported can be long.  Values of more than
 * ROW_JSON_SHORT bytes share ROW_JSON_LONG bytes of a row: a text beyond them
 * is cut, a list left out, and the row has "truncated": true. */
#ifndef CW_COLLECTOR_ROW_JSON_H
#define CW_COLLECTOR_ROW_JSON_H

#include "collector-stub/query/query.h"
#include "lib/json.h"
#include "lib/limits.h"

#define ROW_JSON_SHORT 256
#define ROW_JSON_LONG KIB(256)

void row_json(struct json *j, const struct query_row *row);

#endif
