/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/cmd/rows.h"

#include <errno.h>
#include <stdio.h>

#include "collector-stub/api/csv.h"
#include "collector-stub/query/row_json.h"
#include "lib/limits.h"

/* fields of a subject */
#define COLUMNS 96

struct csv {
	const char *columns[COLUMNS + 1];
	int64_t most, shown;
};

static int print_buf(const struct buf *b)
{
	if (b->failed)
		return -ENOMEM;
	return fwrite(b->data, 1, b->len, stdout) == b->len ? 0 : -EIO;
}

static void make_json(struct buf *out, const char *kind,
		      const struct query_row *row)
{
	struct json j;

	json_init(&j, out);
	json_begin_object(&j, NULL);
	if (kind)
		json_quoted(&j, "kind", kind);
	row_json(&j, row);
	json_end_object(&j);
}

int rows_print_json(const char *kind, const struct query_row *row)
{
	struct buf b;
	int r = 0;

	buf_init(&b, 16 * LIMIT_FACTS);
	make_json(&b, kind, row);
	buf_addch(&b, '\n');
	r = print_buf(&b);
	buf_free(&b);
	return r;
}

static int print_csv(void *arg, const struct query_row *row)
{
	struct csv *c = arg;
	struct buf json, line;
	int r = 0;

	buf_init(&json, 16 * LIMIT_FACTS);
	buf_init(&line, 16 * LIMIT_FACTS);
	make_json(&json, NULL, row);
	r = json.failed ? -ENOMEM : csv_row(&line, c->columns, buf_str(&json),
					    json.len);
	if (r == 0)
		r = print_buf(&line);
	buf_free(&json);
	buf_free(&line);
	return r == 0 && ++c->shown == c->most ? 1 : r;
}

int rows_csv(struct session *s, const struct query *q, int64_t most,
	     const char *what)
{
	struct csv c = { .most = most };
	struct buf head;
	size_t n = 0;
	int r = 0;

	for (const struct query_field *f = q->subject->fields;
	     f->name && n < COLUMNS; f++)
		if (!f->several)
			c.columns[n++] = f->name;
	buf_init(&head, KIB(16));
	csv_head(&head, c.columns);
	r = print_buf(&head);
	buf_free(&head);
	if (r < 0)
		return session_failed(s, what);
	return session_query(s, q, print_csv, &c, what);
}
