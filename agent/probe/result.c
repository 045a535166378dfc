/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/probe/result.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/probe/chain.h"
#include "agent/probe/staple.h"
#include "lib/hash.h"
#include "lib/limits.h"
#include "lib/name.h"
#include "lib/x509.h"

/* a certificate each, of both key types, for each name, and those that differ
 * when asked again */
#define SERVED_MAX 512
#define CERTIFICATES_MAX 2048
#define DER_MAX MIB(4)
#define AUTHORITIES_MAX 200

struct result {
	const Ipc__ProbeTarget *target;
	struct arena arena;
	struct arena facts;
	size_t der_bytes;
	const char *mixed;	/* name for which chains differ, or NULL */
	uint8_t alert;		/* to the last question in clear; or 0 */
	Ipc__ProbeResult message;
	Ipc__ProbeServed **served;
	size_t served_cap;
	Ipc__Finding **certificates;
	size_t certificates_cap;
	Ipc__ProbeRefusal **refusals;
	size_t refusals_cap;
};

struct result *result_new(const Ipc__ProbeTarget *t)
{
	struct result *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->target = t;
	arena_init(&r->arena, 2 * DER_MAX);
	arena_init(&r->facts, 2 * LIMIT_FACTS);
	ipc__probe_result__init(&r->message);
	r->message.id = t->id;
	return r;
}

void result_free(struct result *r)
{
	if (!r)
		return;
	arena_free(&r->arena);
	arena_free(&r->facts);
	free(r->served);
	free(r->certificates);
	free(r->refusals);
	free(r);
}

/* Room for one more pointer. */
static int grow(void *array, size_t *cap, size_t n)
{
	void **list = array;
	size_t more = *cap == 0 ? 4 : 2 * *cap;
	void *p = NULL;

	if (n < *cap)
		return 0;
	p = realloc(*list, more * sizeof(void *));
	if (!p)
		return -ENOMEM;
	*list = p;
	*cap = more;
	return 0;
}

static char *text(struct result *r, const char *s)
{
	char *copy = s && *s ? arena_str(&r->arena, s, strlen(s)) : NULL;

	return copy ? copy : (char *)(uintptr_t)protobuf_c_empty_string;
}

static const Cw__Facts *read_facts(struct result *r, const uint8_t *der,
				   size_t len)
{
	Cw__Facts *f = arena_alloc(&r->facts, sizeof(*f));
	const char *why = "";

	if (!f)
		return NULL;
	cw__facts__init(f);
	return x509_certificate(der, len, &r->facts, f, &why) < 0 ? NULL : f;
}

/* Its index among the certificates, each kept once. */
static int add_certificate(struct result *r, const uint8_t *der, size_t len,
			   uint32_t *ret)
{
	static const char *const malformed[] = {"malformed"};
	uint8_t hash[HASH_SIZE];
	Ipc__Finding *f = NULL;
	size_t n = r->message.n_certificates;

	hash_sha256(der, len, hash);
	for (size_t i = 0; i < n; i++) {
		if (memcmp(r->certificates[i]->sha256.data, hash,
			   HASH_SIZE) == 0) {
			*ret = (uint32_t)i;
			return 0;
		}
	}
	if (n == CERTIFICATES_MAX || len > DER_MAX - r->der_bytes)
		return -EMSGSIZE;
	if (grow(&r->certificates, &r->certificates_cap, n) < 0)
		return -ENOMEM;
	f = arena_alloc(&r->arena, sizeof(*f));
	if (!f)
		return -ENOMEM;
	ipc__finding__init(f);
	f->kind = CW__KIND__KIND_CERTIFICATE;
	f->format = (char *)(uintptr_t)"tls";
	f->der = (ProtobufCBinaryData){len, arena_dup(&r->arena, der, len)};
	f->sha256 = (ProtobufCBinaryData){
		HASH_SIZE, arena_dup(&r->arena, hash, HASH_SIZE)};
	if (!f->der.data || !f->sha256.data)
		return -ENOMEM;
	f->facts = (Cw__Facts *)(uintptr_t)read_facts(r, f->der.data, len);
	if (!f->facts) {
		f->flags = (char **)(uintptr_t)malformed;
		f->n_flags = 1;
	}
	r->der_bytes += len;
	r->certificates[n] = f;
	r->message.n_certificates = n + 1;
	r->message.certificates = r->certificates;
	*ret = (uint32_t)n;
	return 0;
}

