/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of the audit log: each change and each command, chained by hash
 * (lib/chain.h).  An entry is a JSON object: event, actor, and fields. */
#ifndef CW_COLLECTOR_AUDIT_H
#define CW_COLLECTOR_AUDIT_H

#include "collector-stub/store/store.h"

struct audit_field {
	const char *name;	/* a list ends with NULL */
	const char *value;	/* passed over where it is NULL or "" */
};

/* An entry in ${a}, for an exchange's ${audit}.  ${actor} NULL: whoever runs
 * this command.  NULL without memory. */
const char *audit_entry(struct arena *a, const char *actor, const char *event,
			const struct audit_field *fields);

/* Within a transaction of ${s}.  ${actor} as above.  0 or the store's error.
 */
int audit_event(struct store *s, int64_t now, const char *actor,
		const char *event, const struct audit_field *fields);

/* Reads all of it: 0, and where it ends (number, hash); -EBADMSG, and ${ret}
 * is the last entry that fits; or the store's error. */
struct chain;
int audit_verify(struct store *s, struct chain *ret);

#endif
