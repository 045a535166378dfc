/* SPDX-License-Identifier: Apache-2.0 */
/* The overview's figures are those of the lists that it leads to.  Of any
 * driver (store_test.h). */
#include "tests/unit/collector-stub/query/fleet.h"

#include "collector-stub/api/api.h"
#include "collector-stub/api/handlers.h"
#include "collector-stub/http/exchange.h"
#include "lib/json_read.h"
#include "tests/unit/collector-stub/store_case.h"

#define LEAVES "role in (leaf, self-signed-leaf)"
#define FIGURES 128

/* One of the answer: where it stands, and what of it is a filter. */
struct figure {
	char place[96];		/* "hosts.gaps", "broken.name" */
	char text[256];
};

struct answer {
	struct figure of[FIGURES];
	size_t n;
};

static struct answer answer;

static int take(void *arg, const struct json_place *p, const char *value)
{
	struct answer *a = arg;
	struct figure *f = &a->of[a->n++];
	size_t n = 0, room = sizeof(f->place);

	assert_true(a->n <= FIGURES);
	for (size_t i = 0; i < p->depth; i++)
		if (p->keys[i])
			n += (size_t)snprintf(f->place + n, room - n, "%s%s",
					      n > 0 ? "." : "", p->keys[i]);
	snprintf(f->text, sizeof(f->text), "%s", value);
	return 0;
}

static const char *text_of(const char *place)
{
	for (size_t i = 0; i < answer.n; i++)
		if (strcmp(answer.of[i].place, place) == 0)
			return answer.of[i].text;
	fail_msg("%s: not there", place);
	return "";
}

static int64_t number_of(const char *place)
{
	return strtoll(text_of(place), NULL, 10);
}

static int64_t sum_of(const char *place)
{
	int64_t sum = 0;

	for (size_t i = 0; i < answer.n; i++)
		if (strcmp(answer.of[i].place, place) == 0)
			sum += strtoll(answer.of[i].text, NULL, 10);
	return sum;
}

static int add_count(void *arg, const struct store_value *v, int64_t n)
{
	(void)v;
	*(int64_t *)arg += n;
	return 0;
}

static int64_t count(const char *list, const char *filter)
{
	const struct query q = { .subject = query_subject(list),
		.filter = filter, .now = FLEET_NOW };
	struct filter_fault fault = { .column = 0 };
	int64_t n = 0;

	assert_int_equal(query_count(s, &q, NULL, 0, add_count, &n, &fault),
			 0);
	return n;
}

/* What a fleet of random texts has few of: certificates, of leaves; endpoints
 * with a state. */
static void make_known(void)
{
	static char *const roles[] = { (char *)"leaf", (char *)"root",
		(char *)"Self-signed-leaf", (char *)"leaf" };
	static char *const algs[] = { (char *)"RSA", (char *)"EC",
		(char *)"ML-DSA-65" };
	static char *const pq[] = { (char *)"classical", (char *)"hybrid",
		(char *)"post-quantum", (char *)"" };
	static char *const states[] = { (char *)"ok", (char *)"stale",
		(char *)"chain" };

	for (size_t i = 0; i < FLEET_OBJECTS; i++) {
		Cw__Facts *f = &fleet.objects[i].facts;

		fleet.objects[i].kind = CW__KIND__KIND_CERTIFICATE;
		fleet.objects[i].bad = i % 16 == 15;
		f->role = roles[i % 4];
		f->key_alg = algs[i % 3];
		f->pq_class = pq[i / 2 % 4];
		f->curve = i % 5 ? (char *)"P-256" : (char *)"P-384";
		if (i % 3 == 0 && f->n_flags > 0)
			f->flags[0] = (char *)"weak-key";
	}
	for (size_t i = 0; i < FLEET_LOCATIONS; i++) {
		struct fleet_location *l = &fleet.locations[i];

		if (l->object)
			l->m.kind = CW__KIND__KIND_CERTIFICATE;
		if (l->m.place_case != CW__LOCATION__PLACE_ENDPOINT)
			continue;
		l->m.kind = CW__KIND__KIND_ENDPOINT;
		l->endpoint.port = 443;
		l->endpoint.state = states[i % 3];
	}
}

static void ask(void)
{
	struct exchange x = { .len = 0 };
	struct api q = { .exchange = &x, .store = s, .now = FLEET_NOW };

	reply_init(&x.reply);
	assert_int_equal(statistics_get(&q), 0);
	assert_int_equal(x.reply.status, 200);
	answer.n = 0;
	assert_int_equal(json_read((const char *)x.reply.body.data,
				   x.reply.body.len, take, &answer), 0);
	reply_free(&x.reply);
}

