/* SPDX-License-Identifier: Apache-2.0 */
/* In what the SQL of the stores differs.  The texts of pieces hold
 * one %s for an expression, but ${parameter}, which holds one %zu for its
 * number. */
#ifndef CW_COLLECTOR_DIALECT_H
#define CW_COLLECTOR_DIALECT_H

#include <stdbool.h>

struct dialect {
	const char *parameter;
	const char *folded;	/* a text with A to Z as a to z, no others */
	const char *hex;	/* bytes as lower-case hex */
	/* A JSON array of texts as rows of one column, v.value; none of
	 * NULL. */
	const char *elements;
	/* The whole question for a table's columns, in their order; its one
	 * parameter is the table's name. */
	const char *columns;
	/* What is counted over the places of each row is looked up for each:
	 * that is faster than to count all and join them, where an index is not
	 * in partitions. */
	bool each;
	/* Lets the transaction that runs pause for as long as it likes; NULL
	 * where it may anyway. */
	const char *unhurried;
};

extern const struct dialect dialect_sqlite;
extern const struct dialect dialect_postgres;

#endif
