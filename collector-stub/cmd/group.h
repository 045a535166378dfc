/* SPDX-License-Identifier: Apache-2.0 */
/* One object of the inventory with all its places, as the store's rows tell
 * them one after the other. */
#ifndef CW_COLLECTOR_GROUP_H
#define CW_COLLECTOR_GROUP_H

#include "collector-stub/store/store.h"

struct group_place {
	char *agent_id;
	char *hostname;
	bool revoked;
	Cw__Location *location;
};

struct group {
	uint8_t object[HASH_SIZE];
	bool has_object;
	Cw__Facts *facts;		/* ours, or NULL */
	char *bad;			/* why there are no facts, or NULL */
	struct group_place *places;
	size_t count, cap;
};

/* Does the row belong to what the group has so far? */
bool group_is_of(const struct group *g, const struct store_place *p);
/* 0, -ENOMEM, or -EBADMSG for a row that cannot be read. */
int group_add(struct group *g, const struct store_place *p);
/* Empties it. */
void group_reset(struct group *g);

/* The object's facts, from the DER or, without it, from a location; NULL where
 * there are none yet. */
const Cw__Facts *group_facts(const struct group *g);

/* How the inventory is printed; each returns 0 or -errno. */
struct group_view {
	const char *format;
	void (*begin)(int64_t now);
	int (*all)(const struct group *g, int64_t now);	/* in the list */
	int (*one)(const struct group *g, int64_t now);	/* by itself */
};

extern const struct group_view group_table_view;
extern const struct group_view group_jsonl_view;

#endif
