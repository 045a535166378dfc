/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule can be about: which columns tell one from another, and which
 * are told. */
#ifndef CW_COLLECTOR_MATTER_H
#define CW_COLLECTOR_MATTER_H

#include "collector-stub/alert/alert.pb-c.h"
#include "collector-stub/query/query.h"

struct matter {
	const char *subject;	/* of the query; a table ends with NULL */
	/* where the page shows it: a view and the field that it takes */
	const char *view, *view_id;
	bool places;		/* it is at several: the first is told */
	/* each list ends with NULL */
	const char *const *keys;	/* what makes it the same the next
					 * time, whatever else has changed */
	const char *const *title;	/* joined by blanks */
	const char *const *facts;
	const char *const *fields;	/* all of these, each once */
};

const struct matter *matter_find(const char *subject);

/* Bytes of one value that are told, and of a title's parts. */
#define MATTER_SHOWN 300

/* The SHA-256 of what makes a row what it is: false where there is no
 * memory. */
bool matter_key(const struct matter *m, const struct query_row *row,
		uint8_t ret[static HASH_SIZE]);

/* What is told of a row, however long its values are: one line; one value, or
 * ""; names, values and, where ${web} (the page's URL) is not "", the link in
 * ${t}.  In ${a}; NULL, false: no memory. */
char *matter_title(const struct matter *m, const struct query_row *row,
		   struct arena *a);
char *matter_value(const struct query_row *row, const char *name,
		   struct arena *a);
bool matter_facts(const struct matter *m, const struct query_row *row,
		  const char *web, Alert__Item *t, struct arena *a);

/* Adds to what matter_facts() has told of a certificate where it is first: host
 * and place, and as ${t->host} if it is on no other.  0, also where it is
 * nowhere, or as query_rows(). */
int matter_place(struct store *s, const char *sha256, int64_t now,
		 Alert__Item *t, struct arena *a);

#endif
