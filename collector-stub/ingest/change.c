/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/ingest/change.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "collector-stub/store/columns.h"
#include "lib/encode.h"
#include "lib/limits.h"

/* bytes of a place that are kept for readers */
#define SHOWN KIB(4)
/* memory for one difference, whose parts have LIMIT_SYNC_BODY */
#define MEMORY MIB(64)

/* A certificate or an endpoint at a place. */
struct row {
	uint8_t key[HASH_SIZE];	/* of the place */
	const uint8_t *object;	/* or NULL */
	const uint8_t *facts;	/* key of the object's row, or NULL */
	const char *place, *state, *cause;
	bool replaceable;	/* it is alone at its place */
	struct row *next;
	UT_hash_handle hh;
};

/* How many rows of an object went and came. */
struct tally {
	uint8_t object[HASH_SIZE];
	int64_t went, came;
	const struct row *row;		/* the first that came, else went */
	const uint8_t *prior;		/* what was at its place */
	bool followed;			/* by one that is new */
	UT_hash_handle hh;
};

struct change {
	struct arena arena;
	struct row *went;		/* by key */
	struct row *came, **last;	/* in their order */
	struct tally *tallies;		/* by object */
	struct store_event *events;
	size_t n, more;
	bool full;		/* more rows than there is memory for */
};

struct change *change_new(void)
{
	struct change *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	arena_init(&c->arena, MEMORY);
	c->last = &c->came;
	return c;
}

void change_free(struct change *c)
{
	if (!c)
		return;
	HASH_CLEAR(hh, c->went);
	HASH_CLEAR(hh, c->tallies);
	arena_free(&c->arena);
	free(c->events);
	free(c);
}

/* ----------------------------------------------------------- rows */

static void add_value(struct buf *b, const struct store_value *v)
{
	if (v->type == STORE_NUMBER)
		buf_addf(b, "%lld", (long long)v->number);
	else if (v->type == STORE_TEXT)
		buf_add(b, v->data, v->len);
	buf_addch(b, '\x1f');
}

/* What stays the same of a place, whatever is there. */
static bool make_key(const struct store_location *l,
		     uint8_t ret[static HASH_SIZE])
{
	static const int parts[] = {
		COLUMNS_L_CONTAINER, COLUMNS_L_PATH, COLUMNS_L_ENTRY,
		COLUMNS_L_NETNS, COLUMNS_L_ADDRESS, COLUMNS_L_PORT,
		COLUMNS_L_TRANSPORT, COLUMNS_L_STARTTLS, COLUMNS_L_SNI,
		COLUMNS_L_MODULE, COLUMNS_L_TOKEN, COLUMNS_L_TOKEN_SERIAL,
		COLUMNS_L_CHAIN_POSITION,
	};
	struct buf b;
	bool good = false;

	buf_init(&b, MIB(8));
	buf_addf(&b, "%d\x1f", l->kind);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		add_value(&b, &l->columns[parts[i]]);
	good = !b.failed;
	if (good)
		hash_sha256(b.data, b.len, ret);
	buf_free(&b);
	return good;
}

static void add_shown(struct buf *b, const char *before,
		      const struct store_value *v, const char *after)
{
	if (v->type == STORE_NULL || (v->type == STORE_TEXT && v->len == 0))
		return;
	buf_adds(b, before);
	if (v->type == STORE_NUMBER)
		buf_addf(b, "%lld", (long long)v->number);
	else
		buf_add(b, v->data, utf8_cut(v->data, v->len, SHOWN));
	buf_adds(b, after);
}

/* "/etc/ssl/a.pem", "192.0.2.1:443 (name)", "token: entry" */
static char *place_of(struct change *c, const struct store_location *l)
{
	const struct store_value *v = l->columns;
	struct buf b;
	char *text = NULL;

	buf_init(&b, 4 * SHOWN);
	if (v[COLUMNS_L_PORT].type == STORE_NUMBER) {
		add_shown(&b, "", &v[COLUMNS_L_ADDRESS], "");
		add_shown(&b, ":", &v[COLUMNS_L_PORT], "");
		add_shown(&b, " (", &v[COLUMNS_L_SNI], ")");
	} else if (v[COLUMNS_L_PATH].type == STORE_TEXT) {
		add_shown(&b, "", &v[COLUMNS_L_PATH], "");
	} else {
		add_shown(&b, "", &v[COLUMNS_L_TOKEN], ": ");
		add_shown(&b, "", &v[COLUMNS_L_ENTRY], "");
	}
	if (!b.failed)
		text = arena_str(&c->arena, b.data, b.len);
	buf_free(&b);
	return text;
}

