/* SPDX-License-Identifier: Apache-2.0 */
/* Lists: a page of JSON with the address of the next, or all pages in one
 * stream of JSON Lines or CSV.  A handler is asked again for each part of a
 * stream, and begins after the cursor of the last row.
 *
 *	r = list_begin(q, columns, &l);		-EINVAL: the reply tells
 *	for each row after l.after, in order:
 *		if (list_is_full(&l)) break;
 *		j = list_add(&l); json_...(j, ...); list_added(&l, cursor);
 *	return list_end(&l, r); */
#ifndef CW_COLLECTOR_LIST_H
#define CW_COLLECTOR_LIST_H

#include "collector-stub/api/api.h"

#define LIST_LIMIT 100		/* rows of a page, where none is asked for */
#define LIST_LIMIT_MAX 500

enum list_format { LIST_JSON, LIST_JSONL, LIST_CSV };

struct list {
	struct api *q;
	enum list_format format;
	const char *const *columns;	/* of CSV; ends with NULL */
	size_t limit;
	const char *after;		/* a row's cursor, or NULL */
	int64_t total;			/* -1: not told */
	struct json json;
	struct buf row;			/* of a stream: the present one */
	size_t n;
	bool more;
	char *cursor;			/* of the last row */
};

int list_begin(struct api *q, const char *const *columns, struct list *ret);
/* Notes that there is a further row. */
bool list_is_full(struct list *l);
/* The row's object is begun. */
struct json *list_add(struct list *l);
void list_added(struct list *l, const char *cursor);
/* Ends the reply; ${r} below 0 is passed on. */
int list_end(struct list *l, int r);

#endif
