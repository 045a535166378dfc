/* SPDX-License-Identifier: Apache-2.0 */
/* What the overview shows.  Each figure is a count of a filter that the lists
 * take too, so that each can be looked into. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "collector-stub/api/handlers.h"
#include "collector-stub/api/inventory.h"
#include "lib/limits.h"

#define LEAVES "role in (leaf, self-signed-leaf)"
#define ALGORITHMS_MAX 24
#define FRESH 30	/* seconds for which an answer stands */
#define ANSWER_MAX KIB(256)

struct count {
	struct api *q;
	const char *subject;
	int64_t total;
};

static int take_total(void *arg, const struct store_value *value,
		      int64_t count)
{
	(void)value;
	*(int64_t *)arg = count;
	return 0;
}

/* A filter of ours is never wrong. */
static int ask(struct api *q, const char *subject, const char *filter,
	       const char *group, query_count_fn *fn, void *arg)
{
	const struct query k = {
		.subject = query_subject(subject), .filter = filter,
		.now = q->now,
	};
	struct filter_fault fault;
	int r = query_count(q->store, &k, group, 0, fn, arg, &fault);

	return r == -EINVAL ? -EPROTO : r;
}

static int total(struct api *q, const char *subject, const char *filter,
		 int64_t *ret)
{
	*ret = 0;
	return ask(q, subject, filter, NULL, take_total, ret);
}

static int add_total(struct api *q, struct json *j, const char *name,
		     const char *subject, const char *filter)
{
	int64_t n = 0;
	int r = total(q, subject, filter, &n);

	json_number(j, name, n);
	return r;
}

/* -------------------------------------------------------- certificates */

