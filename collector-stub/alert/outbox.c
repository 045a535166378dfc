/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/alert/outbox.h"

#include <errno.h>
#include <string.h>

#include "collector-stub/alert/message.h"
#include "lib/buf.h"
#include "lib/limits.h"
#include "lib/message.h"

int outbox_add(const struct outbox *o, const Alert__Message *m,
	       const char *channel)
{
	const struct store_alert_driver *d = o->store->driver->alerts;
	char id[UUID_TEXT];
	struct store_message row = { .id = id, .rule = m->rule,
				     .channel = channel, .created = o->now,
				     .next = o->now };
	struct buf b;
	int r = 0;

	buf_init(&b, 4 * MESSAGE_MAX);
	r = message_pack(&b, &m->base);
	row.bytes = b.data;
	row.len = b.len;
	if (r == 0)
		r = uuid_make(id);
	if (r == 0)
		r = d->message_add(o->store, &row);
	if (r == 0 && m->open > 0)
		r = d->incident_add(o->store, m->rule, channel);
	buf_free(&b);
	return r;
}

int outbox_close(const struct outbox *o, const char *rule, const char *channel,
		 bool told)
{
	Alert__Message m = ALERT__MESSAGE__INIT;
	int r = 0;

	m.rule = (char *)(uintptr_t)rule;
	m.severity = (char *)(uintptr_t)"info";
	m.event = (char *)(uintptr_t)"ends";
	m.time = o->now;
	if (!told && o->keeps(o->arg, channel))
		r = outbox_add(o, &m, channel);
	return r < 0 ? r :
		o->store->driver->alerts->incident_remove(o->store, rule,
							  channel);
}

/* ------------------------------------------------------------ rules */

struct gone {
	const char *const *rules;
	struct arena arena;
	struct incident {
		const char *rule, *channel;
		struct incident *next;
	} *incidents;
};

static int take(void *arg, const char *rule, const char *channel)
{
	struct gone *g = arg;
	struct incident *i = NULL;

	for (size_t k = 0; g->rules[k]; k++)
		if (strcmp(g->rules[k], rule) == 0)
			return 0;
	i = arena_alloc(&g->arena, sizeof(*i));
	if (!i)
		return -ENOMEM;
	i->rule = arena_str(&g->arena, rule, strlen(rule));
	i->channel = arena_str(&g->arena, channel, strlen(channel));
	i->next = g->incidents;
	g->incidents = i;
	return i->rule && i->channel ? 0 : -ENOMEM;
}

int outbox_close_gone(const struct outbox *o, const char *const *rules)
{
	const struct store_alert_driver *d = o->store->driver->alerts;
	struct gone g = { .rules = rules };
	int r = 0;

	arena_init(&g.arena, MIB(16));
	r = d->incident_list(o->store, NULL, take, &g);
	for (struct incident *i = g.incidents; r == 0 && i; i = i->next)
		r = outbox_close(o, i->rule, i->channel, false);
	arena_free(&g.arena);
	return r;
}
