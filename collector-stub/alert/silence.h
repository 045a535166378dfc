/* SPDX-License-Identifier: Apache-2.0 */
/* Time in which alerts are not told. */
#ifndef CW_COLLECTOR_SILENCE_H
#define CW_COLLECTOR_SILENCE_H

#include "collector-stub/store/store.h"

#define SILENCE_MAX (INT64_C(366) * 86400)	/* seconds */
#define SILENCE_TEXT 1000			/* bytes of each text */

struct silence_request {
	const char *rule;	/* NULL: all */
	const char *match;	/* of title or host, as fnmatch(3); NULL: all */
	const char *reason;	/* or NULL */
	const char *duration;	/* "8h" */
};

/* Keeps one, with an entry of the audit log by ${actor} (NULL: who runs the
 * program).  Within a transaction.  0; -EINVAL for a duration that is none,
 * -EMSGSIZE for a text that is too long; the store's error. */
int silence_add(struct store *s, int64_t now, const char *actor,
		const struct silence_request *q, char ret_id[static UUID_TEXT]);

/* Ends one, likewise.  -ENOENT. */
int silence_end(struct store *s, int64_t now, const char *actor,
		const char *id);

/* Does ${pattern} of a silence cover an alert of its rule? */
bool silence_covers(const char *pattern, const char *title, const char *host);

#endif
