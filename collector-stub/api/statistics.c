/* SPDX-License-Identifier: Apache-2.0 */
/* What the overview shows.  Each figure is a count of a filter that the lists
 * take too, so that each can be looked into. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collector-stub/api/handlers.h"
#include "collector-stub/api/inventory.h"
#include "lib/clock.h"
#include "lib/limits.h"

#define LEAVES "role in (leaf, self-signed-leaf)"
#define FRESH 30	/* seconds for which an answer stands, at least; */
#define REST 20		/* and so many times as long as it took */
#define LIMIT_MS 60000	/* for a question, of which the hosts may be many */
#define ANSWER_MAX KIB(256)
#define FILTER_SHOWN 256
#define NAME 64		/* bytes of a word and its NUL: longer ones are left
			 * out */
#define KEYS 128	/* the most frequent kinds of keys, */
#define STATES 64	/* and states, are told apart */

/* What is counted of a list stands together. */
enum figure {
	CERTIFICATES, EXPIRED, WITHIN_7, WITHIN_30, WITHIN_60, WITHIN_90,
	WITHIN_200, LATER, WEAK,
	ENDPOINTS, HYBRID, EXPIRED_SERVED, EXPIRING_SERVED, STALE, MIXED, CHAIN,
	HOSTS, SILENT, REVOKED, NEVER_SCANNED, SCANNED_LONG_AGO, INCOMPLETE,
	WITH_GAPS,
	COMMANDS_OPEN, TO_BE_SIGNED, FAILED,
	READABLE_KEYS, CONFIGURED_EXPIRED, CONFIGURED_EXPIRING,
	FIGURES
};

#define BETWEEN(from, to) "not_after >= " #from "d and not_after < " #to "d"

/* Those of certificates are of leaves, but the first. */
static const char *const filters[FIGURES] = {
	[EXPIRED] = "not_after < 0d",
	[WITHIN_7] = BETWEEN(0, 7),
	[WITHIN_30] = BETWEEN(7, 30),
	[WITHIN_60] = BETWEEN(30, 60),
	[WITHIN_90] = BETWEEN(60, 90),
	[WITHIN_200] = BETWEEN(90, 200),
	[LATER] = "not_after >= 200d",
	[WEAK] = "not_after > 0d and flags ~ weak",
	[HYBRID] = "hybrid_groups",
	[EXPIRED_SERVED] = "not_after < 0d",
	[EXPIRING_SERVED] = BETWEEN(0, 7),
	[STALE] = "state = stale",
	[MIXED] = "state = mixed",
	[CHAIN] = "state = chain",
	[SILENT] = "not revoked and (last_seen < -1d or"
		" (not last_seen and created < -1d))",
	[REVOKED] = "revoked",
	[NEVER_SCANNED] = "not revoked and not scanned and created < -1d",
	[SCANNED_LONG_AGO] = "not revoked and scanned < -7d",
	[INCOMPLETE] = "not revoked and scanned and not complete",
	[WITH_GAPS] = "not revoked and gaps > 0",
	[COMMANDS_OPEN] = "not closed and expires > 0s",
	[TO_BE_SIGNED] = "state = \"to be signed\"",
	[FAILED] = "state in (failed, refused, timed-out, unknown)"
		" and closed > -7d",
	/* what excludes most is tested first */
	[READABLE_KEYS] = "encrypted = no and kind = private-key"
		" and mode !~ \"*0\" and (mode ~ \"*4\" or mode ~ \"*5\""
		" or mode ~ \"*6\" or mode ~ \"*7\")",
	[CONFIGURED_EXPIRED] = "problem = expired",
	[CONFIGURED_EXPIRING] = "problem = expiring",
};

static const char *const classes[] = { "classical", "hybrid", "post-quantum" };
#define CLASSES (sizeof(classes) / sizeof(*classes))

struct key {
	char alg[NAME];
	char curve[NAME];
	bool has_bits;		/* otherwise a curve, or neither */
	int64_t bits;
	int64_t count;
};

struct state {
	char name[NAME];
	int64_t count;
};

struct figures {
	int64_t n[FIGURES];
	int64_t leaves;
	int64_t classes[CLASSES];	/* of leaves */
	struct key keys[KEYS];		/* of leaves */
	size_t n_keys;
	struct state states[STATES];	/* of endpoints */
	size_t n_states;
	int64_t gaps;			/* of all hosts */
};

/* ------------------------------------------------------------- counting */

