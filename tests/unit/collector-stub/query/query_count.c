/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted in one pass is what single questions count.  Of any driver
 * (store_test.h). */
#include "tests/unit/collector-stub/query/fleet.h"

#include <errno.h>

#include "tests/unit/collector-stub/store_case.h"

static int add_count(void *arg, const struct store_value *v, int64_t n)
{
	(void)v;
	*(int64_t *)arg += n;
	return 0;
}

static const char *const counted[] = { NULL, "", "revoked", "not host",
	"agent_id = agent-1 or host ~ \"*a*\"" };
#define COUNTED (sizeof(counted) / sizeof(*counted))

static int take_counts(void *arg, const struct store_value *v,
		       const int64_t *counts)
{
	(void)v;
	memcpy(arg, counts, COUNTED * sizeof(*counts));
	return 0;
}

static void several_counts_at_once_are_those_of_each(void **state)
{
	static const char *const subjects[] = { "certificates", "locations",
		"endpoints", "hosts", "commands" };
	static const char *const no_groups[] = { NULL };

	(void)state;
	fleet_make();
	fleet_store(s);
	for (size_t i = 0; i < 5; i++) {
		struct query q = { .subject = query_subject(subjects[i]),
				   .now = FLEET_NOW };
		int64_t all[QUERY_COUNTS] = { 0 }, one = 0;
		struct filter_fault fault = { .column = 0 };
		bool several = query_field(q.subject, "revoked") != NULL;
		size_t some = several ? COUNTED : 2;

		assert_int_equal(query_counts(s, &q, no_groups, counted, some,
					      take_counts, all, &fault), 0);
		for (size_t k = 0; k < some; k++) {
			one = 0;
			q.filter = counted[k];
			assert_int_equal(query_count(s, &q, NULL, 0, add_count,
						     &one, &fault), 0);
			assert_int_equal(all[k], one);
		}
	}
}

static const char *const two_groups[] = { "self_signed", "key_bits", NULL };

struct grouped {
	size_t n;
	struct { struct store_value v[2]; int64_t counts[2]; } of[32];
};

static int take_group(void *arg, const struct store_value *v,
		      const int64_t *counts)
{
	struct grouped *g = arg;

	assert_true(g->n < 32);
	assert_true(g->n == 0 || counts[0] <= g->of[g->n - 1].counts[0]);
	memcpy(g->of[g->n].v, v, sizeof(g->of[0].v));
	memcpy(g->of[g->n++].counts, counts, sizeof(g->of[0].counts));
	return 0;
}

static const char *bits_of(const struct store_value *v)
{
	static char text[32];

	snprintf(text, sizeof(text), " = %lld", (long long)v->number);
	return text;
}

static void groups_of_several_fields_are_counted_in_one_pass(void **state)
{
	static const char *const filters[] = { NULL, "not_after > 0d" };
	struct query q = { .now = FLEET_NOW, .filter = "subject",
		.subject = query_subject("certificates") };
	struct filter_fault fault = { .column = 0 };
	struct grouped g = { 0 };

	(void)state;
	fleet_make();
	fleet_store(s);
	assert_int_equal(query_counts(s, &q, two_groups, filters, 2,
				      take_group, &g, &fault), 0);
	assert_true(g.n > 2);
	for (size_t i = 0; i < 2 * g.n; i++) {
		const struct store_value *v = g.of[i / 2].v;
		char filter[256];
		int64_t one = 0;

		snprintf(filter, sizeof(filter), "subject and %sself_signed"
			 " and %s key_bits%s%s",
			 v[0].type == STORE_NUMBER && v[0].number ? "" : "not ",
			 v[1].type == STORE_NUMBER ? "" : "not",
			 v[1].type == STORE_NUMBER ? bits_of(&v[1]) : "",
			 i % 2 ? " and not_after > 0d" : "");
		q.filter = filter;
		assert_int_equal(query_count(s, &q, NULL, 0, add_count, &one,
					     &fault), 0);
		assert_int_equal(one, g.of[i / 2].counts[i % 2]);
	}
}

static void what_cannot_be_grouped_by_with_others_is_refused(void **state)
{
	static const char *const names[] = { "dns_names", "sha256", "host",
					     "none" };
	const struct query q = { .now = FLEET_NOW,
		.subject = query_subject("certificates") };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const char *const groups[] = { "role", names[i], NULL };
		struct filter_fault fault = { .column = 1 };
		int64_t all[COUNTED] = { 0 };

		assert_int_equal(query_counts(s, &q, groups, counted, 1,
					      take_counts, all, &fault),
				 -EINVAL);
		assert_int_equal(fault.column, 0);
		assert_non_null(strstr(fault.text, names[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, store_case_open, \
						store_case_close)
		TEST(several_counts_at_once_are_those_of_each),
		TEST(groups_of_several_fields_are_counted_in_one_pass),
		TEST(what_cannot_be_grouped_by_with_others_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
