/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/alert/evaluate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "collector-stub/alert/matter.h"
#include "collector-stub/alert/message.h"
#include "collector-stub/alert/silence.h"
#include "lib/encode.h"

#define PAGE 500
/* titles and hosts, known and new, of all that are kept, as long as they may
 * be */
#define TEXTS_MAX ((size_t)96 << 20)

enum telling {
	TELL_BEGIN, TELL_AGAIN, TELL_END,
	/* to those to whom it is escalated */
	TELL_ESCALATE, TELL_END_ESCALATED,
	TELLINGS
};
static const char *const events[TELLINGS] = {
	"begins", "continues", "ends", "escalates", "ends",
};

struct alert {
	struct store_alert row;
	Alert__Item *item;	/* where it is told in full */
	const char *sha256;	/* whose first place is told then, or NULL */
	bool seen;		/* it still passes */
	bool counted;		/* as its host's */
	bool changed;
	UT_hash_handle hh;
};

/* What one host has of them. */
struct host {
	size_t alerts;
	UT_hash_handle hh;
	char id[];
};

struct silence {
	char *pattern;
	struct silence *next;
};

/* What one message is made of. */
struct batch {
	Alert__Item *items[MESSAGE_ITEMS];
	size_t n;
	uint64_t count;
};

struct look {
	const struct outbox *outbox;
	struct store *store;
	const struct rule *rule;
	const struct matter *matter;
	int64_t now;
	bool quiet;		/* what is so when the rule is new */
	struct alert *alerts;
	struct host *hosts;
	const struct query_row *row;	/* that is looked at, or NULL */
	/* of what was told, and was escalated */
	uint64_t open, open_escalated;
	struct silence *silences;
	struct batch batches[TELLINGS];
	struct arena arena;
	bool over;		/* there are more than are kept, */
	const char *over_host;	/* first of this host's, or NULL */
};

static char *copy(struct look *k, const char *text)
{
	return arena_str(&k->arena, text, strlen(text));
}

/* ------------------------------------------------------------ what is known */

static int take_known(void *arg, const struct store_alert *row)
{
	struct look *k = arg;
	struct alert *a = arena_alloc(&k->arena, sizeof(*a));

	if (!a)
		return -ENOMEM;
	a->row = *row;
	a->row.rule = k->rule->name;
	a->row.title = copy(k, row->title);
	a->row.host = copy(k, row->host);
	if (!a->row.title || !a->row.host)
		return -ENOMEM;
	HASH_ADD(hh, k->alerts, row.key, HASH_SIZE, a);
	return 0;
}