/* "" where it is none or too long. */
static void copy_word(const struct store_value *v, char ret[static NAME])
{
	ret[0] = '\0';
	if (v->type != STORE_TEXT || v->len >= NAME)
		return;
	memcpy(ret, v->data, v->len);
	ret[v->len] = '\0';
}

static void add_key(struct figures *f, const struct key *k)
{
	for (size_t i = 0; i < f->n_keys; i++) {
		struct key *at = &f->keys[i];

		if (strcmp(at->alg, k->alg) == 0 &&
		    strcmp(at->curve, k->curve) == 0 &&
		    at->has_bits == k->has_bits && at->bits == k->bits) {
			at->count += k->count;
			return;
		}
	}
	if (f->n_keys < KEYS)
		f->keys[f->n_keys++] = *k;
}

static int take(void *arg, enum figure from, enum figure to,
		const int64_t *counts)
{
	struct figures *f = arg;

	for (enum figure i = from; i < to; i++)
		f->n[i] += counts[i - from];
	return 0;
}

static const char *const key_groups[] = { "role", "key_alg", "key_bits",
					  "curve", "pq_class", NULL };

static int take_certificates(void *arg, const struct store_value *v,
			     const int64_t *counts)
{
	struct figures *f = arg;
	struct key k = { .count = counts[0] };
	char role[NAME], class[NAME];

	copy_word(&v[0], role);
	if (strcasecmp(role, "leaf") != 0 &&
	    strcasecmp(role, "self-signed-leaf") != 0)
		return take(arg, CERTIFICATES, EXPIRED, counts);
	take(arg, CERTIFICATES, ENDPOINTS, counts);
	f->leaves += counts[0];
	copy_word(&v[4], class);
	for (size_t i = 0; i < CLASSES; i++)
		if (strcasecmp(class, classes[i]) == 0)
			f->classes[i] += counts[0];
	copy_word(&v[1], k.alg);
	if (strcmp(k.alg, "EC") == 0) {
		copy_word(&v[3], k.curve);
	} else if (v[2].type == STORE_NUMBER) {
		k.has_bits = true;
		k.bits = v[2].number;
	}
	if (k.alg[0])
		add_key(f, &k);
	return 0;
}

static const char *const state_groups[] = { "state", NULL };

static int take_endpoints(void *arg, const struct store_value *v,
			  const int64_t *counts)
{
	struct figures *f = arg;

	if (f->n_states < STATES) {
		struct state *s = &f->states[f->n_states++];

		copy_word(&v[0], s->name);
		s->count = counts[0];
	}
	return take(arg, ENDPOINTS, HOSTS, counts);
}

static const char *const gap_groups[] = { "gaps", NULL };

static int take_hosts(void *arg, const struct store_value *v,
		      const int64_t *counts)
{
	struct figures *f = arg;
	int64_t product = 0;

	if (v->type == STORE_NUMBER &&
	    !__builtin_mul_overflow(v->number, counts[WITH_GAPS - HOSTS],
				    &product) &&
	    __builtin_add_overflow(f->gaps, product, &product) == 0)
		f->gaps = product;
	return take(arg, HOSTS, COMMANDS_OPEN, counts);
}

static const char *const no_groups[] = { NULL };

static int take_commands(void *arg, const struct store_value *v,
			 const int64_t *counts)
{
	(void)v;
	return take(arg, COMMANDS_OPEN, READABLE_KEYS, counts);
}

static int take_locations(void *arg, const struct store_value *v,
			  const int64_t *counts)
{
	(void)v;
	return take(arg, READABLE_KEYS, FIGURES, counts);
}

/* Each list is read once. */
static const struct part {
	const char *list;
	enum figure from, to;
	const char *const *groups;
	query_counts_fn *take;
} parts[] = {
	{ "certificates", CERTIFICATES, ENDPOINTS, key_groups,
		take_certificates },
	{ "endpoints", ENDPOINTS, HOSTS, state_groups, take_endpoints },
	{ "hosts", HOSTS, COMMANDS_OPEN, gap_groups, take_hosts },
	{ "commands", COMMANDS_OPEN, READABLE_KEYS, no_groups, take_commands },
	{ "locations", READABLE_KEYS, FIGURES, no_groups, take_locations },
};
#define PARTS (sizeof(parts) / sizeof(*parts))

static int by_count(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int r = (x->count < y->count) - (x->count > y->count);

	if (r == 0)
		r = strcmp(x->alg, y->alg);
	if (r == 0)
		r = strcmp(x->curve, y->curve);
	return r ? r : (x->bits > y->bits) - (x->bits < y->bits);
}