static int add_expiry(struct api *q, struct json *j)
{
	static const struct { const char *name; int from, to; } buckets[] = {
		{ "expired", -1, 0 }, { "7d", 0, 7 }, { "30d", 7, 30 },
		{ "60d", 30, 60 }, { "90d", 60, 90 }, { "200d", 90, 200 },
		{ "later", 200, -1 },
	};
	char filter[160];
	int r = 0;

	json_begin_array(j, "expiry");
	for (size_t i = 0; r == 0 && i < sizeof(buckets) / sizeof(*buckets);
	     i++) {
		int from = buckets[i].from, to = buckets[i].to;
		size_t n = (size_t)snprintf(filter, sizeof(filter), LEAVES);

		if (from >= 0)
			n += (size_t)snprintf(filter + n, sizeof(filter) - n,
					      " and not_after >= %dd", from);
		if (to >= 0)
			snprintf(filter + n, sizeof(filter) - n,
				 " and not_after < %dd", to);
		json_begin_object(j, NULL);
		json_quoted(j, "name", buckets[i].name);
		if (from >= 0)
			json_number(j, "from_days", from);
		if (to >= 0)
			json_number(j, "to_days", to);
		r = add_total(q, j, "count", "certificates", filter);
		json_quoted(j, "filter", filter);
		json_end_object(j);
	}
	json_end_array(j);
	return r;
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

static int add_post_quantum(struct api *q, struct json *j)
{
	static const char *const classes[] = { "classical", "hybrid",
		"post-quantum" };
	char filter[128];
	int64_t n = 0, known = 0;
	int r = total(q, "certificates", LEAVES, &n);

	json_begin_object(j, "post_quantum");
	for (size_t i = 0; r == 0 && i < sizeof(classes) / sizeof(*classes);
	     i++) {
		int64_t one = 0;

		snprintf(filter, sizeof(filter), LEAVES " and pq_class = %s",
			 classes[i]);
		r = total(q, "certificates", filter, &one);
		json_number(j, classes[i], one);
		known += one;
	}
	json_number(j, "none", n - known);
	json_end_object(j);
	return r;
}

static int add_certificates(struct api *q, struct json *j)
{
	int r = 0;

	json_begin_object(j, "certificates");
	r = add_total(q, j, "total", "certificates", NULL);
	if (r == 0)
		r = add_total(q, j, "leaves", "certificates", LEAVES);
	if (r == 0)
		r = add_expiry(q, j);
	if (r == 0)
		r = add_algorithms(q, j);
	if (r == 0)
		r = add_post_quantum(q, j);
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
	int r = 0;

	json_begin_object(j, "endpoints");
	r = add_total(q, j, "total", "endpoints", NULL);
	json_begin_object(j, "states");
	if (r == 0)
		r = ask(q, "endpoints", NULL, "state", add_state, j);
	json_end_object(j);
	if (r == 0)
		r = add_total(q, j, "hybrid", "endpoints", "hybrid_groups");
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
		   const struct named *n)
{
	int r = 0;

	for (; r == 0 && n->name; n++)
		r = add_total(q, j, n->name, subject, n->filter);
	return r;
}

#define SILENT \
	"not revoked and (last_seen < -1d or (not last_seen and created < -1d))"

static int add_hosts(struct api *q, struct json *j)
{
	static const struct named counts[] = {
		{ "total", NULL }, { "silent", SILENT },
		{ "revoked", "revoked" },
		{ "incomplete", "not revoked and scanned and not complete" },
		{ "with_gaps", "not revoked and gaps > 0" }, { NULL, NULL },
	};
	int64_t gaps = 0;
	int r = 0;

	json_begin_object(j, "hosts");
	r = add_all(q, j, "hosts", counts);
	if (r == 0)
		r = ask(q, "hosts", "not revoked and gaps > 0", "gaps", sum,
			&gaps);
	json_number(j, "gaps", gaps);
	json_end_object(j);
	return r;
}

static int add_commands(struct api *q, struct json *j)
{
	static const struct named counts[] = {
		{ "open", "not closed and expires > 0s" },
		{ "to_be_signed", "state = \"to be signed\"" },
		{ "failed", "state in (failed, refused, timed-out, unknown)"
			" and closed > -7d" },
		{ NULL, NULL },
	};
	int r = 0;

	json_begin_object(j, "commands");
	r = add_all(q, j, "commands", counts);
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

static int add_broken(struct api *q, struct json *j)
{
	int r = 0;

	json_begin_array(j, "broken");
	for (size_t i = 0; r == 0 && i < sizeof(broken) / sizeof(*broken);
	     i++) {
		const struct broken *b = &broken[i];
		int64_t n = 0;

		r = total(q, b->list, b->filter, &n);
		if (n == 0)
			continue;
		json_begin_object(j, NULL);
		json_quoted(j, "name", b->name);
		json_quoted(j, "title", b->title);
		json_number(j, "count", n);
		json_quoted(j, "list", b->list);
		json_quoted(j, "filter", b->filter);
		json_end_object(j);
	}
	json_end_array(j);
	return r;
}

/* The last answer: the same to all who may ask, and some 30 questions. */
static struct {
	pthread_mutex_t lock;
	struct buf body;
	int64_t at;
} last = { .lock = PTHREAD_MUTEX_INITIALIZER, .body = { .max = ANSWER_MAX } };

static bool take_last(struct buf *out, int64_t now)
{
	bool fresh = false;

	pthread_mutex_lock(&last.lock);
	fresh = last.body.len > 0 && now >= last.at && now < last.at + FRESH;
	if (fresh)
		buf_add(out, last.body.data, last.body.len);
	pthread_mutex_unlock(&last.lock);
	return fresh;
}

static void keep(const struct buf *body, int64_t now)
{
	pthread_mutex_lock(&last.lock);
	buf_reset(&last.body);
	if (!body->failed)
		buf_add(&last.body, body->data, body->len);
	last.at = now;
	pthread_mutex_unlock(&last.lock);
}

int statistics_get(struct api *q)
{
	struct json j;
	int r = 0;

	api_json(q, 200, &j);
	if (take_last(&q->exchange->reply.body, q->now))
		return 0;
	json_begin_object(&j, NULL);
	json_time(&j, "time", q->now);
	r = add_certificates(q, &j);
	if (r == 0)
		r = add_endpoints(q, &j);
	if (r == 0)
		r = add_hosts(q, &j);
	if (r == 0)
		r = add_commands(q, &j);
	if (r == 0)
		r = add_broken(q, &j);
	json_end_object(&j);
	if (r < 0)
		return api_failed(q, r, "figure");
	keep(&q->exchange->reply.body, q->now);
	return 0;
}