static int take_silence(void *arg, const struct store_silence *q)
{
	struct look *k = arg;
	struct silence *s;

	if (*q->rule && strcmp(q->rule, k->rule->name) != 0)
		return 0;
	s = arena_alloc(&k->arena, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->pattern = copy(k, q->pattern);
	if (!s->pattern)
		return -ENOMEM;
	s->next = k->silences;
	k->silences = s;
	return 0;
}

static int load(struct look *k)
{
	const struct store_alert_driver *d = k->store->driver->alerts;
	int64_t since = 0;
	int r = d->rule_get(k->store, k->rule->name, &since);

	k->quiet = r == -ENOENT && !k->rule->tell_first;
	if (r == -ENOENT)
		r = 0;
	if (r == 0)
		r = d->open(k->store, k->rule->name, take_known, k);
	if (r == 0)
		r = d->silence_list(k->store, k->now, take_silence, k);
	return r;
}

/* ------------------------------------------------------------ what to tell */

static bool is_silent(const struct look *k, const struct store_alert *a)
{
	for (const struct silence *s = k->silences; s; s = s->next)
		if (silence_covers(s->pattern, a->title, a->host))
			return true;
	return false;
}

static int make_item(struct look *k, struct alert *a)
{
	Alert__Item *t = arena_alloc(&k->arena, sizeof(*t));
	char *hex = arena_alloc(&k->arena, HASH_HEX);

	if (!t || !hex)
		return -ENOMEM;
	alert__item__init(t);
	encode_hex(a->row.key, HASH_SIZE, hex);
	t->key = hex;
	t->title = (char *)(uintptr_t)a->row.title;
	t->host = (char *)(uintptr_t)a->row.host;
	t->since = a->row.since;
	a->item = t;
	if (!k->row)
		return 0;
	if (!matter_facts(k->matter, k->row, k->outbox->web, t, &k->arena))
		return -ENOMEM;
	if (k->matter->places)
		a->sha256 = matter_value(k->row, "sha256", &k->arena);
	return 0;
}

static int note(struct look *k, enum telling what, struct alert *a)
{
	struct batch *b = &k->batches[what];
	int r = 0;

	b->count++;
	if (b->n == MESSAGE_ITEMS)
		return 0;
	if (!a->item)
		r = make_item(k, a);
	if (r == 0)
		b->items[b->n++] = a->item;
	return r;
}

static int tell(struct look *k, enum telling what, struct alert *a,
		int64_t *when)
{
	*when = k->now;
	a->changed = true;
	return note(k, what, a);
}

static void count_open(struct look *k, const struct alert *a)
{
	k->open += a->row.told > 0;
	k->open_escalated += a->row.escalated > 0;
}

/* A silence does not cover it: who was told that it is so may know that it is
 * over. */
static int judge_end(struct look *k, struct alert *a)
{
	int r = 0;

	a->row.ended = k->now;
	a->changed = true;
	if (a->row.told > 0)
		r = note(k, TELL_END, a);
	if (r == 0 && a->row.escalated > 0)
		r = note(k, TELL_END_ESCALATED, a);
	return r;
}

static int judge_time(struct look *k, struct alert *a)
{
	const struct rule *u = k->rule;
	struct store_alert *row = &a->row;
	int r = 0;

	if (k->quiet)
		row->told = STORE_UNTOLD;
	if (row->told == STORE_UNTOLD || row->since + u->hold > k->now ||
	    is_silent(k, row))
		return 0;
	if (row->told == 0)
		r = tell(k, TELL_BEGIN, a, &row->told);
	else if (u->repeat > 0 && row->told + u->repeat <= k->now)
		r = tell(k, TELL_AGAIN, a, &row->told);
	if (r == 0 && u->escalate_after > 0 && row->escalated == 0 &&
	    row->since + u->escalate_after <= k->now)
		r = tell(k, TELL_ESCALATE, a, &row->escalated);
	return r;
}

static int judge_open(struct look *k, struct alert *a)
{
	int r = judge_time(k, a);

	count_open(k, a);
	return r;
}

/* ------------------------------------------------------------ what is so */

static struct alert *make_alert(struct look *k,
				const uint8_t key[static HASH_SIZE])
{
	struct alert *a = arena_alloc(&k->arena, sizeof(*a));

	if (!a)
		return NULL;
	a->row = (struct store_alert){ .rule = k->rule->name,
				       .since = k->now };
	memcpy(a->row.key, key, HASH_SIZE);
	a->changed = true;
	HASH_ADD(hh, k->alerts, row.key, HASH_SIZE, a);
	return a;
}

/* NULL where rows are not of one host each. */
static int find_host(struct look *k, struct host **ret)
{
	const struct store_value *id = query_value(k->row, "agent_id");
	struct host *h = NULL;

	if (!id || id->type != STORE_TEXT)
		return 0;
	HASH_FIND(hh, k->hosts, id->data, id->len, h);
	if (!h) {
		h = arena_alloc(&k->arena, sizeof(*h) + id->len + 1);
		if (!h)
			return -ENOMEM;
		memcpy(h->id, id->data, id->len);
		HASH_ADD_KEYPTR(hh, k->hosts, h->id, id->len, h);
	}
	*ret = h;
	return 0;
}

/* One host may have as many as are left for others, so that none, however many
 * it has, keeps those of another from being told. */
static bool has_room(const struct look *k, const struct host *h)
{
	size_t n = HASH_COUNT(k->alerts);

	return n < EVALUATE_ALERTS &&
	       (!h || h->alerts < EVALUATE_ALERTS - n);
}

static int see(struct look *k, struct alert *a)
{
	char *title = matter_title(k->matter, k->row, &k->arena);
	char *host = matter_value(k->row, "host", &k->arena);

	if (!title || !host)
		return -ENOMEM;
	a->changed |= strcmp(a->row.title ? a->row.title : "", title) != 0;
	a->row.title = title;
	a->row.host = host;
	a->seen = true;
	return judge_open(k, a);
}

/* Whose the known ones are: in what order rows come, a host has a say. */
static int count_known(void *arg, const struct query_row *row)
{
	struct look *k = arg;
	uint8_t key[HASH_SIZE];
	struct alert *a = NULL;
	struct host *h = NULL;

	k->row = row;
	if (!matter_key(k->matter, row, key))
		return -ENOMEM;
	HASH_FIND(hh, k->alerts, key, HASH_SIZE, a);
	if (!a || a->counted)
		return 0;
	if (find_host(k, &h) < 0)
		return -ENOMEM;
	a->counted = true;
	if (h)
		h->alerts++;
	return 0;
}

static int take_row(void *arg, const struct query_row *row)
{
	struct look *k = arg;
	uint8_t key[HASH_SIZE];
	struct alert *a = NULL;
	struct host *h = NULL;

	k->row = row;
	if (!matter_key(k->matter, row, key) || find_host(k, &h) < 0)
		return -ENOMEM;
	HASH_FIND(hh, k->alerts, key, HASH_SIZE, a);
	if (!a && !has_room(k, h)) {
		/* on, so that those that are known can end */
		if (!k->over && h)
			k->over_host = h->id;
		k->over = true;
		return 0;
	}
	if (!a)
		a = make_alert(k, key);
	if (!a)
		return -ENOMEM;
	if (a->seen)
		return 0;
	if (h && !a->counted)
		h->alerts++;
	return see(k, a);
}

static int look_at_rows(struct look *k, char *why)
{
	struct filter_fault fault = { .column = 0 };
	const struct query q = {
		.subject = query_subject(k->rule->subject),
		.filter = k->rule->where,
		.limit = PAGE,
		.fields = k->matter->fields,
		.now = k->now,
	};
	int r = 0;

	if (HASH_COUNT(k->alerts) > EVALUATE_ALERTS / 4)
		r = query_each(k->store, &q, count_known, k, &fault);
	if (r == 0)
		r = query_each(k->store, &q, take_row, k, &fault);
	k->row = NULL;
	if (r == -EINVAL)
		snprintf(why, EVALUATE_WHY, "where: column %zu: %s",
			 fault.column, fault.text);
	return r;
}

/* What is told goes out without, rather than late, where that takes long. */
static void add_places(struct look *k)
{
	int r = 0;

	for (struct alert *a = k->alerts; r == 0 && a; a = a->hh.next)
		if (a->sha256)
			r = matter_place(k->store, a->sha256, k->now, a->item,
					 &k->arena);
}

static int judge_ends(struct look *k)
{
	struct alert *a = NULL, *next = NULL;
	int r = 0;

	HASH_ITER(hh, k->alerts, a, next) {
		if (r == 0 && !a->seen)
			r = judge_end(k, a);
	}
	return r;
}

/* ------------------------------------------------------------ keeping it */

static bool is_in(const struct option_list *l, const char *name)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->items[i], name) == 0)
			return true;
	return false;
}

