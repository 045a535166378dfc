/* SPDX-License-Identifier: Apache-2.0 */
/* CSV (RFC 4180) of JSON objects. */
#ifndef CW_COLLECTOR_CSV_H
#define CW_COLLECTOR_CSV_H

#include "lib/buf.h"

void csv_head(struct buf *out, const char *const *columns);

/* A line of those members of the object ${json} that ${columns} name; a list
 * has blanks between its texts.  A cell that a spreadsheet would take for a
 * formula gets a ' in front.  0 or -ENOMEM, -EBADMSG; -E2BIG above 128
 * columns. */
int csv_row(struct buf *out, const char *const *columns, const char *json,
	    size_t len);

#endif
