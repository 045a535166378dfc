/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts: what is so, what was told of it, the rules, and silence. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/alert/rule.h"
#include "collector-stub/alert/silence.h"
#include "collector-stub/api/handlers.h"
#include "collector-stub/api/inventory.h"
#include "collector-stub/http/server.h"
#include "lib/ini_dir.h"

/* ----------------------------------------------------------- alerts */

/* A silence that lasts, in the arena of the request. */
struct silence {
	char *rule, *pattern;
	int64_t until;
	struct silence *next;
};

struct silences {
	struct api *q;
	struct silence *first;
};

static char *copy(struct api *q, const char *text)
{
	return arena_str(&q->arena, text, strlen(text));
}

static int keep_silence(void *arg, const struct store_silence *s)
{
	struct silences *all = arg;
	struct silence *one = arena_alloc(&all->q->arena, sizeof(*one));

	if (!one)
		return -ENOMEM;
	*one = (struct silence){ .rule = copy(all->q, s->rule),
		.pattern = copy(all->q, s->pattern), .until = s->until,
		.next = all->first };
	if (!one->rule || !one->pattern)
		return -ENOMEM;
	all->first = one;
	return 0;
}

/* Until when nothing is told of an alert that lasts. */
static void add_silenced(struct json *j, const struct query_row *row,
			 void *arg)
{
	struct silences *all = arg;
	const struct store_value *ended = query_value(row, "ended");
	int64_t until = 0;
	struct arena a;
	const char *rule = NULL, *title = NULL, *host = NULL;

	if (!all->first || (ended && ended->type != STORE_NULL))
		return;
	arena_init(&a, 1 << 20);
	rule = query_text(&a, query_value(row, "rule"));
	title = query_text(&a, query_value(row, "title"));
	host = query_text(&a, query_value(row, "host"));
	for (const struct silence *s = all->first;
	     s && rule && title && host; s = s->next)
		if (s->until > until &&
		    (!*s->rule || strcmp(s->rule, rule) == 0) &&
		    silence_covers(s->pattern, title, host))
			until = s->until;
	if (until > 0)
		json_time(j, "silenced_until", until);
	arena_free(&a);
}

int alerts_list(struct api *q)
{
	struct silences all = { .q = q };
	const struct inventory_listing of = {
		.subject = "alerts", .column = "silenced_until",
		.add = add_silenced, .arg = &all,
	};
	int r = q->store->driver->alerts->silence_list(q->store, q->now,
						       keep_silence, &all);

	return r < 0 ? r : inventory_list(q, &of);
}

int alerts_messages(struct api *q)
{
	const struct inventory_listing of = { .subject = "alert-messages" };

	return inventory_list(q, &of);
}

/* ----------------------------------------------------------- rules */

static const char *const rule_columns[] = { "name", "subject", "where",
	"severity", "channels", "hold", "repeat", "escalate_after",
	"escalate_to", "advice", "fault", NULL };

struct rules {
	struct list list;
	const char *fault;	/* the first of this rule, in the arena */
};

static void take_fault(void *arg, const char *text)
{
	struct rules *l = arg;

	if (!l->fault)
		l->fault = copy(l->list.q, text);
}

static void add_rule(struct json *j, const struct rule *u)
{
	json_quoted(j, "subject", u->subject);
	json_quoted(j, "where", u->where);
	json_quoted(j, "severity", u->severity);
	json_list(j, "channels", u->channels.items, u->channels.count);
	json_number(j, "hold", u->hold);
	json_number(j, "repeat", u->repeat);
	if (u->escalate_after > 0) {
		json_number(j, "escalate_after", u->escalate_after);
		json_list(j, "escalate_to", u->escalate_to.items,
			  u->escalate_to.count);
	}
	json_text(j, "advice", u->advice);
}