/* Is that event for this one of the channels that it may go to? */
static bool is_for(const struct look *k, enum telling what, uint64_t open,
		   const char *channel)
{
	if (what == TELL_END_ESCALATED && is_in(&k->rule->channels, channel))
		return false;
	if (what != TELL_END && what != TELL_END_ESCALATED)
		return true;
	return k->outbox->keeps(k->outbox->arg, channel) ? open == 0
							 : k->rule->tell_end;
}

static int queue_batch(struct look *k, enum telling what)
{
	const bool escalated = what >= TELL_ESCALATE;
	const struct rule *u = k->rule;
	const struct option_list *to = escalated ? &u->escalate_to
						 : &u->channels;
	struct batch *b = &k->batches[what];
	Alert__Message m = ALERT__MESSAGE__INIT;
	int r = 0;

	if (b->count == 0)
		return 0;
	m.rule = (char *)(uintptr_t)u->name;
	m.severity = u->severity;
	m.event = (char *)(uintptr_t)events[what];
	m.time = k->now;
	m.advice = u->advice;
	m.count = b->count;
	m.open = escalated ? k->open_escalated : k->open;
	m.items = b->items;
	m.n_items = b->n;
	for (size_t i = 0; r == 0 && i < to->count; i++)
		if (is_for(k, what, m.open, to->items[i]))
			r = outbox_add(k->outbox, &m, to->items[i]);
	return r;
}

