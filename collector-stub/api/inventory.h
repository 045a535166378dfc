/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of the inventory, by collector-stub/query/. */
#ifndef CW_COLLECTOR_API_INVENTORY_H
#define CW_COLLECTOR_API_INVENTORY_H

#include "collector-stub/api/list.h"
#include "collector-stub/query/query.h"

/* As row_json(), but "host" is always there. */
void inventory_row(struct json *j, const struct query_row *row);
/* Of a row of hosts: was it not heard of for a day? */
bool inventory_is_silent(const struct query_row *row, int64_t now);
/* A text as the filter language takes it. */
void inventory_quote(struct buf *out, const char *text);
/* Answers that a filter, sort or cursor is wrong. */
int inventory_fault(struct api *q, const struct filter_fault *fault);

struct inventory_listing {
	const char *subject;
	const char *sort;	/* where none is asked for; NULL: subject's */
	const char *filter;	/* in place of ?filter=; or NULL */
	/* A member that rows have beside the subject's fields; or NULL. */
	const char *column;
	void (*add)(struct json *j, const struct query_row *row, void *arg);
	void *arg;
};

/* A list with ?filter, ?sort and ?count. */
int inventory_list(struct api *q, const struct inventory_listing *of);

#endif