/* A figure beside a filter and, if it says so, a list is the count of that. */
static size_t check_filters(const char *of, const char *list)
{
	char place[96];
	size_t checked = 0;
	int64_t n = -1;

	for (size_t i = 0; i < answer.n; i++) {
		const struct figure *f = &answer.of[i];

		if (strncmp(f->place, of, strlen(of)) != 0)
			continue;
		snprintf(place, sizeof(place), "%s", f->place + strlen(of));
		if (strcmp(place, ".count") == 0)
			n = strtoll(f->text, NULL, 10);
		else if (strcmp(place, ".list") == 0)
			list = f->text;
		else if (strcmp(place, ".filter") == 0 && ++checked)
			assert_int_equal(count(list, f->text), n);
	}
	return checked;
}

/* Each kind of key is counted, the most frequent first. */
static void check_keys(void)
{
	static const char of[] = "certificates.algorithms.";
	char alg[64] = "", more[96] = "", filter[256];
	int64_t before = INT64_MAX, n = 0;

	for (size_t i = 0; i < answer.n; i++) {
		const struct figure *f = &answer.of[i];
		const char *name = f->place + strlen(of);

		if (strncmp(f->place, of, strlen(of)) != 0)
			continue;
		if (strcmp(name, "key_alg") == 0) {
			snprintf(alg, sizeof(alg), "%s", f->text);
			snprintf(more, sizeof(more), "not key_bits");
		} else if (strcmp(name, "count") != 0) {
			snprintf(more, sizeof(more), "%s = %s", name, f->text);
		} else {
			n = strtoll(f->text, NULL, 10);
			assert_true(n <= before);
			before = n;
			snprintf(filter, sizeof(filter), LEAVES
				 " and key_alg = \"%s\" and %s", alg, more);
			assert_int_equal(count("certificates", filter), n);
		}
	}
	assert_true(before < INT64_MAX);
}

/* Several hosts have the same number; returns that of those not revoked. */
static int64_t make_gaps(void)
{
	Cw__GapCount count = CW__GAP_COUNT__INIT, *counts[] = { &count };
	Cw__Coverage c = CW__COVERAGE__INIT;
	int64_t all = 0;

	c.n_counts = 1;
	c.counts = counts;
	for (int i = 0; i < FLEET_AGENTS; i++) {
		const struct fleet_agent *a = &fleet.agents[i];

		count.count = 2 * (uint64_t)(i / 2);
		assert_int_equal(d->agent_coverage(s, a->id, &c), 0);
		all += a->revoked ? 0 : (int64_t)count.count;
	}
	return all;
}

static void figures_are_those_of_the_lists_they_lead_to(void **state)
{
	static const struct { const char *place, *list, *filter; } all[] = {
		{ "certificates.total", "certificates", NULL },
		{ "certificates.leaves", "certificates", LEAVES },
		{ "certificates.post_quantum.classical", "certificates",
			LEAVES " and pq_class = classical" },
		{ "certificates.post_quantum.hybrid", "certificates",
			LEAVES " and pq_class = hybrid" },
		{ "certificates.post_quantum.post-quantum", "certificates",
			LEAVES " and pq_class = post-quantum" },
		{ "certificates.post_quantum.none", "certificates",
			LEAVES " and not pq_class" },
		{ "endpoints.total", "endpoints", NULL },
		{ "endpoints.states.stale", "endpoints", "state = stale" },
		{ "endpoints.hybrid", "endpoints", "hybrid_groups" },
		{ "hosts.total", "hosts", NULL },
		{ "hosts.revoked", "hosts", "revoked" },
		{ "hosts.with_gaps", "hosts", "not revoked and gaps > 0" },
		{ "commands.open", "commands",
			"not closed and expires > 0s" },
	};
	int64_t gaps = 0;

	(void)state;
	fleet_make();
	make_known();
	fleet_store(s);
	gaps = make_gaps();
	ask();
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		assert_int_equal(number_of(all[i].place),
				 count(all[i].list, all[i].filter));
	assert_int_equal(number_of("hosts.gaps"), gaps);
	assert_true(gaps > 0);
	assert_true(number_of("certificates.leaves") > 3);
	assert_true(number_of("endpoints.states.stale") > 0);
	assert_int_equal(check_filters("certificates.expiry", "certificates"),
			 7);
	assert_true(check_filters("broken", NULL) > 1);
	assert_int_equal(sum_of("certificates.algorithms.count"),
			 number_of("certificates.leaves"));
	check_keys();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			figures_are_those_of_the_lists_they_lead_to,
			store_case_open, store_case_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
