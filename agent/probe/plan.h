/* SPDX-License-Identifier: Apache-2.0 */
/* Which questions a target is asked, one after the other: the next depends on
 * the answers so far, so that none is asked whose answer is known.
 *
 *	certificate	without a name, then for each name: TLS 1.2 and before,
 *			where it comes in clear; refused: a handshake of TLS 1.3
 *	newest		TLS 1.3 without a key share: version, suite, group
 *	other key	the same certificate question, only the other key type
 *	hybrids		TLS 1.3 with no group but these, until refused
 *	old		TLS 1.1 at most; then TLS 1.0
 *	repeat		certificate again, for a worker that differs */
#ifndef CW_AGENT_PROBE_PLAN_H
#define CW_AGENT_PROBE_PLAN_H

#include "agent/probe/hello.h"
#include "agent/probe/reply.h"

enum plan_stage {
	PLAN_CERTIFICATE, PLAN_NEWEST, PLAN_OTHER_KEY, PLAN_HYBRIDS, PLAN_OLD,
	PLAN_REPEAT, PLAN_END,
};

struct plan {
	/* what is wanted */
	const char *const *names;	/* borrowed */
	size_t n_names;
	unsigned int repeat;	/* times that the certificate is asked for */
	bool brief;		/* nothing but certificates */
	bool alpn;		/* may be offered */

	/* where it stands */
	enum plan_stage stage;
	size_t name;		/* 0: without one; n: names[n - 1] */
	unsigned int round;
	struct hello question;

	/* what is known */
	bool has_chain;		/* from any question */
	size_t main_name;	/* the one that further questions are for */
	bool only_13;
	uint16_t below;		/* the highest of the old ones not yet asked */
	enum suite_auth auth;	/* of the main chain's key */
	bool versions[4];	/* accepted: TLS 1.0 to 1.3 */
	bool hybrids[SUITE_HYBRIDS];
	uint16_t suite, group;	/* with the highest version */
};

/* ${names} outlive it.  The members of what is wanted may be set then, before
 * plan_start() puts the first question. */
void plan_begin(struct plan *p, const char *const *names, size_t n_names);
void plan_start(struct plan *p);

/* The question that is due, valid until the answer to it; NULL at the end. */
const struct hello *plan_question(const struct plan *p);
/* The name of it: 0 none, n: names[n - 1]. */
size_t plan_name(const struct plan *p);

/* Takes in the answer, moves on to the next question.  ${key}: the key type of
 * the leaf, where there is a chain. */
void plan_answer(struct plan *p, const struct reply *r, enum suite_auth key);

#endif
