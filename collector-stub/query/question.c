/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/query/question.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/encode.h"

__attribute__((format(printf, 2, 3)))
int question_wrong(struct question *x, const char *fmt, ...)
{
	va_list ap;

	x->fault->column = 0;
	va_start(ap, fmt);
	vsnprintf(x->fault->text, sizeof(x->fault->text), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static int too_much(struct question *x)
{
	return question_wrong(x, "this is more than one question takes%s: a "
			      "shorter filter is needed", !x->q->scope ? "" :
			      ", together with the filter of what may be seen");
}

int question_composed(struct question *x)
{
	/* what is full has no room for its NUL */
	buf_str(&x->sql.text);
	if (x->sql.failed)
		return -ENOMEM;
	return x->sql.overfull || x->sql.text.failed ? too_much(x) : 0;
}

/* The parser's table of a subject's fields; malloc'd. */
static struct filter_field *field_table(const struct query_subject *s)
{
	size_t n = 0;
	struct filter_field *t = NULL;

	while (s->fields[n].name)
		n++;
	t = calloc(n + 1, sizeof(*t));
	for (size_t i = 0; t && i < n; i++)
		t[i] = (struct filter_field){ s->fields[i].name,
			s->fields[i].type, (int)i };
	return t;
}

static int parse(struct question *x, const struct query_subject *s,
		 const char *text, struct question_parsed *ret)
{
	if (!text || filter_is_blank(text))
		return 0;
	ret->table = field_table(s);
	return !ret->table ? -ENOMEM :
		filter_parse(text, ret->table, x->q->now, &ret->filter,
			     x->fault);
}

static void free_parsed(struct question_parsed *p)
{
	filter_free(p->filter);
	free(p->table);
}

int question_filter(struct question *x, const char *before, const char *text)
{
	const struct query_subject *s = x->q->subject;
	struct question_parsed p = { NULL, NULL };
	int r = parse(x, s, text, &p);

	if (r == 0 && p.filter) {
		clause_add(&x->sql, before);
		r = clause_filter(&x->sql, s, filter_root(p.filter), x->fault);
	}
	free_parsed(&p);
	return r;
}

int question_scope(struct question *x)
{
	int r = 0;

	if (x->q->subject->places)
		r = parse(x, query_subject("locations"), x->q->scope,
			  &x->scope);
	if (r == 0 && x->scope.filter)
		x->sql.scope = filter_root(x->scope.filter);
	return r;
}

int question_from(struct question *x, struct clause_at *at)
{
	const struct filter_node *scope = x->sql.scope;
	int r = 0;

	/* a limit that limits nothing is a mistake */
	if (x->q->scope && filter_is_blank(x->q->scope))
		return question_wrong(x, "the filter of what may be seen is "
				      "blank");
	clause_from(&x->sql, at, x->q->subject);
	clause_add(&x->sql, x->q->subject->where);
	/* the scope itself is asked of all places: "host != a" is not there */
	x->sql.scope = NULL;
	r = question_filter(x, " AND ", x->q->scope);
	x->sql.scope = scope;
	return r < 0 ? r : question_filter(x, " AND ", x->q->filter);
}

void question_limit(struct question *x)
{
	size_t limit = x->q->limit;

	clause_number(&x->sql, limit == 0 || limit > QUERY_LIMIT ?
		      QUERY_LIMIT : (int64_t)limit);
}

bool question_has_also(const struct question *x, const struct query_field *f)
{
	return f->also && !x->q->subject->places;
}

int question_hex(struct arena *a, struct store_value *v)
{
	char *hex = NULL;

	if (v->type != STORE_BYTES)
		return 0;
	hex = arena_alloc(a, 2 * v->len + 1);
	if (!hex)
		return -ENOMEM;
	encode_hex(v->data, v->len, hex);
	*v = (struct store_value){ .type = STORE_TEXT, .data = hex,
		.len = 2 * v->len };
	return 0;
}

struct question *question_begin(struct store *s, const struct query *q,
				void *arg, struct filter_fault *fault)
{
	struct question *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->q = q;
	x->arg = arg;
	x->fault = fault;
	clause_init(&x->sql, s->driver->dialect, q->now);
	return x;
}

int question_ask(struct store *s, struct question *x, store_row_fn *fn)
{
	struct store_select select = { .sql = buf_str(&x->sql.text),
		.params = x->sql.params, .n_params = x->sql.n,
		.limit_ms = x->q->limit_ms > 0 ? x->q->limit_ms : QUERY_MS };
	int r = s->driver->select(s, &select, fn, x);

	return r == -E2BIG ? too_much(x) : r;
}

void question_end(struct question *x)
{
	clause_free(&x->sql);
	free_parsed(&x->scope);
	free(x);
}
