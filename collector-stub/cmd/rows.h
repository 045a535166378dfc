/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a question on standard output, by the names of their fields. */
#ifndef CW_COLLECTOR_ROWS_H
#define CW_COLLECTOR_ROWS_H

#include "collector-stub/cmd/session.h"

/* One as a line of JSON, with ${kind} as its first member unless that is NULL.
 * 0, -ENOMEM. */
int rows_print_json(const char *kind, const struct query_row *row);

/* All, or the first ${most} unless that is 0, as CSV: a column for each field
 * of the subject that one row has once.  An exit code; ${what} failed, as
 * session_query(). */
int rows_csv(struct session *s, const struct query *q, int64_t most,
	     const char *what);

#endif
