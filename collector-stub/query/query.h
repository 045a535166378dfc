/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to the inventory: filtered by the filter language (lib/filter.h),
 * sorted, in pages.  REST, the page, the command line and alerts ask by this.
 *
 * The answer is that of filter_passes() for each record, found by the store:
 * the filter is compiled to SQL in which every value is a bound parameter.  A
 * text in the store is UTF-8, so a byte that is not counts as U+FFFD.
 *
 * A certificate has the values of all its places: "host = a" passes where it
 * is on host a, and "host != a" where it is not there at all. */
#ifndef CW_COLLECTOR_QUERY_H
#define CW_COLLECTOR_QUERY_H

#include "collector-stub/store/store.h"
#include "lib/filter.h"

enum query_form {
	QUERY_SCALAR,
	QUERY_LIST,	/* the value in a row is a JSON array of texts, or
			 * NULL for an empty one */
	QUERY_HASH,	/* bytes, compared with and given as lower-case hex */
};

/* What a subject has.  Rows give texts as STORE_TEXT; numbers, times (seconds
 * since 1970) and truth values (0, 1) as STORE_NUMBER; what is missing as
 * STORE_NULL. */
struct query_field {
	const char *name;	/* a table ends with NULL */
	enum filter_type type;
	enum query_form form;
	/* ${o}, ${l}, ${a}, ${c}, ${r}, ${e}, ${b}, ${t} are the rows of
	 * object, location, agent, command and its result, event, the object
	 * before, alert or message, ${s} and ${u} sums over places; "@now" is
	 * the present time, "@scope" what limits places (clause.h). */
	const char *sql;
	const char *also;	/* of a list: another one that belongs to it */
	/* Of a place or its host, of which a certificate has several: no
	 * column of a row, and nothing to sort or group by. */
	bool several;
	/* The same of ${a} alone, where it is of the row's or place's host; or
	 * NULL.  So few hosts lead to their rows, not each row to its host. */
	const char *host;
	/* The same without ${s}, where the dialect is faster so; or NULL. */
	const char *each;
};

/* What rows have beside them, at most one each. */
struct query_join {
	const char *alias;	/* "o.": asked for where a SELECT has that */
	/* "LEFT JOIN ...", which may have the ${alias} of one before it.
	 * "@page" is what limits places to those of the page (clause.h). */
	const char *sql;
};

struct query_subject {
	const char *name;	/* certificates, hosts ... */
	const struct query_field *fields;
	const char *from;	/* FROM of all rows, without ${joins} */
	struct query_join joins[3];
	const char *where;	/* WHERE of all rows */
	const char *rest;	/* of those that have passed it; NULL: same */
	const char *agent;	/* the column of the host's id, or NULL */
	const char *places;	/* "EXISTS (...": what ${several} is asked of */
	const char *object;	/* what its places name it by, or NULL */
	/* Its ids are in indexes that have none of its orders: SQLite reads
	 * them in the order of such a one, row by row, unless kept from it. */
	bool unordered;
	const char *sort;	/* field, where none is given */
	bool whole;		/* its rows are not of one host each, so that
				 * who may see some hosts may not see it */
	/* together unique, and what ties are sorted by; ends with NULL */
	struct query_id {
		const char *sql;
		enum store_type type;
	} ids[4];
};

extern const struct query_subject *const query_subjects[];	/* NULL ends */

/* NULL where there is none. */
const struct query_subject *query_subject(const char *name);
const struct query_field *query_field(const struct query_subject *s,
				      const char *name);

#define QUERY_TESTS 500		/* values in one filter, and tests */
#define QUERY_DEPTH 16		/* "and" and "or" within each other */
#define QUERY_LIMIT 1000	/* rows of a page */
#define QUERY_COUNTS 32		/* filters of query_counts() */
#define QUERY_GROUPS 8		/* and fields that it groups by */
#define QUERY_MS 30000		/* a question that takes longer is given up */
/* Characters of a text by which rows are sorted; what follows counts not. */
#define QUERY_KEY 100
/* Bytes of a cursor and its NUL. */
#define QUERY_CURSOR 1600

struct query {
	const struct query_subject *subject;
	const char *filter;	/* or NULL: all */
	/* Another one that must pass, not blank; or NULL.  Where a subject has
	 * places, it is one of locations too: no other place is asked or
	 * counted. */
	const char *scope;
	/* Field; "-" before it: the greatest first.  NULL: the subject's.
	 * What is missing comes last where it is a number or a time. */
	const char *sort;
	const char *after;	/* a row's cursor: what follows it; or NULL */
	size_t limit;		/* rows; 0 or more than that: QUERY_LIMIT */
	const char *const *fields;	/* ends with NULL; NULL: all that are
					 * not ${several} */
	int64_t now;
	int64_t limit_ms;	/* 0: QUERY_MS */
};

/* Valid during the call. */
struct query_row {
	const struct query_field *const *fields;
	const struct store_value *values;
	size_t n;
	const char *cursor;
};

/* A value other than 0 ends the list and is returned.  It may not use the store
 * that is asked. */
typedef int query_row_fn(void *arg, const struct query_row *row);
/* ${value} is STORE_NULL where it is missing, and without a group. */
typedef int query_count_fn(void *arg, const struct store_value *value,
			   int64_t count);
/* In the order of groups and filters. */
typedef int query_counts_fn(void *arg, const struct store_value *values,
			    const int64_t *counts);

/* Rows in order.  0; -EINVAL and *ret_fault for a filter, field, sort or cursor
 * that is wrong (column 0: not in the filter); -ETIMEDOUT; the store's error.
 */
int query_rows(struct store *s, const struct query *q, query_row_fn *fn,
	       void *arg, struct filter_fault *ret_fault);

/* All rows, page after page: ${q->limit} is the size of a page. */
int query_each(struct store *s, const struct query *q, query_row_fn *fn,
	       void *arg, struct filter_fault *ret_fault);

/* Is the filter one of this subject's?  As query_rows(), without a store. */
int query_check(const struct query_subject *subject, const char *filter,
		struct filter_fault *ret_fault);

/* How many there are of each value of ${group} (a field, also a list; NULL: of
 * all together), the most frequent first, at most ${q->limit}.  Numbers and
 * times are rounded to a multiple of ${bucket} towards 0, unless that is 0.
 * The rest of ${q} but subject, filters and ${now} is passed over. */
int query_count(struct store *s, const struct query *q, const char *group,
		int64_t bucket, query_count_fn *fn, void *arg,
		struct filter_fault *ret_fault);

/* How many pass each of ${n} filters (NULL: all do; at most QUERY_COUNTS), in
 * one pass over them: a call for each combination of values of ${groups}, the
 * one of the most first, and of which there may be as many as rows.  ${groups}
 * are fields of one value, no hashes, and end with NULL; with none there is one
 * call.  ${q->filter} limits them all; the rest is as in query_count(). */
int query_counts(struct store *s, const struct query *q,
		 const char *const *groups, const char *const *filters,
		 size_t n, query_counts_fn *fn, void *arg,
		 struct filter_fault *ret_fault);

/* The value of one of the row's fields; NULL where it has no such field. */
const struct store_value *query_value(const struct query_row *row,
				      const char *name);

/* A text in a row, with NUL, in ${a}; "" where it is missing, NULL where memory
 * ends. */
char *query_text(struct arena *a, const struct store_value *v);

#endif
