/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule can be about: which columns tell one from another, and which
 * are told. */
#ifndef CW_COLLECTOR_MATTER_H
#define CW_COLLECTOR_MATTER_H

#include "collector-stub/alert/alert.pb-c.h"
#include "collector-stub/query/query.h"

struct matter {
	const char *subject;	/* of the query; a table ends with NULL */
	/* each list ends with NULL */
	const char *const *keys;	/* what makes it the same the next
					 * time, whatever else has changed */
	const char *const *title;	/* joined by blanks */
	const char *const *facts;
	const char *const *fields;	/* all of these, each once */
};

const struct matter *matter_find(const char *subject);

/* One that a row tells of; in ${a}.  ${ret_key} is the SHA-256 of its keys.
 * NULL: no memory. */
Alert__Item *matter_item(const struct matter *m, const struct query_row *row,
			 struct arena *a, uint8_t ret_key[static HASH_SIZE]);

#endif
