/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/query/row_json.h"

#include "lib/encode.h"

static void add_number(struct json *j, const struct query_field *f,
		       int64_t number)
{
	if (f->type == FILTER_TIME)
		json_time(j, f->name, number);
	else if (f->type == FILTER_BOOL)
		json_bool(j, f->name, number != 0);
	else
		json_number(j, f->name, number);
}

/* Takes ${len} bytes, unless they are few, from what is ${left}. */
static bool is_within(size_t len, size_t *left)
{
	if (len <= ROW_JSON_SHORT)
		return true;
	if (len > *left)
		return false;
	*left -= len;
	return true;
}

/* As much of a text as is left for it. */
static void add_cut(struct json *j, const char *name,
		    const struct store_value *v, size_t *left)
{
	size_t len = *left > ROW_JSON_SHORT ? *left : ROW_JSON_SHORT;

	*left = 0;
	json_bytes(j, name, v->data, utf8_cut(v->data, v->len, len));
}

void row_json(struct json *j, const struct query_row *row)
{
	size_t left = ROW_JSON_LONG;
	bool truncated = false;

	for (size_t i = 0; i < row->n; i++) {
		const struct query_field *f = row->fields[i];
		const struct store_value *v = &row->values[i];
		bool is_list = f->form == QUERY_LIST;

		if (v->type == STORE_NUMBER) {
			add_number(j, f, v->number);
		} else if (v->type != STORE_TEXT) {
			continue;
		} else if (!is_within(v->len, &left)) {
			truncated = true;
			if (!is_list)
				add_cut(j, f->name, v, &left);
		} else if (is_list) {
			json_raw(j, f->name, v->data, v->len);
		} else {
			json_bytes(j, f->name, v->data, v->len);
		}
	}
	if (truncated)
		json_bool(j, "truncated", true);
}
