/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/api/inventory.h"

#include <errno.h>
#include <string.h>

#include "collector-stub/api/handlers.h"
#include "collector-stub/query/row_json.h"

/* fields of one subject */
#define FIELDS_MAX 96

/* a host is silent after this many seconds */
#define SILENT 86400

void inventory_row(struct json *j, const struct query_row *row)
{
	const struct store_value *host = query_value(row, "host");

	if (host && host->type == STORE_NULL)
		json_quoted(j, "host", "");
	row_json(j, row);
}

bool inventory_is_silent(const struct query_row *row, int64_t now)
{
	const struct store_value *created = query_value(row, "created");
	const struct store_value *seen = query_value(row, "last_seen");
	const struct store_value *revoked = query_value(row, "revoked");
	int64_t last = seen && seen->number > 0 ? seen->number :
		created ? created->number : 0;

	return !(revoked && revoked->number) && last + SILENT < now;
}

void inventory_quote(struct buf *out, const char *text)
{
	buf_addch(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_addch(out, '\\');
		buf_addch(out, *text);
	}
	buf_addch(out, '"');
}

struct listing {
	struct list list;
	const struct inventory_listing *of;
};

static int add_row(void *arg, const struct query_row *row)
{
	struct listing *g = arg;
	struct json *j = NULL;

	if (list_is_full(&g->list))
		return 1;
	j = list_add(&g->list);
	inventory_row(j, row);
	if (g->of->add)
		g->of->add(j, row, g->of->arg);
	list_added(&g->list, row->cursor);
	return 0;
}

int inventory_fault(struct api *q, const struct filter_fault *fault)
{
	struct json j;

	if (fault->column == 0)
		return api_problem(q, 400, "bad-request", "%s", fault->text);
	reply_begin_problem(&q->exchange->reply, &j, 400, "bad-filter",
			    fault->text);
	json_number(&j, "column", (int64_t)fault->column);
	json_end_object(&j);
	return 0;
}

static int add_total(void *arg, const struct store_value *value, int64_t count)
{
	struct listing *g = arg;

	(void)value;
	g->list.total = count;
	return 0;
}

/* Where it is asked for, and only once. */
static int count(struct listing *g, const struct query *k,
		 struct filter_fault *fault)
{
	const char *word = api_query(g->list.q, "count");

	if (word && strcmp(word, "true") != 0 && strcmp(word, "false") != 0) {
		*fault = (struct filter_fault){
			.text = "count is true or false" };
		return -EINVAL;
	}
	if (!word || strcmp(word, "true") != 0 || k->after)
		return 0;
	return query_count(g->list.q->store, k, NULL, 0, add_total, g, fault);
}

/* The names of all fields that rows have. */
static const char **columns_of(struct api *q, const struct query_subject *s,
			       const char *column)
{
	const char **names = arena_alloc(&q->arena, (FIELDS_MAX + 3) *
					 sizeof(*names));
	size_t n = 0;

	for (const struct query_field *f = s->fields; names && f->name; f++)
		if (!f->several && n < FIELDS_MAX)
			names[n++] = f->name;
	if (names && column)
		names[n++] = column;
	if (names)
		names[n] = "truncated";
	return names;
}

int inventory_list(struct api *q, const struct inventory_listing *of)
{
	const struct query_subject *s = query_subject(of->subject);
	struct listing g = { .of = of };
	struct filter_fault fault = { .column = 0 };
	struct query k = { .subject = s, .now = q->now, .sort = of->sort };
	const char *const *columns = columns_of(q, s, of->column);
	int r = 0;

	if (!columns)
		return -ENOMEM;
	if (list_begin(q, columns, &g.list) < 0)
		return 0;
	if (api_query(q, "sort"))
		k.sort = api_query(q, "sort");
	k.filter = of->filter ? of->filter : api_query(q, "filter");
	k.scope = q->who.filter[0] ? q->who.filter : NULL;
	k.after = g.list.after;
	k.limit = g.list.limit + 1;
	r = count(&g, &k, &fault);
	if (r == 0)
		r = query_rows(q->store, &k, add_row, &g, &fault);
	if (r >= 0)
		return list_end(&g.list, r);
	list_end(&g.list, r);
	return r == -EINVAL ? inventory_fault(q, &fault) :
		api_failed(q, r, "row");
}

static int plain(struct api *q, const char *subject, const char *sort)
{
	const struct inventory_listing of = { .subject = subject,
					      .sort = sort };

	return inventory_list(q, &of);
}

int inventory_certificates(struct api *q)
{
	return plain(q, "certificates", NULL);
}

int inventory_locations(struct api *q)
{
	return plain(q, "locations", NULL);
}

/* The worst first. */
int inventory_endpoints(struct api *q)
{
	return plain(q, "endpoints", "-severity");
}

static void add_silent(struct json *j, const struct query_row *row, void *now)
{
	json_bool(j, "silent", inventory_is_silent(row, *(int64_t *)now));
}

int inventory_hosts(struct api *q)
{
	const struct inventory_listing of = {
		.subject = "hosts", .column = "silent", .add = add_silent,
		.arg = &q->now,
	};

	return inventory_list(q, &of);
}

int inventory_commands(struct api *q)
{
	return plain(q, "commands", NULL);
}

int inventory_events(struct api *q)
{
	return plain(q, "events", NULL);
}

static void add_fields(struct json *j, const struct query_subject *s)
{
	static const char *const types[] = {
		[FILTER_TEXT] = "text", [FILTER_NUMBER] = "number",
		[FILTER_TIME] = "time", [FILTER_BOOL] = "bool",
	};

	json_begin_array(j, s->name);
	for (const struct query_field *f = s->fields; f->name; f++) {
		json_begin_object(j, NULL);
		json_quoted(j, "name", f->name);
		json_quoted(j, "type", types[f->type]);
		json_bool(j, "sort", !f->several && f->form != QUERY_LIST);
		json_end_object(j);
	}
	json_end_array(j);
}

int inventory_fields(struct api *q)
{
	struct json j;

	api_json(q, 200, &j);
	json_begin_object(&j, NULL);
	for (size_t i = 0; query_subjects[i]; i++)
		add_fields(&j, query_subjects[i]);
	json_end_object(&j);
	return 0;
}
