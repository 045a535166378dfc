/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/probe/plan.h"

#include <string.h>

#define NO_APPLICATION_PROTOCOL 120
#define PROTOCOL_VERSION 70
#define HANDSHAKE_FAILURE 40

static const char *name_at(const struct plan *p, size_t name)
{
	return name == 0 ? NULL : p->names[name - 1];
}

static void ask(struct plan *p, uint16_t version, size_t name)
{
	p->question = (struct hello){
		.version = version, .sni = name_at(p, name), .alpn = p->alpn,
		.library = version == TLS_1_3, .brief = p->brief};
}

static void ask_certificate(struct plan *p, size_t name)
{
	p->name = name;
	ask(p, p->only_13 ? TLS_1_3 : TLS_1_2, name);
}

void plan_begin(struct plan *p, const char *const *names, size_t n_names)
{
	*p = (struct plan){.names = names, .n_names = n_names, .repeat = 1,
			   .below = TLS_1_1};
}

void plan_start(struct plan *p)
{
	ask_certificate(p, 0);
}

const struct hello *plan_question(const struct plan *p)
{
	return p->stage == PLAN_END ? NULL : &p->question;
}

size_t plan_name(const struct plan *p)
{
	return p->name;
}

/* Offers every hybrid group that is not yet known to be accepted. */
static bool ask_hybrids(struct plan *p)
{
	struct hello *q = &p->question;

	ask(p, TLS_1_3, p->main_name);
	q->library = false;
	q->hybrids = true;
	for (size_t i = 0; i < SUITE_HYBRIDS; i++) {
		if (!p->hybrids[i])
			q->groups[q->n_groups++] = suite_hybrids[i];
	}
	return q->n_groups > 0;
}

static bool ask_newest(struct plan *p)
{
	ask(p, TLS_1_3, p->main_name);
	p->question.library = false;
	memcpy(p->question.groups, suite_hybrids, sizeof(suite_hybrids));
	p->question.n_groups = SUITE_HYBRIDS;
	return true;
}

static bool ask_other_key(struct plan *p)
{
	if (p->auth == SUITE_ANY)
		return false;
	ask_certificate(p, p->main_name);
	p->question.auth = p->auth == SUITE_RSA ? SUITE_ECDSA : SUITE_RSA;
	p->question.brief = true;
	return true;
}

/* A server takes the highest version that both have: what lies between the
 * question and its answer is not accepted. */
static bool ask_old(struct plan *p)
{
	if (p->only_13 || p->below < TLS_1_0)
		return false;
	ask(p, p->below, p->main_name);
	p->question.brief = true;
	return true;
}

static bool ask_again(struct plan *p)
{
	if (p->round + 1 >= p->repeat)
		return false;
	p->round++;
	ask_certificate(p, p->main_name);
	p->question.brief = true;
	return true;
}

/* Sets up the first question of a stage, false where it has none. */
static bool begin_stage(struct plan *p)
{
	p->name = p->main_name;
	switch (p->stage) {
	case PLAN_NEWEST:
		return !p->brief && ask_newest(p);
	case PLAN_OTHER_KEY:
		return !p->brief && ask_other_key(p);
	case PLAN_HYBRIDS:
		return !p->brief && p->versions[TLS_1_3 - TLS_1_0] &&
		       ask_hybrids(p);
	case PLAN_OLD:
		return !p->brief && ask_old(p);
	case PLAN_REPEAT:
		return ask_again(p);
	default:
		return true;
	}
}

static void next_stage(struct plan *p)
{
	if (p->stage == PLAN_CERTIFICATE && !p->has_chain) {
		p->stage = PLAN_END;
		return;
	}
	do
		p->stage++;
	while (!begin_stage(p));
}

/* The highest version's suite and group are those that are told. */
static void keep_hello(struct plan *p, const struct reply *r)
{
	size_t i = (size_t)(r->version - TLS_1_0);

	if (!r->hello || r->version > p->question.version)
		return;
	if (r->version <= p->below)
		p->below = (uint16_t)(r->version - 1);
	for (size_t k = i + 1; k < 4; k++) {
		if (p->versions[k]) {
			p->versions[i] = true;
			return;
		}
	}
	/* a group that the hybrids' question forced says nothing */
	if (!p->versions[i] || p->stage == PLAN_NEWEST) {
		p->suite = r->suite;
		p->group = r->group;
	}
	p->versions[i] = true;
}

static void keep_hybrid(struct plan *p, const struct reply *r)
{
	for (size_t i = 0; i < SUITE_HYBRIDS; i++) {
		if (r->hello && r->version == TLS_1_3 &&
		    r->group == suite_hybrids[i])
			p->hybrids[i] = true;
	}
}

static void answer_certificate(struct plan *p, const struct reply *r,
			       enum suite_auth key)
{
	if (!r->has_chain && p->question.alpn && r->alerted &&
	    r->alert == NO_APPLICATION_PROTOCOL) {
		p->alpn = false;
		p->question.alpn = false;
		return;
	}
	if (!r->has_chain && !p->question.library) {
		ask(p, TLS_1_3, p->name);
		return;
	}
	if (r->has_chain) {
		if (!p->has_chain)
			p->only_13 = p->question.library;
		/* of a name rather than of none */
		if (!p->has_chain || p->main_name == 0) {
			p->main_name = p->name;
			p->auth = key;
		}
		p->has_chain = true;
	}
	if (p->name < p->n_names)
		ask_certificate(p, p->name + 1);
	else
		next_stage(p);
}

void plan_answer(struct plan *p, const struct reply *r, enum suite_auth key)
{
	bool accepted = r->hello && r->version <= p->question.version;
	bool more = false;

	keep_hello(p, r);
	keep_hybrid(p, r);
	switch (p->stage) {
	case PLAN_CERTIFICATE:
		answer_certificate(p, r, key);
		return;
	case PLAN_NEWEST:
		/* some know no hello without a key share */
		more = !accepted && !p->question.library && r->alerted &&
		       r->alert != PROTOCOL_VERSION &&
		       r->alert != HANDSHAKE_FAILURE;
		if (more)
			ask(p, TLS_1_3, p->main_name);
		break;
	case PLAN_HYBRIDS:
		more = accepted && r->version == TLS_1_3 && ask_hybrids(p);
		break;
	case PLAN_OLD:
		more = accepted && ask_old(p);
		break;
	case PLAN_REPEAT:
		more = ask_again(p);
		break;
	default:
		break;
	}
	if (!more)
		next_stage(p);
}