static const char *text_of(struct change *c, const struct store_value *v)
{
	return v->type == STORE_TEXT ?
		arena_str(&c->arena, v->data, utf8_cut(v->data, v->len,
						       SHOWN)) :
		arena_str(&c->arena, "", 0);
}

static const uint8_t *hash_of(struct change *c, const uint8_t *hash)
{
	return hash ? arena_dup(&c->arena, hash, HASH_SIZE) : NULL;
}

static bool is_kept(const struct store_location *l)
{
	return l->columns && ((l->kind == CW__KIND__KIND_CERTIFICATE &&
			       l->object) ||
			      l->kind == CW__KIND__KIND_ENDPOINT);
}

static struct row *new_row(struct change *c, const struct store_location *l)
{
	const struct store_value *v = l->columns;
	struct row *row = arena_alloc(&c->arena, sizeof(*row));

	if (!row)
		return NULL;
	*row = (struct row){
		.place = place_of(c, l),
		.state = text_of(c, &v[COLUMNS_L_STATE]),
		.cause = text_of(c, &v[COLUMNS_L_CAUSE]),
		.replaceable = v[COLUMNS_L_CHAIN_POSITION].number <= 1 &&
			v[COLUMNS_L_TRUST_STORE].number == 0,
	};
	if (l->kind == CW__KIND__KIND_CERTIFICATE) {
		row->object = hash_of(c, l->object);
		row->facts = l->claim ? hash_of(c, l->claim->sha256) :
			row->object;
	}
	if (l->kind == CW__KIND__KIND_CERTIFICATE && !row->object)
		return NULL;
	return make_key(l, row->key) && row->place && row->state &&
		row->cause ? row : NULL;
}

static struct tally *tally_of(struct change *c, const struct row *row)
{
	struct tally *t = NULL;

	HASH_FIND(hh, c->tallies, row->object, HASH_SIZE, t);
	if (t)
		return t;
	t = arena_alloc(&c->arena, sizeof(*t));
	if (!t)
		return NULL;
	*t = (struct tally){ .row = row };
	memcpy(t->object, row->object, HASH_SIZE);
	HASH_ADD(hh, c->tallies, object, HASH_SIZE, t);
	return t;
}

/* The row, and the tally of its object, if it has one; NULL where it is none
 * of ours, or there is no room. */
static struct row *take_row(struct change *c, const struct store_location *l,
			    struct tally **ret)
{
	struct row *row = NULL;

	*ret = NULL;
	if (!is_kept(l) || c->full)
		return NULL;
	row = new_row(c, l);
	if (row && row->object)
		*ret = tally_of(c, row);
	if (row && (!row->object || *ret))
		return row;
	c->full = true;
	return NULL;
}

int change_removed(void *arg, const struct store_location *l)
{
	struct change *c = arg;
	struct tally *t = NULL;
	struct row *row = take_row(c, l, &t), *same = NULL;

	if (!row)
		return 0;
	HASH_FIND(hh, c->went, row->key, HASH_SIZE, same);
	if (!same)
		HASH_ADD(hh, c->went, key, HASH_SIZE, row);
	if (t)
		t->went++;
	return 0;
}

void change_added(struct change *c, const struct store_location *l)
{
	struct tally *t = NULL;
	struct row *row = take_row(c, l, &t);

	if (!row)
		return;
	*c->last = row;
	c->last = &row->next;
	if (t && t->came++ == 0)
		t->row = row;
}

/* ----------------------------------------------------------- events */

/* Beyond LIMIT_EVENTS they are counted alone. */
static int add_event(struct change *c, const struct store_event *e)
{
	struct store_event *more = NULL;

	if (c->n >= LIMIT_EVENTS) {
		c->more++;
		return 0;
	}
	if (c->n % 64 == 0) {
		more = realloc(c->events, (c->n + 64) * sizeof(*more));
		if (!more)
			return -ENOMEM;
		c->events = more;
	}
	c->events[c->n++] = *e;
	return 0;
}

