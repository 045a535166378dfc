/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/order/order.h"

#include <errno.h>
#include <string.h>

#include "collector-stub/order/audit.h"
#include "lib/limits.h"

/* one that is ready, with what is to be noted of it */
struct ready {
	Cw__SignedCommand message;
	const char *id;
	const char *action;
	bool fresh;		/* goes out for the first time */
};

struct taking {
	struct store *store;
	struct arena *arena;
	int64_t now;
	struct ready items[ORDER_MAX];
	size_t n;
	bool end;		/* one was not ready: none after it is */
};

static int add_signature(void *arg, const char *key_id,
			 const uint8_t *signature, size_t len)
{
	struct taking *t = arg;
	Cw__SignedCommand *m = &t->items[t->n].message;
	Cw__Signature *g = arena_alloc(t->arena, sizeof(*g));

	if (m->n_signatures == LIMIT_SIGNATURES)
		return 0;
	if (!g)
		return -ENOMEM;
	cw__signature__init(g);
	g->key_id = arena_str(t->arena, key_id, strlen(key_id));
	g->signature.data = arena_dup(t->arena, signature, len);
	g->signature.len = len;
	if (!g->key_id || !g->signature.data)
		return -ENOMEM;
	m->signatures[m->n_signatures++] = g;
	return 0;
}

static int take_one(struct taking *t, const struct store_command *c)
{
	struct ready *i = &t->items[t->n];
	Cw__SignedCommand *m = &i->message;
	int r;

	*i = (struct ready){.fresh = c->delivered == 0};
	cw__signed_command__init(m);
	i->id = arena_str(t->arena, c->id, strlen(c->id));
	i->action = arena_str(t->arena, c->action, strlen(c->action));
	m->payload.data = arena_dup(t->arena, c->payload, c->payload_len);
	m->payload.len = c->payload_len;
	m->signatures = arena_alloc(t->arena, LIMIT_SIGNATURES *
				    sizeof(Cw__Signature *));
	if (!i->id || !i->action || !m->payload.data || !m->signatures)
		return -ENOMEM;
	r = t->store->driver->command_signatures(t->store, c->agent_id, c->id,
						 add_signature, t);
	t->n += r == 0;
	return r;
}

static int consider(void *arg, const struct store_command *c)
{
	struct taking *t = arg;

	if (t->n == ORDER_MAX || c->signatures < c->needed ||
	    c->not_before > t->now)
		t->end = true;
	return t->end ? 0 : take_one(t, c);
}

static int note(struct taking *t, const char *agent_id, const struct ready *i)
{
	const struct audit_field fields[] = {
		{ "agent", agent_id }, { "command", i->id },
		{ "action", i->action }, { NULL, NULL },
	};
	int r = t->store->driver->command_delivered(t->store, agent_id, i->id,
						    t->now);

	return r < 0 ? r : audit_event(t->store, t->now, "collector",
				       "command-delivered", fields);
}

int order_take(struct store *s, const char *agent_id, int64_t now,
	       struct arena *a, Cw__SignedCommand ***ret, size_t *ret_n)
{
	struct taking *t = arena_alloc(a, sizeof(*t));
	Cw__SignedCommand **list;
	int r;

	if (!t)
		return -ENOMEM;
	*t = (struct taking){ .store = s, .arena = a, .now = now };
	r = s->driver->command_open(s, agent_id, now, consider, t);
	list = arena_alloc(a, (t->n + 1) * sizeof(*list));
	if (r == 0 && !list)
		r = -ENOMEM;
	for (size_t i = 0; r == 0 && i < t->n; i++) {
		list[i] = &t->items[i].message;
		if (t->items[i].fresh)
			r = note(t, agent_id, &t->items[i]);
	}
	if (r == 0) {
		*ret = list;
		*ret_n = t->n;
	}
	return r;
}
