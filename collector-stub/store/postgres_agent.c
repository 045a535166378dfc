/* SPDX-License-Identifier: Apache-2.0 */
/* The agents of one group of requests: read and locked by one statement, in
 * the order of their ids, so that two collectors never wait in a circle, and
 * written by another with the commit. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/store/postgres.h"

void postgres_agents_forget(struct postgres *s)
{
	free(s->agents);
	s->agents = NULL;
	s->n_agents = 0;
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct postgres_agent *)a)->agent.id,
		      ((const struct postgres_agent *)b)->agent.id);
}

static struct postgres_agent *find(struct postgres *s, const char *id)
{
	struct postgres_agent key = { .known = false }, *found = NULL;

	if (strlen(id) >= sizeof(key.agent.id) || s->n_agents == 0)
		return NULL;
	memcpy(key.agent.id, id, strlen(id) + 1);
	found = bsearch(&key, s->agents, s->n_agents, sizeof(key), by_id);
	return found && found->known ? found : NULL;
}

/* Those of the array that are there. */
static int read_all(struct postgres *s, const struct store_value *ids)
{
	struct sql_rows *st = NULL;
	int r = postgres_engine.ask(&s->sql.base, Q_AGENTS_GET, "T", ids, 1,
				    &st);

	while (r == 0 && (r = sql_next(st)) == 1) {
		struct postgres_agent key = { .known = true }, *at = NULL;

		r = 0;
		sql_agent_read(st, 1, &key.agent);
		strncpy(key.agent.id, sql_text(st, 0),
			sizeof(key.agent.id) - 1);
		at = bsearch(&key, s->agents, s->n_agents, sizeof(key), by_id);
		if (at)
			*at = key;
	}
	return r;
}

int postgres_expect(struct store *base, const char *const *ids, size_t n)
{
	struct postgres *s = (struct postgres *)base;
	struct store_value v = { .type = STORE_BYTES };
	char (*all)[STORE_AGENT_ID] = NULL;
	size_t kept = 0;
	int r = -ENOMEM;

	postgres_agents_forget(s);
	s->is_group = true;
	s->agents = calloc(n + 1, sizeof(*s->agents));
	all = calloc(n + 1, sizeof(*all));
	for (size_t i = 0; s->agents && i < n; i++)
		strncpy(s->agents[i].agent.id, ids[i], STORE_AGENT_ID - 1);
	if (s->agents)
		qsort(s->agents, n, sizeof(*s->agents), by_id);
	for (size_t i = 0; s->agents && all && i < n; i++) {
		if (kept > 0 && by_id(&s->agents[kept - 1], &s->agents[i]) == 0)
			continue;
		s->agents[kept] = s->agents[i];
		memcpy(all[kept++], s->agents[i].agent.id, STORE_AGENT_ID);
	}
	s->n_agents = kept;
	v.data = all;
	v.len = kept * STORE_AGENT_ID;
	if (s->agents && all)
		r = kept > 0 ? read_all(s, &v) : 0;
	free(all);
	return r;
}

int postgres_agent_get(struct store *base, const char *id,
		       struct store_agent *ret)
{
	struct postgres_agent *a = find((struct postgres *)base, id);

	if (!a)
		return sql_agent_get(base, id, ret);
	*ret = a->agent;
	return 0;
}

int postgres_agent_put(struct store *base, const struct store_agent *a)
{
	struct postgres *s = (struct postgres *)base;
	struct postgres_agent *at = find(s, a->id);

	/* what a savepoint may undo is not kept here */
	if (at && s->in_savepoint) {
		at->known = false;
		at->shadowed = true;
	}
	if (!at || s->in_savepoint)
		return sql_agent_put(base, a);
	at->agent = *a;
	at->dirty = true;
	return 0;
}

void postgres_agents_after(struct postgres *s, bool undone)
{
	for (size_t i = 0; i < s->n_agents; i++) {
		struct postgres_agent *at = &s->agents[i];

		if (!at->shadowed)
			continue;
		at->shadowed = false;
		at->known = undone;
		at->dirty = undone && at->dirty;
	}
}

/* By the letters of postgres_agents_write(). */
static bool fill(const void *arg, size_t i, struct store_value *v)
{
	const struct postgres_agent *at = (const struct postgres_agent *)arg +
		i;
	const struct store_agent *a = &at->agent;

	if (!at->dirty)
		return false;
	v[0] = sql_of_int(a->last_seen);
	v[1] = sql_of_int(a->epoch);
	v[2] = sql_of_int(a->generation);
	v[3] = sql_of_bytes(a->digest.sum, HASH_SIZE);
	v[4] = sql_of_int(a->pending);
	v[5] = sql_of_int(a->full_epoch);
	v[6] = sql_of_int(a->full_generation);
	v[7] = sql_of_int(a->pass);
	v[8] = sql_of_int(a->lacking);
	v[9] = sql_of_text(a->id);
	return true;
}

int postgres_agents_write(struct postgres *s)
{
	if (s->n_agents == 0)
		return 0;
	return sql_many(&s->sql, Q_AGENTS_PUT, "|iiihiiiiit", s->n_agents,
			fill, s->agents, NULL);
}