static int list_rule(void *arg, const char *name)
{
	struct rules *l = arg;
	struct rule u = { .subject = NULL };
	struct json *j = NULL;
	int r = 0;

	if (l->list.after && strcmp(name, l->list.after) <= 0)
		return 0;
	if (list_is_full(&l->list))
		return 1;
	l->fault = NULL;
	r = rule_load(l->list.q->exchange->server->config->alerts_dir, name,
		      &u, take_fault, l);
	j = list_add(&l->list);
	json_quoted(j, "name", name);
	if (r == 0) {
		add_rule(j, &u);
		rule_free(&u);
	} else {
		json_quoted(j, "fault", l->fault ? l->fault : strerror(-r));
	}
	list_added(&l->list, name);
	return 0;
}

int alerts_rules(struct api *q)
{
	struct rules l = { .fault = NULL };
	int r = 0;

	if (list_begin(q, rule_columns, &l.list) < 0)
		return 0;
	r = ini_dir_list(q->exchange->server->config->alerts_dir, list_rule,
			 &l);
	/* where there is no folder there are none */
	return list_end(&l.list, r == -ENOENT ? 0 : r);
}

/* ----------------------------------------------------------- silences */

static const char *const silence_columns[] = { "id", "rule", "match",
	"created", "until", "actor", "reason", NULL };

/* In the store's order. */
static int list_silence(void *arg, const struct store_silence *s)
{
	struct list *l = arg;
	char cursor[UUID_TEXT + 32];
	struct json *j = NULL;

	snprintf(cursor, sizeof(cursor), "%020lld %s", (long long)s->created,
		 s->id);
	if (l->after && strcmp(cursor, l->after) <= 0)
		return 0;
	if (list_is_full(l))
		return 1;
	j = list_add(l);
	json_quoted(j, "id", s->id);
	json_text(j, "rule", s->rule);
	json_text(j, "match", s->pattern);
	json_time(j, "created", s->created);
	json_time(j, "until", s->until);
	json_text(j, "actor", s->actor);
	json_text(j, "reason", s->reason);
	list_added(l, cursor);
	return 0;
}

int alerts_silences(struct api *q)
{
	struct list l;

	if (list_begin(q, silence_columns, &l) < 0)
		return 0;
	return list_end(&l, q->store->driver->alerts->silence_list(
				q->store, q->now, list_silence, &l));
}

static int reply_silence(struct api *q, const char *id)
{
	struct json j;

	api_json(q, 201, &j);
	json_begin_object(&j, NULL);
	json_quoted(&j, "id", id);
	json_end_object(&j);
	return 0;
}

int alerts_silence(struct api *q)
{
	static const struct api_field fields[] = {
		{ "for", true, false }, { "rule", false, false },
		{ "match", false, false }, { "reason", false, false },
		{ NULL, false, false },
	};
	struct silence_request wanted;
	char id[UUID_TEXT];
	int r = 0;

	if (api_body(q, fields) < 0)
		return 0;
	wanted = (struct silence_request){
		.rule = api_value(q, "rule"), .match = api_value(q, "match"),
		.reason = api_value(q, "reason"),
		.duration = api_value(q, "for"),
	};
	r = q->store->driver->begin(q->store);
	if (r < 0)
		return r;
	r = api_end(q, silence_add(q->store, q->now, api_actor(q), &wanted,
				   id));
	if (r == -EINVAL)
		return api_problem(q, 400, "bad-request",
				   "for is a duration from 1s to 366d");
	if (r == -EMSGSIZE)
		return api_problem(q, 400, "bad-request", "rule, match or "
				   "reason is longer than %d bytes",
				   SILENCE_TEXT);
	return r < 0 ? r : reply_silence(q, id);
}

int alerts_unsilence(struct api *q)
{
	int r = q->store->driver->begin(q->store);

	if (r < 0)
		return r;
	r = api_end(q, silence_end(q->store, q->now, api_actor(q),
				   q->args[0]));
	return r < 0 ? api_failed(q, r, "silence") : api_done(q);
}
