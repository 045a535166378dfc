/* SPDX-License-Identifier: Apache-2.0 */
/* A question on its way to the store: what query.c and query_count.c share. */
#ifndef CW_COLLECTOR_QUESTION_H
#define CW_COLLECTOR_QUESTION_H

#include "collector-stub/query/clause.h"

/* fields of a subject, and columns of one row */
#define QUESTION_FIELDS 96

/* A filter and the table of fields that it points into. */
struct question_parsed {
	struct filter *filter;	/* NULL: empty */
	struct filter_field *table;
};

struct question {
	const struct query *q;
	struct clause sql;
	struct filter_fault *fault;
	/* how rows are sorted */
	char sort[64];
	const struct query_field *key;
	bool down;
	/* what rows show, or counts are grouped by */
	const struct query_field *fields[QUESTION_FIELDS];
	size_t n_fields;
	size_t n_ids;
	/* where rows go */
	query_row_fn *fn;
	query_count_fn *count;
	query_counts_fn *counts;
	void *arg;
	struct question_parsed scope;	/* of places */
};

/* NULL where memory ends. */
struct question *question_begin(struct store *s, const struct query *q,
				void *arg, struct filter_fault *fault);
int question_ask(struct store *s, struct question *x, store_row_fn *fn);
void question_end(struct question *x);

/* -EINVAL, and why in the fault. */
__attribute__((format(printf, 2, 3)))
int question_wrong(struct question *x, const char *fmt, ...);

/* Is its text whole?  0; -ENOMEM; -EINVAL and the fault. */
int question_composed(struct question *x);

/* Before anything is composed. */
int question_scope(struct question *x);

/* Appends ${before} and the filter, unless all passes. */
int question_filter(struct question *x, const char *before, const char *text);

/* FROM and WHERE of what passes; clause_joined() has to follow. */
int question_from(struct question *x, struct clause_at *at);

/* The number of rows. */
void question_limit(struct question *x);

/* A list of rows that has its other one in a column of its own. */
bool question_has_also(const struct question *x, const struct query_field *f);

/* Bytes are a text of hex, in ${a}. */
int question_hex(struct arena *a, struct store_value *v);

#endif