/* A filter of ours is never wrong. */
static int count(struct api *q, struct figures *f)
{
	struct filter_fault fault;
	int r = 0;

	for (size_t i = 0; r == 0 && i < PARTS; i++) {
		const struct part *p = &parts[i];
		const struct query k = { .subject = query_subject(p->list),
					 .now = q->now, .limit_ms = LIMIT_MS };

		r = query_counts(q->store, &k, p->groups, filters + p->from,
				 p->to - p->from, p->take, f, &fault);
	}
	qsort(f->keys, f->n_keys, sizeof(*f->keys), by_count);
	return r == -EINVAL ? -EPROTO : r;
}

/* --------------------------------------------------------------- telling */

/* The list of what ${i} counts, and the filter to see it there. */
static const char *shown(enum figure i, char ret[static FILTER_SHOWN])
{
	const struct part *p = parts;

	while (i >= p->to)
		p++;
	snprintf(ret, FILTER_SHOWN, "%s%s", p == parts ? LEAVES " and " : "",
		 filters[i]);
	return p->list;
}

static const struct bucket {
	const char *name;
	int from, to;		/* days; -1: no end */
	enum figure figure;
} buckets[] = {
	{ "expired", -1, 0, EXPIRED }, { "7d", 0, 7, WITHIN_7 },
	{ "30d", 7, 30, WITHIN_30 }, { "60d", 30, 60, WITHIN_60 },
	{ "90d", 60, 90, WITHIN_90 }, { "200d", 90, 200, WITHIN_200 },
	{ "later", 200, -1, LATER },
};

static void add_bucket(struct json *j, const struct bucket *b, int64_t n)
{
	char filter[FILTER_SHOWN];

	shown(b->figure, filter);
	json_begin_object(j, NULL);
	json_quoted(j, "name", b->name);
	if (b->from >= 0)
		json_number(j, "from_days", b->from);
	if (b->to >= 0)
		json_number(j, "to_days", b->to);
	json_number(j, "count", n);
	json_quoted(j, "filter", filter);
	json_end_object(j);
}

static void add_keys(struct json *j, const struct figures *f)
{
	json_begin_array(j, "algorithms");
	for (const struct key *k = f->keys; k < f->keys + f->n_keys; k++) {
		json_begin_object(j, NULL);
		json_quoted(j, "key_alg", k->alg);
		if (k->has_bits)
			json_number(j, "key_bits", k->bits);
		if (k->curve[0])
			json_quoted(j, "curve", k->curve);
		json_number(j, "count", k->count);
		json_end_object(j);
	}
	json_end_array(j);
}

static void add_certificates(struct json *j, const struct figures *f)
{
	int64_t none = f->leaves;

	json_begin_object(j, "certificates");
	json_number(j, "total", f->n[CERTIFICATES]);
	json_number(j, "leaves", f->leaves);
	json_begin_array(j, "expiry");
	for (size_t i = 0; i < sizeof(buckets) / sizeof(*buckets); i++)
		add_bucket(j, &buckets[i], f->n[buckets[i].figure]);
	json_end_array(j);
	add_keys(j, f);
	json_begin_object(j, "post_quantum");
	for (size_t i = 0; i < CLASSES; i++) {
		json_number(j, classes[i], f->classes[i]);
		none -= f->classes[i];
	}
	json_number(j, "none", none);
	json_end_object(j);
	json_end_object(j);
}

static void add_endpoints(struct json *j, const struct figures *f)
{
	json_begin_object(j, "endpoints");
	json_number(j, "total", f->n[ENDPOINTS]);
	json_begin_object(j, "states");
	for (size_t i = 0; i < f->n_states; i++)
		json_number(j, f->states[i].name, f->states[i].count);
	json_end_object(j);
	json_number(j, "hybrid", f->n[HYBRID]);
	json_end_object(j);
}

static void add_hosts(struct json *j, const struct figures *f)
{
	json_begin_object(j, "hosts");
	json_number(j, "total", f->n[HOSTS]);
	json_number(j, "silent", f->n[SILENT]);
	json_number(j, "revoked", f->n[REVOKED]);
	json_number(j, "incomplete", f->n[INCOMPLETE]);
	json_number(j, "with_gaps", f->n[WITH_GAPS]);
	json_number(j, "gaps", f->gaps);
	json_end_object(j);
}

static void add_commands(struct json *j, const struct figures *f)
{
	json_begin_object(j, "commands");
	json_number(j, "open", f->n[COMMANDS_OPEN]);
	json_number(j, "to_be_signed", f->n[TO_BE_SIGNED]);
	json_number(j, "failed", f->n[FAILED]);
	json_end_object(j);
}