static enum suite_auth key_type(const Cw__Facts *f)
{
	if (!f)
		return SUITE_ANY;
	if (strcmp(f->key_alg, "RSA") == 0 ||
	    strcmp(f->key_alg, "RSA-PSS") == 0)
		return SUITE_RSA;
	return strcmp(f->key_alg, "EC") == 0 ||
	       strncmp(f->key_alg, "Ed", 2) == 0 ? SUITE_ECDSA : SUITE_ANY;
}

static int add_authorities(struct result *r, Cw__EndpointPlace *place,
			   const struct reply *reply)
{
	const uint8_t *name = NULL;
	size_t at = 0, len = 0;
	char **list = NULL;

	if (reply->authorities.len == 0)
		return 0;
	list = arena_alloc(&r->arena, AUTHORITIES_MAX * sizeof(*list));
	if (!list)
		return -ENOMEM;
	while (place->n_client_authorities < AUTHORITIES_MAX &&
	       reply_authority(reply, &at, &name, &len)) {
		struct der d = {name, len}, body = {0};
		char *s = NULL;

		if (der_take(&d, DER_SEQUENCE, &body) == 0 &&
		    name_text(body, &r->arena, &s) == 0)
			list[place->n_client_authorities++] = s;
	}
	place->client_authorities = list;
	return 0;
}

static Cw__EndpointPlace *make_place(struct result *r, const char *name,
				     const struct reply *reply)
{
	Cw__EndpointPlace *p = arena_alloc(&r->arena, sizeof(*p));

	if (!p)
		return NULL;
	cw__endpoint_place__init(p);
	p->address = r->target->address;
	p->port = r->target->port;
	p->transport = (char *)(uintptr_t)"tcp";
	p->sni = text(r, name);
	p->alpn = text(r, reply->alpn);
	p->asks_client = reply->asks_client;
	p->tickets = reply->ticket;
	p->staple = text(r, staple_status(reply->staple.data,
					  reply->staple.len));
	return add_authorities(r, p, reply) < 0 ? NULL : p;
}

/* Fills in the chain: its certificates and its state. */
static int read_chain(struct result *r, Ipc__ProbeServed *s,
		      const struct reply *reply)
{
	const Cw__Facts *facts[LIMIT_TLS_CHAIN] = {NULL};
	const uint8_t *der = NULL;
	size_t at = 0, len = 0, n = 0;
	int e = 0;

	s->chain = arena_alloc(&r->arena, (reply->chain_kept + 1) *
			       sizeof(*s->chain));
	if (!s->chain)
		return -ENOMEM;
	while (n < LIMIT_TLS_CHAIN && e == 0 &&
	       reply_certificate(reply, &at, &der, &len)) {
		e = add_certificate(r, der, len, &s->chain[n]);
		if (e == 0) {
			facts[n] = r->certificates[s->chain[n]]->facts;
			n++;
		}
	}
	if (e < 0 && e != -EMSGSIZE)
		return e;
	s->n_chain = n;
	s->place->chain = (char *)(uintptr_t)(
		e == -EMSGSIZE || reply->chain_count > reply->chain_kept
			? "too-large" : chain_state(facts, n));
	return 0;
}

static bool is_same_chain(const Ipc__ProbeServed *a, const Ipc__ProbeServed *b)
{
	return a->n_chain == b->n_chain &&
	       (a->n_chain == 0 || memcmp(a->chain, b->chain, a->n_chain *
					  sizeof(*a->chain)) == 0);
}

/* Adds it, unless the same is served for that name already; a chain that comes
 * only at times shows that not all workers are alike. */
static int add_served(struct result *r, const struct plan *p,
		      Ipc__ProbeServed *s)
{
	size_t n = r->message.n_served;

	for (size_t i = 0; i < n; i++) {
		if (strcmp(r->served[i]->place->sni, s->place->sni) == 0 &&
		    is_same_chain(r->served[i], s))
			return 0;
	}
	if (n == SERVED_MAX)
		return 0;
	if (grow(&r->served, &r->served_cap, n) < 0)
		return -ENOMEM;
	if (p->stage == PLAN_REPEAT)
		r->mixed = s->place->sni;
	r->served[n] = s;
	r->message.served = r->served;
	r->message.n_served = n + 1;
	return 0;
}

static const char closed[] = "closed without an answer";

