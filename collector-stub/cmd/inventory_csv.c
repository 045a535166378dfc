/* SPDX-License-Identifier: Apache-2.0 */
/* The inventory as CSV: a line for each certificate, a column for each of its
 * fields. */
#include "collector-stub/cmd/inventory.h"

#include <errno.h>
#include <stdio.h>

#include "collector-stub/api/csv.h"
#include "collector-stub/query/row_json.h"
#include "lib/limits.h"

/* fields of a subject */
#define COLUMNS 96

static int print_buf(struct buf *b)
{
	if (b->failed)
		return -ENOMEM;
	return fwrite(b->data, 1, b->len, stdout) == b->len ? 0 : -EIO;
}

static int print_row(void *arg, const struct query_row *row)
{
	const char *const *columns = arg;
	struct buf json, line;
	struct json j;
	int r = 0;

	buf_init(&json, 16 * LIMIT_FACTS);
	buf_init(&line, 16 * LIMIT_FACTS);
	json_init(&j, &json);
	json_begin_object(&j, NULL);
	row_json(&j, row);
	json_end_object(&j);
	r = json.failed ? -ENOMEM : csv_row(&line, columns,
					    buf_str(&json), json.len);
	if (r == 0)
		r = print_buf(&line);
	buf_free(&json);
	buf_free(&line);
	return r;
}

int inventory_csv(struct session *s, const struct query *chosen)
{
	const char *columns[COLUMNS + 1] = { NULL };
	struct query q = *chosen;
	struct buf head;
	size_t n = 0;
	int r = 0;

	q.subject = query_subject("certificates");
	for (const struct query_field *f = q.subject->fields;
	     f->name && n < COLUMNS; f++)
		if (!f->several)
			columns[n++] = f->name;
	buf_init(&head, KIB(16));
	csv_head(&head, columns);
	r = print_buf(&head);
	buf_free(&head);
	if (r < 0)
		return session_failed(s, "the inventory cannot be printed");
	return session_query(s, &q, print_row, columns,
			     "the inventory cannot be listed");
}
