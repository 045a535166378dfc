/* SPDX-License-Identifier: Apache-2.0 */
/* A piece of SQL under construction, with its parameters. */
#ifndef CW_COLLECTOR_CLAUSE_H
#define CW_COLLECTOR_CLAUSE_H

#include "collector-stub/query/query.h"
#include "collector-stub/store/dialect.h"

/* bytes of the longest statement: a filter's tests are some 200 each */
#define CLAUSE_MAX (1 << 20)
/* Of the filter and of the scope, four for each test of the host, and the
 * scope's own. */
#define CLAUSE_PARAMS (10 * QUERY_TESTS)

struct clause {
	struct buf text;
	struct store_value params[CLAUSE_PARAMS];
	size_t n;
	const struct dialect *dialect;
	struct arena arena;	/* of the parameters' texts */
	int64_t now;
	const struct filter_node *scope;	/* of places; NULL: all */
	const char *scope_sql;	/* the same, once it has been compiled */
	bool of_page;		/* "@page" limits */
	bool narrowed;		/* a test leads to few rows */
	/* sticky: */
	bool failed;		/* memory */
	bool overfull;		/* more than a statement takes */
};

void clause_init(struct clause *s, const struct dialect *d, int64_t now);
void clause_free(struct clause *s);

/* Appends SQL of ours: never a text from outside. */
void clause_add(struct clause *s, const char *sql);
/* The same with the present time as a parameter for each "@now"; for each
 * "@scope" the condition, " AND ...", that the place ${l} is in the scope; for
 * each "@page" the one that it names an object of the page, the rows "page". */
void clause_expression(struct clause *s, const char *expression);
/* A field's SQL in this dialect. */
const char *clause_field(const struct clause *s, const struct query_field *f);
/* A form of the dialect (its one %s) around an expression. */
void clause_form(struct clause *s, const char *form, const char *expression);

/* A SELECT of a subject's rows:
 *	clause_select(s, &at);		its columns
 *	clause_from(s, &at, subject);	WHERE and what follows it
 *	clause_joined(s, &at, subject);
 * In its FROM is only what it asks for. */
struct clause_at {
	size_t begin, from;
};

void clause_select(struct clause *s, struct clause_at *ret);
void clause_from(struct clause *s, struct clause_at *at,
		 const struct query_subject *subject);
void clause_joined(struct clause *s, const struct clause_at *at,
		   const struct query_subject *subject);

/* A value as a parameter.  Of a text, what is no UTF-8 is U+FFFD. */
void clause_number(struct clause *s, int64_t number);
void clause_bytes(struct clause *s, const void *data, size_t len);
/* As it is; with A to Z as a to z; as a LIKE pattern of the same, escaped by
 * "!", from one of lib/filter.h. */
void clause_text(struct clause *s, const char *text);
void clause_folded(struct clause *s, const char *text);
void clause_pattern(struct clause *s, const char *text);

/* The condition that a filter is, in parentheses; -EINVAL and *ret_fault where
 * it is longer than the store takes. */
int clause_filter(struct clause *s, const struct query_subject *subject,
	       const struct filter_node *n, struct filter_fault *ret_fault);

#endif
