/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/ingest/objects.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"

/* New certificates whose names are known only now. */
static int settle(struct store *s, const char *id,
		  const struct store_object *o, size_t n)
{
	uint8_t *list = malloc((n + 1) * HASH_SIZE);
	size_t certificates = 0;
	int r = 0;

	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (o[i].kind == CW__KIND__KIND_CERTIFICATE && o[i].facts &&
		    certificates < LIMIT_SETTLED)
			memcpy(list + certificates++ * HASH_SIZE, o[i].sha256,
			       HASH_SIZE);
	if (certificates > 0)
		r = s->driver->events->settle(s, id, list, certificates);
	free(list);
	return r;
}

int objects_keep(struct store *s, const struct sync *in, const char *id)
{
	struct store_object *kept = calloc(in->n_objects, sizeof(*kept));
	bool *named = calloc(in->n_objects, sizeof(*named));
	size_t n = 0;
	int r = -ENOMEM;

	if (kept && named)
		r = s->driver->location_names(s, id, in->objects,
					      in->n_objects, named);
	for (size_t i = 0; r == 0 && i < in->n_objects; i++)
		if (named[i])
			kept[n++] = in->objects[i];
	if (r == 0 && n > 0)
		r = s->driver->object_add(s, kept, n);
	if (r == 0 && n > 0)
		r = settle(s, id, kept, n);
	free(kept);
	free(named);
	return r;
}

/* As many as one reply may ask for. */
static int add_need(void *arg, const uint8_t hash[static HASH_SIZE])
{
	struct buf *need = arg;

	return need->len >= LIMIT_SYNC_NEED * HASH_SIZE ? 0 :
		buf_add(need, hash, HASH_SIZE);
}

static int by_value(const void *a, const void *b)
{
	return memcmp(a, b, HASH_SIZE);
}

/* The objects of new locations that have to be here, each once: malloc'd. */
static uint8_t *named_objects(const struct sync *in, size_t *ret_n)
{
	uint8_t *list = malloc((in->request->n_added + 1) * HASH_SIZE);
	size_t n = 0, kept = 0;

	for (size_t i = 0; list && i < in->request->n_added; i++) {
		const struct store_location *l = &in->added[i];

		if (l->object && !l->has_facts && l->kind >= 1 && l->kind <= 5)
			memcpy(list + n++ * HASH_SIZE, l->object, HASH_SIZE);
	}
	if (n > 1)
		qsort(list, n, HASH_SIZE, by_value);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || by_value(list + i * HASH_SIZE,
				       list + (kept - 1) * HASH_SIZE) != 0)
			memmove(list + kept++ * HASH_SIZE,
				list + i * HASH_SIZE, HASH_SIZE);
	*ret_n = kept;
	return list;
}

int objects_need(struct store *s, const struct sync *in, struct store_agent *a,
		 bool changed, struct buf *need)
{
	uint8_t *list = NULL;
	size_t n = 0;
	int r = 0;

	if (a->lacking) {
		r = s->driver->object_lacking(s, a->id, LIMIT_SYNC_NEED,
					      add_need, need);
	} else if (changed) {
		list = named_objects(in, &n);
		r = list ? 0 : -ENOMEM;
		if (r == 0 && n > 0)
			r = s->driver->object_missing(s, list, n, add_need,
						      need);
		free(list);
	}
	a->lacking = need->len > 0;
	return r;
}
