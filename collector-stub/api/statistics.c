/* SPDX-License-Identifier: Apache-2.0 */
/* What the overview shows.  Each figure is a count of a filter that the lists
 * take too, so that each can be looked into. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "collector-stub/api/handlers.h"
#include "collector-stub/api/inventory.h"
#include "lib/clock.h"
#include "lib/limits.h"

#define LEAVES "role in (leaf, self-signed-leaf)"
#define ALGORITHMS_MAX 24
#define FRESH 30	/* seconds for which an answer stands, at least; */
#define REST 20		/* and so many times as long as it took */
#define LIMIT_MS 60000	/* for a question, of which the hosts may be many */
#define ANSWER_MAX KIB(256)

/* A filter of ours is never wrong. */
static int ask(struct api *q, const char *subject, const char *filter,
	       const char *group, query_count_fn *fn, void *arg)
{
	const struct query k = {
		.subject = query_subject(subject), .filter = filter,
		.now = q->now, .limit_ms = LIMIT_MS,
	};
	struct filter_fault fault;
	int r = query_count(q->store, &k, group, 0, fn, arg, &fault);

	return r == -EINVAL ? -EPROTO : r;
}

/* How many of a subject pass each of these, in one pass. */
static int counts(struct api *q, const char *subject,
		  const char *const *filters, size_t n, int64_t *ret)
{
	const struct query k = { .subject = query_subject(subject),
				 .now = q->now, .limit_ms = LIMIT_MS };
	struct filter_fault fault;
	int r = query_counts(q->store, &k, filters, n, ret, &fault);

	return r == -EINVAL ? -EPROTO : r;
}

/* -------------------------------------------------------- certificates */

static const struct bucket { const char *name; int from, to; } buckets[] = {
	{ "expired", -1, 0 }, { "7d", 0, 7 }, { "30d", 7, 30 },
	{ "60d", 30, 60 }, { "90d", 60, 90 }, { "200d", 90, 200 },
	{ "later", 200, -1 },
};
#define BUCKETS (sizeof(buckets) / sizeof(*buckets))
#define BUCKET_FILTER 160

static void bucket_filter(const struct bucket *b,
			  char ret[static BUCKET_FILTER])
{
	size_t n = (size_t)snprintf(ret, BUCKET_FILTER, LEAVES);

	if (b->from >= 0)
		n += (size_t)snprintf(ret + n, BUCKET_FILTER - n,
				      " and not_after >= %dd", b->from);
	if (b->to >= 0)
		snprintf(ret + n, BUCKET_FILTER - n, " and not_after < %dd",
			 b->to);
}

