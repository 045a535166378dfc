/* SPDX-License-Identifier: Apache-2.0 */
/* The one filter language: for --fail-on, for lists, policies and alerts.
 *
 *	filter  = both { "or" both } .
 *	both    = single { "and" single } .
 *	single  = "not" single | "(" filter ")" | test .
 *	test    = field [ compare value | "in" "(" value { "," value } ")" ] .
 *	compare = "=" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "!~" .
 *	value   = word | '"' { any but '"' or '\' | '\' any } '"' .
 *
 * A word is any run of bytes without blanks, quotes, parentheses, commas and
 * the signs of compare.  A field alone is a test of a truth value, or of any
 * value being there.  Texts compare without regard to case; "~" is a match: of
 * the whole, where the value has "*" or "?", else of any part.  A field that
 * has several values passes where one of them does; "!=" and "!~" where none
 * does.  A value that is missing passes nothing but these.  "?" is one
 * character of UTF-8, or one byte that is none; only A to Z have two cases.
 *
 * Times are compared with dates (2027-03-15, 2027-03-15T00:00:00Z), or with a
 * duration from now on: not_after < 30d; before now: not_before > -7d.
 * Truth values are yes and no, true and false. */
#ifndef CW_LIB_FILTER_H
#define CW_LIB_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum filter_type { FILTER_TEXT, FILTER_NUMBER, FILTER_TIME, FILTER_BOOL };

struct filter_field {
	const char *name;	/* a table ends with NULL */
	enum filter_type type;
	int id;			/* for whoever gives the values */
};

enum filter_op { FILTER_EQ, FILTER_NE, FILTER_LT, FILTER_LE, FILTER_GT,
	FILTER_GE, FILTER_MATCH, FILTER_NO_MATCH, FILTER_IN, FILTER_IS };

enum filter_kind { FILTER_AND, FILTER_OR, FILTER_NOT, FILTER_TEST };

struct filter_value {
	const char *text;	/* of texts; as it was written, of others */
	int64_t number;		/* of numbers, times and truth values */
};

/* A parsed filter is a tree of these. */
struct filter_node {
	enum filter_kind kind;
	struct filter_node *left, *right;	/* NOT has only left */
	/* of a test */
	size_t column;
	const struct filter_field *field;
	enum filter_op op;
	struct filter_value *values;
	size_t n_values;
};

struct filter;

#define FILTER_LENGTH 8192	/* bytes of a filter */
#define FILTER_DEPTH 64		/* parentheses and nots within each other */
#define FILTER_FAULT 160

/* What is wrong, and where: the first column is 1. */
struct filter_fault {
	size_t column;
	char text[FILTER_FAULT];
};

/* Nothing but blanks: no filter. */
bool filter_is_blank(const char *text);

/* Parses ${text} over ${fields}, which outlive it.  ${now}, seconds since
 * 1970, is what durations count from.  0, -EINVAL and *ret_fault, -ENOMEM. */
int filter_parse(const char *text, const struct filter_field *fields,
		 int64_t now, struct filter **ret,
		 struct filter_fault *ret_fault);
/* NULL is allowed. */
void filter_free(struct filter *f);
const struct filter_node *filter_root(const struct filter *f);

/* What a record has in a field: calls filter_offer() for each value. */
struct filter_offer;
typedef void filter_get_fn(void *record, int id, struct filter_offer *to);
/* ${text} may be NULL or "": none. */
void filter_offer_text(struct filter_offer *to, const char *text);
void filter_offer_number(struct filter_offer *to, int64_t number);

bool filter_passes(const struct filter *f, filter_get_fn *get, void *record);

/* Each value that a record has in a field, instead of testing it: ${text} is
 * NULL for a number. */
typedef void filter_take_fn(void *arg, const char *text, int64_t number);
void filter_take(filter_get_fn *get, void *record, int id, filter_take_fn *fn,
		 void *arg);

#endif
