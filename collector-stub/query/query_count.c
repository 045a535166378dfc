/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "collector-stub/query/question.h"

static void add_group(struct question *x, const struct query_field *f,
		      int64_t bucket)
{
	struct clause *s = &x->sql;

	if (bucket > 0 && f->type != FILTER_TEXT) {
		clause_add(s, "((");
		clause_expression(s, clause_field(s, f));
		clause_add(s, ") / ");
		clause_number(s, bucket);
		clause_add(s, ") * ");
		clause_number(s, bucket);
	} else {
		clause_expression(s, clause_field(s, f));
	}
	clause_add(s, ", ");
}

static int add_counted(struct question *x, const char *filter)
{
	int r = 0;

	if (!filter || filter_is_blank(filter)) {
		clause_add(&x->sql, "COUNT(*)");
		return 0;
	}
	r = question_filter(x, "COUNT(CASE WHEN ", filter);
	clause_add(&x->sql, " THEN 1 END)");
	return r;
}

static void add_group_by(struct question *x)
{
	struct buf *text = &x->sql.text;

	for (size_t i = 0; i < x->n_fields; i++)
		buf_addf(text, "%s%zu", i > 0 ? ", " : " GROUP BY ", i + 1);
	if (x->n_fields > 0)
		clause_add(&x->sql, " ORDER BY COUNT(*) DESC");
	for (size_t i = 0; i < x->n_fields; i++)
		buf_addf(text, ", %zu", i + 1);
}

static int compose_counts(struct question *x, int64_t bucket,
			  const char *const *filters, size_t n)
{
	struct clause *s = &x->sql;
	struct clause_at at = { 0, 0 };
	int r = 0;

	clause_select(s, &at);
	for (size_t i = 0; i < x->n_fields; i++)
		add_group(x, x->fields[i], bucket);
	for (size_t i = 0; r == 0 && i < n; i++) {
		clause_add(s, i > 0 ? ", " : "");
		r = add_counted(x, filters[i]);
	}
	if (r == 0)
		r = question_from(x, &at);
	clause_joined(s, &at, x->q->subject);
	add_group_by(x);
	return r;
}

static int add_lists(struct question *x, const char *list)
{
	struct clause_at at = { 0, 0 };
	int r = 0;

	clause_select(&x->sql, &at);
	clause_expression(&x->sql, list);
	clause_add(&x->sql, " AS list");
	r = question_from(x, &at);
	clause_joined(&x->sql, &at, x->q->subject);
	return r;
}

static int compose_list(struct question *x)
{
	const struct query_field *f = x->fields[0];
	struct clause *s = &x->sql;
	int r = 0;

	clause_add(s, "SELECT v.value, COUNT(*) FROM (");
	r = add_lists(x, f->sql);
	if (r == 0 && question_has_also(x, f)) {
		clause_add(s, " UNION ALL ");
		r = add_lists(x, f->also);
	}
	clause_add(s, ") t, ");
	clause_form(s, s->dialect->elements, "t.list");
	add_group_by(x);
	return r;
}

static int compose_count(struct question *x, int64_t bucket)
{
	static const char *const all[] = { NULL };
	int r = x->n_fields > 0 && x->fields[0]->form == QUERY_LIST ?
		compose_list(x) : compose_counts(x, bucket, all, 1);

	clause_add(&x->sql, " LIMIT ");
	question_limit(x);
	return r < 0 ? r : question_composed(x);
}

static int on_count(void *arg, const struct store_value *row, size_t n)
{
	struct question *x = arg;
	struct store_value v = n > 1 ? row[0] :
		(struct store_value){ .type = STORE_NULL };
	struct arena a;
	int r = 0;

	arena_init(&a, 64 << 20);
	if (x->n_fields > 0 && x->fields[0]->form == QUERY_HASH)
		r = question_hex(&a, &v);
	if (r == 0)
		r = x->count(x->arg, &v, row[n - 1].number);
	arena_free(&a);
	return r;
}

/* ${plain}: one value that is no hash. */
static int choose_group(struct question *x, const char *name, bool plain)
{
	const struct query_field *f = query_field(x->q->subject, name);

	if (!f)
		return question_wrong(x, "there is no field \"%.40s\" to group "
				      "by", name);
	if (f->several)
		return question_wrong(x, "%s is of places: group locations by "
				      "it", f->name);
	if (plain && f->form != QUERY_SCALAR)
		return question_wrong(x, "%s is a list or a hash: group by it "
				      "alone", f->name);
	if (x->n_fields == QUERY_GROUPS)
		return -E2BIG;
	x->fields[x->n_fields++] = f;
	return 0;
}

int query_count(struct store *s, const struct query *q, const char *group,
		int64_t bucket, query_count_fn *fn, void *arg,
		struct filter_fault *ret_fault)
{
	struct question *x = question_begin(s, q, arg, ret_fault);
	int r = 0;

	if (!x)
		return -ENOMEM;
	x->count = fn;
	if (group)
		r = choose_group(x, group, false);
	if (r == 0)
		r = question_scope(x);
	if (r == 0)
		r = compose_count(x, bucket);
	if (r == 0)
		r = question_ask(s, x, on_count);
	question_end(x);
	return r;
}

static int on_counts(void *arg, const struct store_value *row, size_t n)
{
	struct question *x = arg;
	int64_t counts[QUERY_COUNTS] = { 0 };

	for (size_t i = x->n_fields; i < n; i++)
		counts[i - x->n_fields] = row[i].number;
	return x->counts(x->arg, row, counts);
}

int query_counts(struct store *s, const struct query *q,
		 const char *const *groups, const char *const *filters,
		 size_t n, query_counts_fn *fn, void *arg,
		 struct filter_fault *ret_fault)
{
	struct question *x = NULL;
	int r = 0;

	if (n == 0 || n > QUERY_COUNTS)
		return -E2BIG;
	x = question_begin(s, q, arg, ret_fault);
	if (!x)
		return -ENOMEM;
	x->counts = fn;
	for (; r == 0 && *groups; groups++)
		r = choose_group(x, *groups, true);
	if (r == 0)
		r = question_scope(x);
	if (r == 0)
		r = compose_counts(x, 0, filters, n);
	if (r == 0)
		r = question_composed(x);
	if (r == 0)
		r = question_ask(s, x, on_counts);
	question_end(x);
	return r;
}