int change_host(struct change *c, int64_t time, const char *event)
{
	const struct store_event e = { .time = time, .about = "host",
				       .event = event, .place = "" };

	return add_event(c, &e);
}

static bool is_bad(const char *state)
{
	return strcmp(state, "stale") == 0 || strcmp(state, "mixed") == 0 ||
		strcmp(state, "chain") == 0;
}

static int judge_endpoint(struct change *c, const struct row *row,
			  const struct row *before, int64_t now)
{
	const struct store_event e = { .time = now, .about = "endpoint",
		.event = row->state, .place = row->place,
		.cause = *row->cause ? row->cause : NULL,
		.was = before && *before->state ? before->state : NULL };

	if (!*row->state || (before && strcmp(before->state, row->state) == 0))
		return 0;
	/* one that is there for the first time, and as it should be */
	if (!before && !is_bad(row->state))
		return 0;
	return add_event(c, &e);
}

/* Pairs what came with what was there. */
static int pair_rows(struct change *c, int64_t now)
{
	int r = 0;

	for (struct row *row = c->came; r == 0 && row; row = row->next) {
		struct row *before = NULL;
		struct tally *t = NULL;

		HASH_FIND(hh, c->went, row->key, HASH_SIZE, before);
		if (!row->object) {
			r = judge_endpoint(c, row, before, now);
			continue;
		}
		HASH_FIND(hh, c->tallies, row->object, HASH_SIZE, t);
		if (t && !t->prior && before && row->replaceable &&
		    memcmp(before->object, row->object, HASH_SIZE) != 0)
			t->prior = before->object;
	}
	return r;
}

static int by_hash(const void *a, const void *b)
{
	return memcmp(a, b, HASH_SIZE);
}

/* The objects whose number of rows has changed, in order; malloc'd. */
static uint8_t *changed(struct change *c, size_t *ret_n)
{
	uint8_t *list = malloc((HASH_COUNT(c->tallies) + 1) * HASH_SIZE);
	struct tally *t = NULL, *next = NULL;
	size_t n = 0;

	if (!list)
		return NULL;
	HASH_ITER(hh, c->tallies, t, next) {
		if (t->went != t->came)
			memcpy(list + n++ * HASH_SIZE, t->object, HASH_SIZE);
	}
	qsort(list, n, HASH_SIZE, by_hash);
	*ret_n = n;
	return list;
}

static int add_certificate(struct change *c, const struct tally *t,
			   const char *event, int64_t now)
{
	const struct store_event e = { .time = now, .about = "certificate",
		.event = event, .object = t->object, .facts = t->row->facts,
		.prior = t->prior, .place = t->row->place };

	return add_event(c, &e);
}

/* ${there}: how many rows of each object there are now. */
static int judge_new(struct change *c, const uint8_t *list, size_t n,
		     const int64_t *there, int64_t now)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct tally *t = NULL, *prior = NULL;

		HASH_FIND(hh, c->tallies, list + i * HASH_SIZE, HASH_SIZE, t);
		if (there[i] == 0 || there[i] - t->came + t->went != 0)
			continue;
		if (t->prior)
			HASH_FIND(hh, c->tallies, t->prior, HASH_SIZE, prior);
		if (prior)
			prior->followed = true;
		r = add_certificate(c, t, "new", now);
	}
	return r;
}

/* After judge_new(). */
static int judge_gone(struct change *c, const uint8_t *list, size_t n,
		      const int64_t *there, const int64_t *followed,
		      int64_t now)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct tally *t = NULL;

		HASH_FIND(hh, c->tallies, list + i * HASH_SIZE, HASH_SIZE, t);
		if (there[i] == 0 && followed[i] == 0 && !t->followed)
			r = add_certificate(c, t, "gone", now);
	}
	return r;
}

static int judge(struct change *c, struct store *s, const struct sync *in)
{
	const struct store_event_driver *d = s->driver->events;
	int64_t *counts = NULL;
	size_t n = 0;
	uint8_t *list = changed(c, &n);
	int r = list ? pair_rows(c, in->now) : -ENOMEM;

	counts = calloc(2 * n + 1, sizeof(*counts));
	if (r == 0 && !counts)
		r = -ENOMEM;
	if (r == 0 && n > 0)
		r = d->places(s, in->agent_id, list, n, counts);
	if (r == 0 && n > 0 && c->went)
		r = d->followed(s, in->agent_id, list, n, counts + n);
	if (r == 0)
		r = judge_new(c, list, n, counts, in->now);
	if (r == 0)
		r = judge_gone(c, list, n, counts, counts + n, in->now);
	free(counts);
	free(list);
	return r;
}

