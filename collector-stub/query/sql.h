/* SPDX-License-Identifier: Apache-2.0 */
/* A piece of SQL under construction, with its parameters. */
#ifndef CW_COLLECTOR_SQL_H
#define CW_COLLECTOR_SQL_H

#include "collector-stub/query/query.h"
#include "collector-stub/store/dialect.h"

/* bytes of the longest statement: a filter's tests are some 200 each */
#define SQL_MAX (1 << 20)
#define SQL_PARAMS (4 * QUERY_TESTS)

struct sql {
	struct buf text;
	struct store_value params[SQL_PARAMS];
	size_t n;
	const struct dialect *dialect;
	struct arena arena;	/* of the parameters' texts */
	int64_t now;
	bool failed;		/* memory, or more than fits: sticky */
};

void sql_init(struct sql *s, const struct dialect *d, int64_t now);
void sql_free(struct sql *s);

/* Appends SQL of ours: never a text from outside. */
void sql_add(struct sql *s, const char *sql);
/* The same with the present time as a parameter for each "@now". */
void sql_expression(struct sql *s, const char *expression);
/* A form of the dialect (its one %s) around an expression. */
void sql_form(struct sql *s, const char *form, const char *expression);

/* A value as a parameter.  Of a text, what is no UTF-8 is U+FFFD. */
void sql_number(struct sql *s, int64_t number);
void sql_bytes(struct sql *s, const void *data, size_t len);
/* As it is; with A to Z as a to z; as a LIKE pattern of the same, escaped by
 * "!", from one of lib/filter.h. */
void sql_text(struct sql *s, const char *text);
void sql_folded(struct sql *s, const char *text);
void sql_pattern(struct sql *s, const char *text);

/* The condition that a filter is, in parentheses; -EINVAL and *ret_fault where
 * it is longer than the store takes. */
int sql_filter(struct sql *s, const struct query_subject *subject,
	       const struct filter_node *n, struct filter_fault *ret_fault);

#endif
