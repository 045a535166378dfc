/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/query/query.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collector-stub/query/cursor.h"
#include "collector-stub/query/question.h"
#include "lib/hash.h"

/* ---------------------------------------------------------------- order */

static int read_sort(struct question *x)
{
	const struct query_subject *s = x->q->subject;
	const char *text = x->q->sort ? x->q->sort : s->sort;

	x->down = *text == '-';
	x->key = query_field(s, text + x->down);
	if (!x->key)
		return question_wrong(x, "there is no field \"%.40s\" to sort "
				      "by", text + x->down);
	if (x->key->several || x->key->form == QUERY_LIST)
		return question_wrong(x, "%s has several values: nothing to "
				      "sort by", x->key->name);
	snprintf(x->sort, sizeof(x->sort), "%s%s", x->down ? "-" : "",
		 x->key->name);
	while (s->ids[x->n_ids].sql)
		x->n_ids++;
	return 0;
}

static bool is_first_id(const struct question *x)
{
	return x->key->form == QUERY_SCALAR &&
		strcmp(x->key->sql, x->q->subject->ids[0].sql) == 0;
}

static void add_key(struct question *x)
{
	const struct query_field *f = x->key;
	struct clause *s = &x->sql;

	/* as it is, so that the order is that of the primary key */
	if (is_first_id(x)) {
		clause_add(s, f->sql);
		return;
	}
	if (f->type != FILTER_TEXT) {
		clause_add(s, "COALESCE(");
		clause_expression(s, clause_field(s, f));
		/* last, whichever way */
		clause_add(s, x->down ? ", -9223372036854775807)" :
			", 9223372036854775807)");
		/* few rows are sorted, rather than all tried in the order of
		 * an index */
		if (s->narrowed)
			clause_add(s, " + 0");
		return;
	}
	clause_add(s, "substr(COALESCE(");
	clause_form(s, f->form == QUERY_HASH ? s->dialect->hex :
		 s->dialect->folded, f->sql);
	clause_add(s, ", ''), 1, ");
	buf_addf(&s->text, "%d)", QUERY_KEY);
}

static void add_ids(struct question *x)
{
	for (size_t i = 0; i < x->n_ids; i++) {
		clause_add(&x->sql, i > 0 ? ", " : "");
		clause_add(&x->sql, x->q->subject->ids[i].sql);
	}
}

/* The columns of "page": without "o." and the like. */
static void add_names(struct question *x)
{
	for (size_t i = 0; i < x->n_ids; i++) {
		clause_add(&x->sql, i > 0 ? ", " : "");
		clause_add(&x->sql, x->q->subject->ids[i].sql + 2);
	}
}

static void add_order(struct question *x)
{
	const char *way = x->down ? " DESC" : "";
	bool hidden = x->q->subject->unordered && !is_first_id(x);

	clause_add(&x->sql, " ORDER BY ");
	add_key(x);
	clause_add(&x->sql, way);
	for (size_t i = 0; i < x->n_ids; i++) {
		clause_add(&x->sql, hidden ? ", CASE WHEN 1 = 1 THEN " : ", ");
		clause_add(&x->sql, x->q->subject->ids[i].sql);
		clause_add(&x->sql, hidden ? " END" : "");
		clause_add(&x->sql, way);
	}
}

/* ---------------------------------------------------------------- pages */

static void add_value(struct clause *s, const struct store_value *v)
{
	struct buf text;

	if (v->type == STORE_NUMBER) {
		clause_number(s, v->number);
	} else if (v->type == STORE_BYTES) {
		clause_bytes(s, v->data, v->len);
	} else {
		buf_init(&text, QUERY_CURSOR);
		buf_add(&text, v->data, v->len);
		clause_text(s, buf_str(&text));
		buf_free(&text);
	}
}

/* The cursor's values if it is one of this sort. */
static int read_cursor(struct question *x, struct store_value *v)
{
	int r = cursor_read(x->q->after, &x->sql.arena, v, x->n_ids + 2);

	if (r == -ENOMEM)
		return r;
	if (r < 0 || v[0].type != STORE_TEXT ||
	    v[0].len != strlen(x->sort) ||
	    memcmp(v[0].data, x->sort, v[0].len) != 0 ||
	    v[1].type != (x->key->type == FILTER_TEXT ? STORE_TEXT :
			  STORE_NUMBER))
		return question_wrong(x, "the page does not belong to this "
				      "list");
	for (size_t i = 0; i < x->n_ids; i++)
		if (v[2 + i].type != x->q->subject->ids[i].type)
			return question_wrong(x, "the page does not belong to "
					      "this list");
	return 0;
}

