/* SPDX-License-Identifier: Apache-2.0 */
/* A sync's body, decoded and applied to a store in memory.  After each one that
 * is acknowledged, the store's locations have the digest that the agent's row
 * says. */
#include <stdlib.h>
#include <string.h>

#include "collector-stub/ingest/apply.h"
#include "lib/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct store *store;

static void open_store(void)
{
	char error[256];

	if (store_open("sqlite::memory:", true, &store, error,
		       sizeof(error)) < 0)
		abort();
}

static void check(const struct store_driver *d)
{
	struct store_agent a;
	struct set_digest digest;

	if (d->agent_get(store, "fuzz", &a) < 0 ||
	    d->location_digest(store, "fuzz", &digest) < 0)
		abort();
	if (!a.pending && memcmp(a.digest.sum, digest.sum, HASH_SIZE) != 0)
		abort();
}

/* Each message twice: the second time, the same generation is known. */
static void apply_twice(const struct sync *in)
{
	const struct store_driver *d = store->driver;

	if (d->begin(store) < 0)
		abort();
	for (int i = 0; i < 2; i++) {
		struct apply_result res;

		if (apply_sync(store, in, &res) < 0)
			abort();
		buf_free(&res.need);
		check(d);
	}
	d->rollback(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sync in = { .agent_id = "fuzz", .existing_pki = true,
		.now = 1 };
	const char *why = NULL;
	struct arena a;

	if (!store)
		open_store();
	arena_init(&a, DECODE_MEMORY);
	if (decode_sync(data, len, &a, &in, &why) == 0)
		apply_twice(&in);
	arena_free(&a);
	return 0;
}
