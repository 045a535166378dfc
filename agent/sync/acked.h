/* SPDX-License-Identifier: Apache-2.0 */
/* The file state/acknowledged: what the collector is known to have, one packed
 * cw.Acknowledged. */
#ifndef CW_AGENT_SYNC_ACKED_H
#define CW_AGENT_SYNC_ACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/hash.h"

struct acked {
	uint64_t epoch;
	uint64_t generation;
	struct set_digest digest;
	uint8_t *hashes;	/* ${count} of 32 bytes, sorted; malloc'd */
	size_t count;
	int64_t coverage_started;
	uint8_t host[HASH_SIZE];	/* of HostFacts; zeros: none */
};

/* Reads ${path}.  0; -ENOENT; -EBADMSG (*ret_why tells the rule that failed,
 * static text); -errno. */
int acked_load(const char *path, struct acked *ret, const char **ret_why);
/* Replaces ${path}: 0 or -errno. */
int acked_store(const char *path, const struct acked *a);
void acked_free(struct acked *a);

/* Where ${hash} is in ${a}, or -1. */
ssize_t acked_index(const struct acked *a,
		    const uint8_t hash[static HASH_SIZE]);

/* Takes away the ${removed} hashes (sorted, all of them in), and adds the
 * ${added} ones (none of them in); keeps the digest.  0 or -ENOMEM, and then
 * nothing has changed. */
int acked_apply(struct acked *a, const uint8_t *removed, size_t removed_count,
		const uint8_t *added, size_t added_count);

#endif