static int add_after(struct question *x)
{
	struct store_value v[CURSOR_VALUES];
	int r = 0;

	if (!x->q->after)
		return 0;
	r = read_cursor(x, v);
	if (r < 0)
		return r;
	/* the first alone lets the store begin in the middle of an index */
	clause_add(&x->sql, " AND ");
	add_key(x);
	clause_add(&x->sql, x->down ? " <= " : " >= ");
	add_value(&x->sql, &v[1]);
	clause_add(&x->sql, " AND (");
	add_key(x);
	clause_add(&x->sql, ", ");
	add_ids(x);
	clause_add(&x->sql, x->down ? ") < (" : ") > (");
	for (size_t i = 1; i < x->n_ids + 2; i++) {
		clause_add(&x->sql, i > 1 ? ", " : "");
		add_value(&x->sql, &v[i]);
	}
	clause_add(&x->sql, ")");
	return 0;
}

/* ----------------------------------------------------------------- rows */

static int choose(struct question *x, const char *name)
{
	const struct query_field *f = query_field(x->q->subject, name);

	if (!f)
		return question_wrong(x, "there is no field \"%.40s\"",
				      name);
	if (f->several)
		return question_wrong(x, "%s has several values: ask for "
				      "locations", f->name);
	if (x->n_fields == QUESTION_FIELDS)
		return question_wrong(x, "too many fields");
	x->fields[x->n_fields++] = f;
	return 0;
}

static int choose_fields(struct question *x)
{
	const struct query_field *all = x->q->subject->fields;
	int r = 0;

	for (size_t i = 0; x->q->fields && r == 0 && x->q->fields[i]; i++)
		r = choose(x, x->q->fields[i]);
	for (size_t i = 0; !x->q->fields && r == 0 && all[i].name; i++)
		if (!all[i].several)
			r = choose(x, all[i].name);
	return r;
}

/* The ids of the page's rows, and what their places name them by. */
static int compose_page(struct question *x)
{
	struct clause *s = &x->sql;
	struct clause_at at = { 0, 0 };
	int r = 0;

	clause_add(s, "WITH page AS (");
	clause_select(s, &at);
	add_ids(x);
	if (x->q->subject->object) {
		clause_add(s, ", ");
		clause_add(s, x->q->subject->object);
		clause_add(s, " AS object");
	}
	r = question_from(x, &at);
	if (r == 0)
		r = add_after(x);
	add_order(x);
	clause_add(s, " LIMIT ");
	question_limit(x);
	clause_joined(s, &at, x->q->subject);
	clause_add(s, ") ");
	return r;
}

/* Columns: key, ids, fields; a list that has another one takes two.  What costs
 * much is worked out only for the rows of the page. */
static int compose(struct question *x)
{
	struct clause *s = &x->sql;
	struct clause_at at = { 0, 0 };
	int r = compose_page(x);

	s->of_page = true;
	clause_select(s, &at);
	add_key(x);
	clause_add(s, ", ");
	add_ids(x);
	for (size_t i = 0; i < x->n_fields; i++) {
		clause_add(s, ", ");
		clause_expression(s, clause_field(s, x->fields[i]));
		if (question_has_also(x, x->fields[i])) {
			clause_add(s, ", ");
			clause_expression(s, x->fields[i]->also);
		}
	}
	clause_from(s, &at, x->q->subject);
	clause_add(s, x->q->subject->rest ? x->q->subject->rest :
		   x->q->subject->where);
	clause_add(s, " AND (");
	add_ids(x);
	clause_add(s, ") IN (SELECT ");
	add_names(x);
	clause_add(s, " FROM page)");
	add_order(x);
	clause_joined(s, &at, x->q->subject);
	return r < 0 ? r : question_composed(x);
}