/* What needs somebody, the worst first. */
static const struct broken {
	const char *name;
	const char *title;
	enum figure figure;
} broken[] = {
	{ "expired-served", "serve an expired certificate", EXPIRED_SERVED },
	{ "expired-configured", "expired certificates in files that services"
		" are configured with", CONFIGURED_EXPIRED },
	{ "stale", "serve an old certificate although a new one is there",
		STALE },
	{ "mixed", "have workers that serve different certificates", MIXED },
	{ "chain", "serve a chain that is not complete", CHAIN },
	{ "expiring-served", "serve a certificate that ends within a week",
		EXPIRING_SERVED },
	{ "expiring-configured", "certificates that end soon in files that"
		" services are configured with", CONFIGURED_EXPIRING },
	{ "expired", "leaves that have expired, wherever they lie", EXPIRED },
	{ "readable-keys", "private keys that everybody may read",
		READABLE_KEYS },
	{ "weak-keys", "leaves with a weak key or signature", WEAK },
	{ "silent-hosts", "hosts that were not heard of for a day", SILENT },
	{ "never-scanned", "hosts that were enrolled and never scanned",
		NEVER_SCANNED },
	{ "old-scans", "hosts whose last scan is more than a week old",
		SCANNED_LONG_AGO },
	{ "incomplete-scans", "hosts whose last scan did not end", INCOMPLETE },
	{ "failed-commands", "commands that failed within a week", FAILED },
};

static void add_broken(struct json *j, const struct figures *f)
{
	char filter[FILTER_SHOWN];

	json_begin_array(j, "broken");
	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
		const struct broken *b = &broken[i];
		const char *list = shown(b->figure, filter);

		if (f->n[b->figure] == 0)
			continue;
		json_begin_object(j, NULL);
		json_quoted(j, "name", b->name);
		json_quoted(j, "title", b->title);
		json_number(j, "count", f->n[b->figure]);
		json_quoted(j, "list", list);
		json_quoted(j, "filter", filter);
		json_end_object(j);
	}
	json_end_array(j);
}

/* The last answer: the same to all who may ask, and read from all tables.  One
 * thread finds the next one out, meanwhile the others give the last. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t done;
	struct buf body;
	int64_t at, until;	/* it stands from, to; seconds since 1970 */
	bool at_work;
} last = { .lock = PTHREAD_MUTEX_INITIALIZER,
	   .done = PTHREAD_COND_INITIALIZER, .body = { .max = ANSWER_MAX } };

/* False: it is to be found out, and end_work() to be called. */
static bool take_last(struct buf *out, int64_t now)
{
	bool taken = false;

	pthread_mutex_lock(&last.lock);
	while (last.at_work && last.body.len == 0)
		pthread_cond_wait(&last.done, &last.lock);
	taken = last.at_work || (last.body.len > 0 && now >= last.at &&
				 now < last.until);
	if (taken)
		buf_add(out, last.body.data, last.body.len);
	else
		last.at_work = true;
	pthread_mutex_unlock(&last.lock);
	return taken;
}

/* ${body}: what was found out, or NULL. */
static void end_work(const struct buf *body, int64_t now, int64_t took_ms)
{
	int64_t rest = took_ms * REST / 1000;

	pthread_mutex_lock(&last.lock);
	last.at_work = false;
	if (body && !body->failed) {
		buf_reset(&last.body);
		buf_add(&last.body, body->data, body->len);
		last.at = now;
		last.until = now + (rest > FRESH ? rest : FRESH);
	}
	pthread_cond_broadcast(&last.done);
	pthread_mutex_unlock(&last.lock);
}

static int find_out(struct api *q, struct json *j)
{
	struct figures f = { .n_keys = 0 };
	int r = count(q, &f);

	if (r < 0)
		return r;
	json_begin_object(j, NULL);
	json_time(j, "time", q->now);
	add_certificates(j, &f);
	add_endpoints(j, &f);
	add_hosts(j, &f);
	add_commands(j, &f);
	add_broken(j, &f);
	json_end_object(j);
	return 0;
}

int statistics_get(struct api *q)
{
	struct buf *body = &q->exchange->reply.body;
	int64_t begun = clock_steady_ms();
	struct json j;
	int r = 0;

	api_json(q, 200, &j);
	if (take_last(body, q->now))
		return 0;
	r = find_out(q, &j);
	end_work(r == 0 ? body : NULL, q->now, clock_steady_ms() - begun);
	return r < 0 ? api_failed(q, r, "figure") : 0;
}
