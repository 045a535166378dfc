/* SPDX-License-Identifier: Apache-2.0 */
/* A server is played by a function from a question to a reply. */
#include "tests/unit/unit.h"

#include <string.h>

#include "agent/probe/plan.h"

struct server {
	uint16_t lowest, highest;
	bool rsa, ecdsa;
	uint16_t hybrid;	/* the group that it accepts, or 0 */
	bool strict_alpn;
	const char *only_name;	/* refuses any other */
	unsigned int questions;
};

static bool has_hybrid(const struct hello *q, uint16_t group)
{
	for (size_t i = 0; i < q->n_groups; i++) {
		if (q->groups[i] == group)
			return true;
	}
	return false;
}

/* The alert that it answers with, 0 for none. */
static uint8_t refusal(const struct server *s, const struct hello *q,
		       enum suite_auth key)
{
	if (q->version < s->lowest ||
	    (q->version == TLS_1_3 && s->highest < TLS_1_3))
		return 70;
	if (s->strict_alpn && q->alpn)
		return 120;
	if (s->only_name && (!q->sni || strcmp(q->sni, s->only_name)))
		return 112;
	if (key == SUITE_RSA && (!s->rsa || q->auth == SUITE_ECDSA))
		return 40;
	return q->hybrids && !has_hybrid(q, s->hybrid) ? 40 : 0;
}

static void answer(const struct server *s, const struct hello *q,
		   struct reply *r, enum suite_auth *key)
{
	uint16_t v = q->version < s->highest ? q->version : s->highest;

	*key = s->ecdsa && q->auth != SUITE_RSA ? SUITE_ECDSA : SUITE_RSA;
	r->alert = refusal(s, q, *key);
	r->alerted = r->alert != 0;
	if (r->alerted)
		return;
	r->hello = true;
	r->version = v;
	r->suite = v == TLS_1_3 ? 0x1301 : 0xc02f;
	r->group = has_hybrid(q, s->hybrid) ? s->hybrid : 0x1d;
	r->has_chain = v < TLS_1_3 || q->library;
}

static void play(struct plan *p, struct server *s)
{
	const struct hello *q = NULL;

	plan_start(p);
	while ((q = plan_question(p))) {
		enum suite_auth key = SUITE_ANY;
		struct reply r;

		reply_init(&r);
		assert_true(++s->questions < 100);
		answer(s, q, &r, &key);
		plan_answer(p, &r, key);
		reply_free(&r);
	}
}

static void an_ordinary_server_is_known_after_five_questions(void **state)
{
	struct server s = {.lowest = TLS_1_2, .highest = TLS_1_3, .rsa = true};
	struct plan p;

	(void)state;
	plan_begin(&p, NULL, 0);
	play(&p, &s);
	assert_true(p.has_chain);
	assert_false(p.versions[0] || p.versions[1]);
	assert_true(p.versions[2] && p.versions[3]);
	assert_int_equal(p.suite, 0x1301);
	assert_int_equal(p.group, 0x1d);
	assert_int_equal(s.questions, 5);
}

static void brief_means_one_question_for_each_name(void **state)
{
	static const char *const names[] = {"a.example", "b.example"};
	struct server s = {.lowest = TLS_1_0, .highest = TLS_1_3, .rsa = true};
	struct plan p;

	(void)state;
	plan_begin(&p, names, 2);
	p.brief = true;
	play(&p, &s);
	assert_int_equal(s.questions, 3);
	assert_int_equal(p.main_name, 1);
}

static void old_versions_are_found_whatever_the_gaps(void **state)
{
	struct server s = {.lowest = TLS_1_0, .highest = TLS_1_2, .rsa = true};
	struct server ancient = {.lowest = TLS_1_0, .highest = TLS_1_0,
				 .rsa = true};
	struct plan p;

	(void)state;
	plan_begin(&p, NULL, 0);
	play(&p, &s);
	assert_true(p.versions[0] && p.versions[1] && p.versions[2]);
	assert_false(p.versions[3]);
	plan_begin(&p, NULL, 0);
	play(&p, &ancient);
	assert_true(p.versions[0]);
	assert_false(p.versions[1] || p.versions[2] || p.versions[3]);
}

static void a_server_of_tls_1_3_only_is_asked_by_handshakes(void **state)
{
	struct server s = {.lowest = TLS_1_3, .highest = TLS_1_3,
			   .ecdsa = true, .rsa = true, .hybrid = 0x11ec};
	struct plan p;

	(void)state;
	plan_begin(&p, NULL, 0);
	play(&p, &s);
	assert_true(p.has_chain && p.only_13);
	assert_true(p.versions[3]);
	assert_false(p.versions[2]);
	assert_true(p.hybrids[0]);
	assert_false(p.hybrids[1] || p.hybrids[2]);
	assert_int_equal(p.group, 0x11ec);
}

static void strict_alpn_is_asked_again_without_alpn(void **st)
{
	struct server s = {.lowest = TLS_1_2, .highest = TLS_1_2, .rsa = true,
			   .strict_alpn = true};
	struct plan p;

	(void)st;
	plan_begin(&p, NULL, 0);
	p.alpn = true;
	play(&p, &s);
	assert_true(p.has_chain);
}

static void a_refusal_without_a_name_does_not_keep_the_names_back(void **state)
{
	static const char *const names[] = {"a.example", "b.example"};
	struct server s = {.lowest = TLS_1_2, .highest = TLS_1_3, .rsa = true,
			   .only_name = "b.example"};
	struct plan p;

	(void)state;
	plan_begin(&p, names, 2);
	play(&p, &s);
	assert_true(p.has_chain);
	assert_int_equal(p.main_name, 2);
	assert_true(p.versions[2] && p.versions[3]);
}

static void repeats_are_as_many_as_were_asked_for(void **state)
{
	struct server s = {.lowest = TLS_1_2, .highest = TLS_1_2, .rsa = true};
	struct plan p;

	(void)state;
	plan_begin(&p, NULL, 0);
	p.brief = true;
	p.repeat = 7;
	play(&p, &s);
	assert_int_equal(s.questions, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			an_ordinary_server_is_known_after_five_questions),
		cmocka_unit_test(brief_means_one_question_for_each_name),
		cmocka_unit_test(old_versions_are_found_whatever_the_gaps),
		cmocka_unit_test(
			a_server_of_tls_1_3_only_is_asked_by_handshakes),
		cmocka_unit_test(
			strict_alpn_is_asked_again_without_alpn),
		cmocka_unit_test(
			a_refusal_without_a_name_does_not_keep_the_names_back),
		cmocka_unit_test(repeats_are_as_many_as_were_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
