/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/store/retain.h"

#include "collector-stub/store/sql.h"

int retain_prune(struct store *s, int64_t before, int64_t *ret_removed)
{
	/* orders last: the others are told by them */
	static const enum sql_query queries[] = {
		Q_PRUNE_SIGNATURES, Q_PRUNE_RESULTS, Q_PRUNE_TOKENS,
		Q_PRUNE_COMMANDS,
	};
	int64_t removed = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(queries) / sizeof(*queries);
	     i++) {
		int changed = 0;

		r = sql_run((struct sql *)s, queries[i], &changed, "i",
			    before);
		if (queries[i] != Q_PRUNE_SIGNATURES &&
		    queries[i] != Q_PRUNE_RESULTS)
			removed += changed;
	}
	if (r == 0)
		*ret_removed = removed;
	return r;
}

int retain_prune_events(struct store *s, int64_t before, int64_t most,
			int64_t *ret_removed)
{
	int removed = 0;
	int r = sql_run((struct sql *)s, Q_EVENT_PRUNE, &removed, "ii", before,
			most);

	if (r == 0)
		*ret_removed = removed;
	return r;
}
