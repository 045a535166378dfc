/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/api/csv.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "lib/json_read.h"
#include "lib/limits.h"

#define COLUMNS_MAX 128

struct line {
	const char *const *columns;
	struct buf cells[COLUMNS_MAX];
	size_t n;
};

static void add_cell(struct buf *out, const char *text)
{
	if (*text && strchr("=+-@\t\r", *text) &&
	    text[strspn(text, "-0123456789.")])
		buf_addch(out, '\'');
	buf_adds(out, text);
}

static void quote(struct buf *out, const char *text)
{
	if (!text[strcspn(text, ",\"\r\n ")]) {
		buf_adds(out, text);
		return;
	}
	buf_addch(out, '"');
	for (; *text; text++) {
		if (*text == '"')
			buf_addch(out, '"');
		buf_addch(out, *text);
	}
	buf_addch(out, '"');
}

static int take(void *arg, const struct json_place *p, const char *value)
{
	struct line *l = arg;

	for (size_t i = 0; i < l->n && p->depth > 0; i++) {
		struct buf *cell = &l->cells[i];

		if (!p->keys[0] || strcmp(l->columns[i], p->keys[0]) != 0)
			continue;
		if (cell->len == 0)
			add_cell(cell, value);
		else if (buf_addch(cell, ' ') == 0)
			buf_adds(cell, value);
	}
	return 0;
}

void csv_head(struct buf *out, const char *const *columns)
{
	for (size_t i = 0; columns[i]; i++) {
		if (i > 0)
			buf_addch(out, ',');
		quote(out, columns[i]);
	}
	buf_adds(out, "\r\n");
}

int csv_row(struct buf *out, const char *const *columns, const char *json,
	    size_t len)
{
	struct line l = { .columns = columns };
	int r = 0;

	for (; l.n < COLUMNS_MAX && columns[l.n]; l.n++)
		buf_init(&l.cells[l.n], LIMIT_FACTS);
	r = columns[l.n] ? -E2BIG : json_read(json, len, take, &l);
	for (size_t i = 0; i < l.n; i++) {
		if (r == 0 && l.cells[i].failed)
			r = -ENOMEM;
		if (i > 0)
			buf_addch(out, ',');
		quote(out, buf_str(&l.cells[i]));
		buf_free(&l.cells[i]);
	}
	buf_adds(out, "\r\n");
	return r;
}