/* ----------------------------------------------------------- writing */

/* Looks for what new certificates came after. */
static int settle(struct change *c, struct store *s, const char *id)
{
	uint8_t *list = malloc((c->n + 1) * HASH_SIZE);
	size_t n = 0;
	int r = 0;

	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < c->n; i++)
		if (n < LIMIT_SETTLED && c->events[i].object &&
		    !c->events[i].prior &&
		    strcmp(c->events[i].event, "new") == 0)
			memcpy(list + n++ * HASH_SIZE, c->events[i].object,
			       HASH_SIZE);
	if (n > 0)
		r = s->driver->events->settle(s, id, list, n);
	free(list);
	return r;
}

static int number(struct change *c, struct store *s, const char *id)
{
	int64_t last = 0;
	int r = s->driver->events->last(s, id, &last);

	for (size_t i = 0; r == 0 && i < c->n; i++) {
		int64_t least = c->events[i].time * STORE_EVENT_NUMBER;

		last = (last > least ? last : least) + 1;
		c->events[i].number = last;
	}
	return r;
}

/* No agent fills the table: what is beyond its hour's share is counted. */
static int keep_share(struct change *c, struct store *s, const struct sync *in)
{
	int64_t had = 0;
	size_t room = 0;
	int r = s->driver->events->count(s, in->agent_id, in->now - 3600, &had);

	if (r < 0)
		return r;
	if (had < LIMIT_EVENTS_HOUR)
		room = (size_t)(LIMIT_EVENTS_HOUR - had);
	if (c->n > room) {
		c->more += c->n - room;
		c->n = room;
	}
	return 0;
}

int change_write(struct change *c, struct store *s, const struct sync *in)
{
	struct store_event more = { .time = in->now, .about = "host",
		.event = "many", .place = "",
		.cause = "too much at once to list it" };
	char cause[64];
	int r = 0;

	if (c->full)
		r = add_event(c, &more);
	else if (c->came || c->went)
		r = judge(c, s, in);
	if (r == 0 && c->n > 0)
		r = keep_share(c, s, in);
	if (r == 0 && c->more > 0 && c->n > 0) {
		snprintf(cause, sizeof(cause), "%zu more at once",
			 c->more + 1);
		more.cause = cause;
		c->events[c->n - 1] = more;
	}
	if (r < 0 || c->n == 0)
		return r;
	r = number(c, s, in->agent_id);
	if (r == 0)
		r = s->driver->events->add(s, in->agent_id, c->events, c->n);
	return r < 0 ? r : settle(c, s, in->agent_id);
}

/* ----------------------------------------------------------- coverage */

static int write_worse(struct store *s, const struct sync *in,
		       const struct store_coverage *was, int64_t gaps)
{
	struct change *c = change_new();
	char cause[128];
	const struct store_event e = { .time = in->now, .about = "host",
		.event = "worse", .place = "", .cause = cause };
	int r = c ? 0 : -ENOMEM;

	snprintf(cause, sizeof(cause), "%s, %lld gaps; before: %s, %lld",
		 in->request->coverage->complete ? "complete" : "not complete",
		 (long long)gaps, was->complete ? "complete" : "not complete",
		 (long long)was->gaps);
	if (r == 0)
		r = add_event(c, &e);
	if (r == 0)
		r = change_write(c, s, in);
	change_free(c);
	return r;
}

int change_coverage(struct store *s, const struct sync *in)
{
	const Cw__Coverage *now = in->request->coverage;
	const int64_t gaps = columns_gaps(now);
	struct store_coverage was = { .finished = 0 };
	int r = 0;

	/* so it is not asked for on a host where all is well */
	if (now->complete && gaps == 0)
		return 0;
	r = s->driver->coverage_get(s, in->agent_id, &was);
	if (r < 0 || was.finished == 0 ||
	    (gaps <= was.gaps && (now->complete || !was.complete)))
		return r;
	return write_worse(s, in, &was, gaps);
}