/* "[a]" and "[b]" are "[a,b]". */
static int merge(struct arena *a, struct store_value *one,
		 const struct store_value *other)
{
	size_t len = one->len + other->len - 1;
	char *text = NULL;

	if (other->type != STORE_TEXT)
		return 0;
	if (one->type != STORE_TEXT) {
		*one = *other;
		return 0;
	}
	text = arena_alloc(a, len + 1);
	if (!text)
		return -ENOMEM;
	memcpy(text, one->data, one->len - 1);
	text[one->len - 1] = ',';
	memcpy(text + one->len, (const char *)other->data + 1,
	       other->len - 1);
	one->data = text;
	one->len = len;
	return 0;
}

static int take_fields(const struct question *x, const struct store_value *row,
		       struct arena *a, struct store_value *out)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < x->n_fields; i++) {
		out[i] = *row++;
		if (x->fields[i]->form == QUERY_HASH)
			r = question_hex(a, &out[i]);
		if (question_has_also(x, x->fields[i]))
			r = merge(a, &out[i], row++);
	}
	return r;
}

static int on_row(void *arg, const struct store_value *row, size_t n)
{
	struct question *x = arg;
	struct store_value values[QUESTION_FIELDS], at[CURSOR_VALUES] = {
		{ .type = STORE_TEXT, .data = x->sort,
		  .len = strlen(x->sort) } };
	struct query_row out = { .fields = x->fields, .values = values,
		.n = x->n_fields };
	struct arena a;
	struct buf cursor;
	int r = 0;

	(void)n;
	arena_init(&a, 64 << 20);
	buf_init(&cursor, QUERY_CURSOR - 1);
	memcpy(at + 1, row, (1 + x->n_ids) * sizeof(*row));
	r = cursor_write(&cursor, at, x->n_ids + 2);
	if (r == 0)
		r = take_fields(x, row + 1 + x->n_ids, &a, values);
	out.cursor = buf_str(&cursor);
	if (r == 0)
		r = x->fn(x->arg, &out);
	buf_free(&cursor);
	arena_free(&a);
	return r;
}

/* ----------------------------------------------------------------- ends */

int query_rows(struct store *s, const struct query *q, query_row_fn *fn,
	       void *arg, struct filter_fault *ret_fault)
{
	struct question *x = question_begin(s, q, arg, ret_fault);
	int r = 0;

	if (!x)
		return -ENOMEM;
	x->fn = fn;
	r = question_scope(x);
	if (r == 0)
		r = read_sort(x);
	if (r == 0)
		r = choose_fields(x);
	if (r == 0)
		r = compose(x);
	if (r == 0)
		r = question_ask(s, x, on_row);
	question_end(x);
	return r;
}

struct pages {
	query_row_fn *fn;
	void *arg;
	size_t n;
	char cursor[QUERY_CURSOR];
};

static int on_page(void *arg, const struct query_row *row)
{
	struct pages *p = arg;

	p->n++;
	snprintf(p->cursor, sizeof(p->cursor), "%s", row->cursor);
	return p->fn(p->arg, row);
}

int query_each(struct store *s, const struct query *q, query_row_fn *fn,
	       void *arg, struct filter_fault *ret_fault)
{
	struct pages p = { .fn = fn, .arg = arg };
	struct query page = *q;
	char after[QUERY_CURSOR];
	int r = 0;

	if (page.limit == 0 || page.limit > QUERY_LIMIT)
		page.limit = QUERY_LIMIT;
	do {
		p.n = 0;
		r = query_rows(s, &page, on_page, &p, ret_fault);
		memcpy(after, p.cursor, sizeof(after));
		page.after = after;
	} while (r == 0 && p.n == page.limit);
	return r;
}

int query_check(const struct query_subject *subject, const char *filter,
		struct filter_fault *ret_fault)
{
	const struct query q = { .subject = subject };
	struct question *x = calloc(1, sizeof(*x));
	int r = 0;

	if (!x)
		return -ENOMEM;
	x->q = &q;
	x->fault = ret_fault;
	clause_init(&x->sql, &dialect_sqlite, 0);
	r = question_filter(x, " AND ", filter);
	question_end(x);
	return r;
}

const struct store_value *query_value(const struct query_row *row,
				      const char *name)
{
	for (size_t i = 0; i < row->n; i++)
		if (strcmp(row->fields[i]->name, name) == 0)
			return &row->values[i];
	return NULL;
}

char *query_text(struct arena *a, const struct store_value *v)
{
	if (v->type != STORE_TEXT)
		return arena_str(a, "", 0);
	return arena_str(a, v->data, v->len);
}