static void add_bucket(struct json *j, const struct bucket *b,
		       const char *filter, int64_t n)
{
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

struct algorithms {
	struct api *q;
	struct json *json;
	char names[ALGORITHMS_MAX][64];
	size_t n;
	const char *name;	/* at work */
	const char *member;	/* "key_bits", "curve" */
};

static int take_name(void *arg, const struct store_value *v, int64_t count)
{
	struct algorithms *a = arg;

	(void)count;
	if (v->type == STORE_TEXT && a->n < ALGORITHMS_MAX &&
	    v->len < sizeof(a->names[0])) {
		memcpy(a->names[a->n], v->data, v->len);
		a->names[a->n++][v->len] = '\0';
	}
	return 0;
}

static int add_algorithm(void *arg, const struct store_value *v, int64_t count)
{
	struct algorithms *a = arg;
	struct json *j = a->json;

	json_begin_object(j, NULL);
	json_quoted(j, "key_alg", a->name);
	if (v->type == STORE_NUMBER)
		json_number(j, a->member, v->number);
	else if (v->type == STORE_TEXT)
		json_bytes(j, a->member, v->data, v->len);
	json_number(j, "count", count);
	json_end_object(j);
	return 0;
}

static int add_algorithms(struct api *q, struct json *j)
{
	struct algorithms a = { .q = q, .json = j };
	char filter[192];
	int r = ask(q, "certificates", LEAVES, "key_alg", take_name, &a);

	json_begin_array(j, "algorithms");
	for (size_t i = 0; r == 0 && i < a.n; i++) {
		/* none of our names has a quote: lib/algorithm.h, or an OID */
		if (strpbrk(a.names[i], "\"\\"))
			continue;
		a.name = a.names[i];
		a.member = strcmp(a.name, "EC") == 0 ? "curve" : "key_bits";
		snprintf(filter, sizeof(filter), LEAVES " and key_alg = \"%s\"",
			 a.name);
		r = ask(q, "certificates", filter, a.member, add_algorithm,
			&a);
	}
	json_end_array(j);
	return r;
}

static const char *const classes[] = { "classical", "hybrid", "post-quantum" };
#define CLASSES (sizeof(classes) / sizeof(*classes))

static void add_post_quantum(struct json *j, int64_t leaves, const int64_t *n)
{
	int64_t none = leaves;

	json_begin_object(j, "post_quantum");
	for (size_t i = 0; i < CLASSES; i++) {
		json_number(j, classes[i], n[i]);
		none -= n[i];
	}
	json_number(j, "none", none);
	json_end_object(j);
}

static int add_certificates(struct api *q, struct json *j)
{
	char text[BUCKETS][BUCKET_FILTER], class[CLASSES][128];
	const char *filters[2 + BUCKETS + CLASSES] = { NULL, LEAVES };
	int64_t n[2 + BUCKETS + CLASSES] = { 0 };
	int r = 0;

	for (size_t i = 0; i < BUCKETS; i++) {
		bucket_filter(&buckets[i], text[i]);
		filters[2 + i] = text[i];
	}
	for (size_t i = 0; i < CLASSES; i++) {
		snprintf(class[i], sizeof(class[i]), LEAVES
			 " and pq_class = %s", classes[i]);
		filters[2 + BUCKETS + i] = class[i];
	}
	r = counts(q, "certificates", filters, 2 + BUCKETS + CLASSES, n);
	json_begin_object(j, "certificates");
	json_number(j, "total", n[0]);
	json_number(j, "leaves", n[1]);
	json_begin_array(j, "expiry");
	for (size_t i = 0; i < BUCKETS; i++)
		add_bucket(j, &buckets[i], text[i], n[2 + i]);
	json_end_array(j);
	if (r == 0)
		r = add_algorithms(q, j);
	add_post_quantum(j, n[1], n + 2 + BUCKETS);
	json_end_object(j);
	return r;
}

/* -------------------------------------------------------- all the others */

static int add_state(void *arg, const struct store_value *v, int64_t count)
{
	char name[64] = "";

	if (v->type == STORE_TEXT && v->len < sizeof(name)) {
		memcpy(name, v->data, v->len);
		name[v->len] = '\0';
	}
	json_number(arg, name, count);
	return 0;
}

static int add_endpoints(struct api *q, struct json *j)
{
	static const char *const filters[] = { NULL, "hybrid_groups" };
	int64_t n[2] = { 0 };
	int r = counts(q, "endpoints", filters, 2, n);

	json_begin_object(j, "endpoints");
	json_number(j, "total", n[0]);
	json_begin_object(j, "states");
	if (r == 0)
		r = ask(q, "endpoints", NULL, "state", add_state, j);
	json_end_object(j);
	json_number(j, "hybrid", n[1]);
	json_end_object(j);
	return r;
}

static int sum(void *arg, const struct store_value *v, int64_t count)
{
	int64_t product = 0;

	if (v->type == STORE_NUMBER &&
	    !__builtin_mul_overflow(v->number, count, &product))
		*(int64_t *)arg += product;
	return 0;
}

struct named {
	const char *name;
	const char *filter;
};

static int add_all(struct api *q, struct json *j, const char *subject,
		   const struct named *named)
{
	const char *filters[QUERY_COUNTS] = { NULL };
	int64_t all[QUERY_COUNTS] = { 0 };
	size_t n = 0;
	int r = 0;

	for (; n < QUERY_COUNTS && named[n].name; n++)
		filters[n] = named[n].filter;
	r = counts(q, subject, filters, n, all);
	for (size_t i = 0; i < n; i++)
		json_number(j, named[i].name, all[i]);
	return r;
}

#define SILENT \
	"not revoked and (last_seen < -1d or (not last_seen and created < -1d))"

static int add_hosts(struct api *q, struct json *j)
{
	static const struct named named[] = {
		{ "total", NULL }, { "silent", SILENT },
		{ "revoked", "revoked" },
		{ "incomplete", "not revoked and scanned and not complete" },
		{ "with_gaps", "not revoked and gaps > 0" }, { NULL, NULL },
	};
	int64_t gaps = 0;
	int r = 0;

	json_begin_object(j, "hosts");
	r = add_all(q, j, "hosts", named);
	if (r == 0)
		r = ask(q, "hosts", "not revoked and gaps > 0", "gaps", sum,
			&gaps);
	json_number(j, "gaps", gaps);
	json_end_object(j);
	return r;
}

static int add_commands(struct api *q, struct json *j)
{
	static const struct named named[] = {
		{ "open", "not closed and expires > 0s" },
		{ "to_be_signed", "state = \"to be signed\"" },
		{ "failed", "state in (failed, refused, timed-out, unknown)"
			" and closed > -7d" },
		{ NULL, NULL },
	};
	int r = 0;

	json_begin_object(j, "commands");
	r = add_all(q, j, "commands", named);
	json_end_object(j);
	return r;
}

/* What needs somebody, the worst first. */
static const struct broken {
	const char *name;
	const char *title;
	const char *list;
	const char *filter;
} broken[] = {
	{ "expired-served", "serve an expired certificate", "endpoints",
		"not_after < 0d" },
	{ "stale", "serve an old certificate although a new one is there",
		"endpoints", "state = stale" },
	{ "mixed", "have workers that serve different certificates",
		"endpoints", "state = mixed" },
	{ "chain", "serve a chain that is not complete", "endpoints",
		"state = chain" },
	{ "expiring-served", "serve a certificate that ends within a week",
		"endpoints", "not_after >= 0d and not_after < 7d" },
	{ "readable-keys", "private keys that everybody may read",
		"locations", "kind = private-key and encrypted = no and"
			" (mode ~ \"*4\" or mode ~ \"*5\" or mode ~ \"*6\""
			" or mode ~ \"*7\")" },
	{ "weak-keys", "leaves with a weak key or signature", "certificates",
		LEAVES " and not_after > 0d and flags ~ weak" },
	{ "silent-hosts", "hosts that were not heard of for a day", "hosts",
		SILENT },
	{ "incomplete-scans", "hosts whose last scan did not end", "hosts",
		"not revoked and scanned and not complete" },
	{ "failed-commands", "commands that failed within a week", "commands",
		"state in (failed, refused, timed-out, unknown) and"
			" closed > -7d" },
};

#define BROKEN (sizeof(broken) / sizeof(*broken))

/* Those of the same list as ${first}, which is the first of them. */
static int count_broken(struct api *q, size_t first, int64_t ret[static BROKEN])
{
	const char *filters[BROKEN] = { NULL };
	size_t at[BROKEN] = { 0 }, n = 0;
	int64_t counted[BROKEN] = { 0 };
	int r = 0;

	for (size_t i = first; i < BROKEN; i++) {
		if (strcmp(broken[i].list, broken[first].list) != 0)
			continue;
		at[n] = i;
		filters[n++] = broken[i].filter;
	}
	r = counts(q, broken[first].list, filters, n, counted);
	for (size_t i = 0; r == 0 && i < n; i++)
		ret[at[i]] = counted[i];
	return r;
}

static int add_broken(struct api *q, struct json *j)
{
	int64_t n[BROKEN];
	int r = 0;

	for (size_t i = 0; i < BROKEN; i++)
		n[i] = -1;
	json_begin_array(j, "broken");
	for (size_t i = 0; r == 0 && i < BROKEN; i++) {
		const struct broken *b = &broken[i];

		if (n[i] < 0)
			r = count_broken(q, i, n);
		if (n[i] <= 0)
			continue;
		json_begin_object(j, NULL);
		json_quoted(j, "name", b->name);
		json_quoted(j, "title", b->title);
		json_number(j, "count", n[i]);
		json_quoted(j, "list", b->list);
		json_quoted(j, "filter", b->filter);
		json_end_object(j);
	}
	json_end_array(j);
	return r;
}

/* The last answer: the same to all who may ask, and some 30 questions.  One
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
	int r = 0;

	json_begin_object(j, NULL);
	json_time(j, "time", q->now);
	r = add_certificates(q, j);
	if (r == 0)
		r = add_endpoints(q, j);
	if (r == 0)
		r = add_hosts(q, j);
	if (r == 0)
		r = add_commands(q, j);
	if (r == 0)
		r = add_broken(q, j);
	json_end_object(j);
	return r;
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