static int refuse(struct result *r, const char *name,
		  const struct reply *reply)
{
	size_t n = r->message.n_refusals;
	Ipc__ProbeRefusal *f = arena_alloc(&r->arena, sizeof(*f));

	if (!f || grow(&r->refusals, &r->refusals_cap, n) < 0)
		return -ENOMEM;
	ipc__probe_refusal__init(f);
	f->name = text(r, name);
	/* that the version is wrong is no news where it was asked before */
	f->reason = (char *)(uintptr_t)(
		reply->alerted && (!r->alert || reply->alert != 70)
			? suite_alert_name(reply->alert)
			: r->alert ? suite_alert_name(r->alert) : closed);
	r->refusals[n] = f;
	r->message.refusals = r->refusals;
	r->message.n_refusals = n + 1;
	return 0;
}

int result_answer(struct result *r, const struct plan *p,
		  const struct reply *reply, enum suite_auth *ret_key)
{
	size_t n = plan_name(p);
	const char *name = n == 0 ? "" : p->names[n - 1];
	Ipc__ProbeServed *s = NULL;
	int e = 0;

	*ret_key = SUITE_ANY;
	if (!reply->has_chain) {
		if (!p->question.library)
			r->alert = reply->alerted ? reply->alert : 0;
		/* the last try for this name */
		if (p->stage == PLAN_CERTIFICATE && p->question.library)
			return refuse(r, name, reply);
		return 0;
	}
	s = arena_alloc(&r->arena, sizeof(*s));
	if (!s)
		return -ENOMEM;
	ipc__probe_served__init(s);
	s->place = make_place(r, name, reply);
	e = s->place ? read_chain(r, s, reply) : -ENOMEM;
	if (e < 0)
		return e;
	if (s->n_chain > 0)
		*ret_key = key_type(r->certificates[s->chain[0]]->facts);
	return add_served(r, p, s);
}

void result_fail(struct result *r, const char *failure, const char *reason)
{
	r->message.failure = text(r, failure);
	r->message.reason = text(r, reason);
}

static void fill_versions(struct result *r, const struct plan *p,
			  Cw__EndpointPlace *e)
{
	e->versions = arena_alloc(&r->arena, 4 * sizeof(char *));
	e->hybrid_groups = arena_alloc(&r->arena,
				       SUITE_HYBRIDS * sizeof(char *));
	for (uint16_t v = TLS_1_0; e->versions && v <= TLS_1_3; v++) {
		if (!p->versions[v - TLS_1_0])
			continue;
		e->tls_version = text(r, suite_version_name(v));
		e->versions[e->n_versions++] = e->tls_version;
	}
	for (size_t i = 0; e->hybrid_groups && i < SUITE_HYBRIDS; i++) {
		if (p->hybrids[i])
			e->hybrid_groups[e->n_hybrid_groups++] =
				text(r, suite_group_name(suite_hybrids[i]));
	}
}

/* Names what has a number only. */
static char *numbered(struct result *r, const char *name, uint16_t number)
{
	char hex[8];

	if (name)
		return text(r, name);
	snprintf(hex, sizeof(hex), "0x%04x", number);
	return text(r, number == 0 ? "" : hex);
}

/* Nothing is served: an alert is an answer, a close is none. */
static void tell_refusals(struct result *r, Ipc__ProbeResult *m)
{
	size_t i = 0;

	while (i < m->n_refusals && m->refusals[i]->reason == closed)
		i++;
	if (i < m->n_refusals) {
		result_fail(r, "no-certificate", m->refusals[i]->reason);
		return;
	}
	m->n_refusals = 0;
	result_fail(r, "closed", closed);
}

const Ipc__ProbeResult *result_finish(struct result *r, const struct plan *p,
				      const char *starttls)
{
	Ipc__ProbeResult *m = &r->message;
	const struct suite *suite = suite_find(p->suite);

	m->starttls = text(r, starttls);
	for (size_t i = 0; i < m->n_served; i++) {
		Cw__EndpointPlace *e = m->served[i]->place;

		fill_versions(r, p, e);
		e->cipher = numbered(r, suite ? suite->name : NULL, p->suite);
		e->group = numbered(r, suite_group_name(p->group), p->group);
		if (strcmp(starttls, "tls") != 0)
			e->starttls = m->starttls;
		if (r->mixed && strcmp(e->sni, r->mixed) == 0)
			e->state = (char *)(uintptr_t)"mixed";
	}
	if (m->n_served == 0 && !*m->failure)
		tell_refusals(r, m);
	return m;
}
