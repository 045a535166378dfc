/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/cmd/group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool group_is_of(const struct group *g, const struct store_place *p)
{
	return g->count == 0 || (g->has_object && p->object &&
		memcmp(g->object, p->object, HASH_SIZE) == 0);
}

static int begin(struct group *g, const struct store_place *p)
{
	if (p->object) {
		memcpy(g->object, p->object, HASH_SIZE);
		g->has_object = true;
	}
	if (p->facts) {
		g->facts = cw__facts__unpack(NULL, p->facts_len, p->facts);
		if (!g->facts)
			return -EBADMSG;
	}
	if (p->bad) {
		g->bad = strdup(p->bad);
		if (!g->bad)
			return -ENOMEM;
	}
	return 0;
}

static void place_free(struct group_place *p)
{
	free(p->agent_id);
	free(p->hostname);
	if (p->location)
		cw__location__free_unpacked(p->location, NULL);
}

static int grow(struct group *g)
{
	size_t cap = g->cap ? 2 * g->cap : 16;
	struct group_place *places = NULL;

	if (g->count < g->cap)
		return 0;
	places = reallocarray(g->places, cap, sizeof(*places));
	if (!places)
		return -ENOMEM;
	g->places = places;
	g->cap = cap;
	return 0;
}

int group_add(struct group *g, const struct store_place *p)
{
	struct group_place n = { .revoked = p->revoked };
	int r = g->count == 0 ? begin(g, p) : 0;

	if (r == 0)
		r = grow(g);
	if (r < 0)
		return r;
	n.agent_id = strdup(p->agent_id);
	n.hostname = strdup(*p->hostname ? p->hostname : p->agent_id);
	n.location = cw__location__unpack(NULL, p->location_len, p->location);
	if (!n.agent_id || !n.hostname || !n.location) {
		place_free(&n);
		return n.location ? -ENOMEM : -EBADMSG;
	}
	g->places[g->count++] = n;
	return 0;
}

void group_reset(struct group *g)
{
	for (size_t i = 0; i < g->count; i++)
		place_free(&g->places[i]);
	free(g->places);
	free(g->bad);
	if (g->facts)
		cw__facts__free_unpacked(g->facts, NULL);
	*g = (struct group){ .count = 0 };
}

const Cw__Facts *group_facts(const struct group *g)
{
	if (g->facts)
		return g->facts;
	for (size_t i = 0; i < g->count; i++)
		if (g->places[i].location->facts)
			return g->places[i].location->facts;
	return NULL;
}
