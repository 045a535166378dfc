/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/query/row_json.h"

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

void row_json(struct json *j, const struct query_row *row)
{
	for (size_t i = 0; i < row->n; i++) {
		const struct query_field *f = row->fields[i];
		const struct store_value *v = &row->values[i];

		if (v->type == STORE_NUMBER)
			add_number(j, f, v->number);
		else if (v->type == STORE_TEXT && f->form == QUERY_LIST)
			json_raw(j, f->name, v->data, v->len);
		else if (v->type == STORE_TEXT)
			json_bytes(j, f->name, v->data, v->len);
	}
}