/* What a channel has that was told of this rule. */
struct incident {
	const char *channel;
	struct incident *next;
};

struct incidents {
	struct look *look;
	struct incident *list;
};

static int take_incident(void *arg, const char *rule, const char *channel)
{
	struct incidents *l = arg;
	struct incident *i = arena_alloc(&l->look->arena, sizeof(*i));

	(void)rule;
	if (!i)
		return -ENOMEM;
	i->channel = copy(l->look, channel);
	i->next = l->list;
	l->list = i;
	return i->channel ? 0 : -ENOMEM;
}

/* Ends those of channels that have nothing open, or are no more the rule's. */
static int close_incidents(struct look *k)
{
	const struct rule *u = k->rule;
	struct incidents l = { .look = k };
	int r = k->store->driver->alerts->incident_list(k->store, u->name,
							take_incident, &l);

	for (struct incident *i = l.list; r == 0 && i; i = i->next) {
		uint64_t open = 0, ended = 0;

		if (is_in(&u->channels, i->channel)) {
			open = k->open;
			ended = k->batches[TELL_END].count;
		} else if (is_in(&u->escalate_to, i->channel)) {
			open = k->open_escalated;
			ended = k->batches[TELL_END_ESCALATED].count;
		}
		if (open == 0)
			r = outbox_close(k->outbox, u->name, i->channel,
					 ended > 0);
	}
	return r;
}

static int keep(struct look *k)
{
	const struct store_driver *d = k->store->driver;
	struct alert *a = NULL, *next = NULL;
	int r = d->begin(k->store);

	if (r < 0)
		return r;
	r = d->alerts->rule_add(k->store, k->rule->name, k->now);
	HASH_ITER(hh, k->alerts, a, next) {
		if (r == 0 && a->changed)
			r = d->alerts->put(k->store, &a->row);
	}
	for (int i = 0; r == 0 && i < TELLINGS; i++)
		r = queue_batch(k, (enum telling)i);
	if (r == 0)
		r = close_incidents(k);
	if (r == 0)
		r = d->commit(k->store);
	if (r < 0)
		d->rollback(k->store);
	return r;
}

static void tell_over(const struct look *k, char *why)
{
	if (HASH_COUNT(k->alerts) < EVALUATE_ALERTS && k->over_host)
		snprintf(why, EVALUATE_WHY, "more pass than are kept of one "
			 "host, which is as many as are left of %d: agent %.*s",
			 EVALUATE_ALERTS, UUID_TEXT, k->over_host);
	else
		snprintf(why, EVALUATE_WHY, "more pass than are kept (%d)",
			 EVALUATE_ALERTS);
}

int evaluate(const struct outbox *o, const struct rule *u, char *why)
{
	struct look *k = calloc(1, sizeof(*k));
	int r = -ENOMEM;

	*why = '\0';
	if (!k)
		return r;
	k->outbox = o;
	k->store = o->store;
	k->rule = u;
	k->now = o->now;
	k->matter = matter_find(u->subject);
	arena_init(&k->arena, TEXTS_MAX);
	r = k->matter ? load(k) : -EINVAL;
	if (r == 0)
		r = look_at_rows(k, why);
	if (r == 0)
		r = judge_ends(k);
	if (r == 0)
		add_places(k);
	if (r == 0)
		r = keep(k);
	if (r == 0 && k->over)
		tell_over(k, why);
	if (r < 0 && !*why)
		snprintf(why, EVALUATE_WHY, "%s",
			 *o->store->error ? o->store->error : strerror(-r));
	HASH_CLEAR(hh, k->alerts);
	HASH_CLEAR(hh, k->hosts);
	arena_free(&k->arena);
	free(k);
	return r;
}
