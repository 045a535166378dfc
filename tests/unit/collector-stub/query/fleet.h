/* SPDX-License-Identifier: Apache-2.0 */
/* A small fleet of random and nasty contents, in memory and in a store, so that
 * what a store answers can be compared with what the filter language says. */
#ifndef CW_TESTS_FLEET_H
#define CW_TESTS_FLEET_H

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/query/query.h"
#include "collector-stub/store/columns.h"
#include "lib/encode.h"

#define FLEET_NOW INT64_C(1800000000)
#define FLEET_DAY INT64_C(86400)
#define FLEET_AGENTS 5
#define FLEET_OBJECTS 40
#define FLEET_LOCATIONS 160

/* What texts and values are made of. */
static const char *const fleet_texts[] = {
	"", "a", "A", "Web1", "web01.example.org", "WEB01.EXAMPLE.ORG", "%",
	"_", "!", "\\", "'", "\"", "a'b", "''", "x' OR '1'='1", "--",
	"; DROP TABLE agents", "?1", "$1", "@now", "*", "a*c", "abc", "aXc",
	"[a-z]", "\xc3\xbc", "\xc3\x9c", "e\xcc\x81", "\xe2\x80\xaegnp.exe",
	"\xe2\x84\xaa", "\xf0\x9f\x94\x91", "a\nb", "a\tb", "NULL", "0", "yes",
	"{\"a\":[1]}", "[]", "\\u0000", "%00", "null", "leaf", "trust-anchor",
	"RSA", "sha256WithRSAEncryption", "/etc/ssl/private/a.pem",
};
#define FLEET_TEXTS (sizeof(fleet_texts) / sizeof(fleet_texts[0]))

struct fleet_agent {
	char id[24];
	const char *hostname;
	bool revoked;
	int64_t created;
};

struct fleet_object {
	uint8_t sha256[HASH_SIZE];
	uint8_t spki[HASH_SIZE];
	int32_t kind;
	Cw__Facts facts;
	char *lists[4][3];
	bool bad;
};

struct fleet_location {
	struct fleet_agent *agent;
	struct fleet_object *object;	/* or NULL */
	uint8_t hash[HASH_SIZE];
	Cw__Location m;
	Cw__FilePlace file;
	Cw__EndpointPlace endpoint;
	Cw__TokenPlace token;
	Cw__Protection protection;
	Cw__Binding binding, *bindings[1];
	char *lists[4][3];
	int64_t seen;
};

static struct fleet {
	struct fleet_agent agents[FLEET_AGENTS];
	struct fleet_object objects[FLEET_OBJECTS];
	struct fleet_location locations[FLEET_LOCATIONS];
} fleet;

static uint32_t fleet_seed = 20261122;

static uint32_t fleet_random(uint32_t below)
{
	fleet_seed = fleet_seed * 1664525 + 1013904223;
	return (uint32_t)(((uint64_t)(fleet_seed >> 4) * below) >> 28);
}

static char *fleet_text(void)
{
	/* bytes that are no UTF-8 are only in records: a filter's are
	 * replaced alike, but would then also match U+FFFD */
	if (fleet_random(20) == 0)
		return (char *)(uintptr_t)"a\xff\xfe.pem";
	return (char *)(uintptr_t)fleet_texts[fleet_random(FLEET_TEXTS)];
}

static size_t fleet_list(char *list[3])
{
	size_t n = fleet_random(4);

	for (size_t i = 0; i < n; i++)
		list[i] = fleet_text();
	return n;
}

static void fleet_hash(uint8_t hash[static HASH_SIZE])
{
	for (int i = 0; i < HASH_SIZE; i++)
		hash[i] = (uint8_t)fleet_random(256);
}

static int64_t fleet_time(void)
{
	static const int64_t odd[] = { 0, -1, 1, INT64_MAX, INT64_MIN,
				       FLEET_NOW };

	if (fleet_random(6) == 0)
		return odd[fleet_random(6)];
	return FLEET_NOW + ((int64_t)fleet_random(400) - 200) * FLEET_DAY;
}

static void fleet_make_object(struct fleet_object *o)
{
	Cw__Facts *f = &o->facts;

	cw__facts__init(f);
	fleet_hash(o->sha256);
	fleet_hash(o->spki);
	o->kind = 1 + (int32_t)fleet_random(5);
	o->bad = fleet_random(12) == 0;
	f->subject = fleet_text();
	f->issuer = fleet_text();
	f->serial = fleet_text();
	f->has_validity = fleet_random(4) > 0;
	f->not_before = fleet_time();
	f->not_after = fleet_time();
	f->key_alg = fleet_text();
	f->key_bits = fleet_random(3) * 1024;
	f->curve = fleet_text();
	f->sig_alg = fleet_text();
	f->validation = fleet_text();
	f->pq_class = fleet_text();
	f->sig_pq_class = fleet_text();
	f->comment = fleet_text();
	f->role = fleet_text();
	f->strength_bits = fleet_random(2) * 128;
	f->is_ca = (protobuf_c_boolean)fleet_random(2);
	f->self_signed = (protobuf_c_boolean)fleet_random(2);
	f->must_staple = (protobuf_c_boolean)fleet_random(2);
	f->n_dns_names = fleet_list(f->dns_names = o->lists[0]);
	f->n_flags = fleet_list(f->flags = o->lists[1]);
	f->n_uris = fleet_list(f->uris = o->lists[2]);
	f->n_key_usage = fleet_list(f->key_usage = o->lists[3]);
	if (fleet_random(3) > 0) {
		f->spki_sha256.data = o->spki;
		f->spki_sha256.len = HASH_SIZE;
	}
}

static void fleet_make_endpoint(struct fleet_location *l)
{
	static uint8_t addresses[2][16] = { { 192, 0, 2, 1 },
					    { 0x20, 1, 0x0d, 0xb8 } };
	Cw__EndpointPlace *e = &l->endpoint;
	uint32_t six = fleet_random(2);

	cw__endpoint_place__init(e);
	l->m.place_case = CW__LOCATION__PLACE_ENDPOINT;
	l->m.endpoint = e;
	e->address.data = addresses[six];
	e->address.len = six ? 16 : 4;
	e->port = fleet_random(3) * 443;
	e->transport = fleet_text();
	e->starttls = fleet_text();
	e->sni = fleet_text();
	e->tls_version = fleet_text();
	e->group = fleet_text();
	e->process = fleet_text();
	e->state = fleet_text();
	e->cause = fleet_text();
	e->chain = fleet_text();
	e->tickets = (protobuf_c_boolean)fleet_random(2);
	e->n_versions = fleet_list(e->versions = l->lists[2]);
	e->n_hybrid_groups = fleet_list(e->hybrid_groups = l->lists[3]);
}

static void fleet_make_file(struct fleet_location *l)
{
	Cw__FilePlace *f = &l->file;

	cw__file_place__init(f);
	l->m.place_case = CW__LOCATION__PLACE_FILE;
	l->m.file = f;
	f->path.data = (uint8_t *)fleet_text();
	f->path.len = strlen((char *)f->path.data);
	f->mode = fleet_random(07777);
	f->owner = fleet_text();
	f->group = fleet_text();
	f->container = fleet_text();
}

static void fleet_make_token(struct fleet_location *l)
{
	cw__token_place__init(&l->token);
	l->m.place_case = CW__LOCATION__PLACE_TOKEN;
	l->m.token = &l->token;
	l->token.module = fleet_text();
	l->token.label = fleet_text();
	l->token.serial = fleet_text();
}

static void fleet_make_place(struct fleet_location *l)
{
	switch (fleet_random(4)) {
	case 0:
		fleet_make_endpoint(l);
		break;
	case 1:
		fleet_make_token(l);
		break;
	default:
		fleet_make_file(l);
	}
}

/* Some objects are only an agent's word: in the location, under no hash. */
static void fleet_make_location(struct fleet_location *l)
{
	Cw__Location *m = &l->m;
	bool claims = false;

	cw__location__init(m);
	l->agent = &fleet.agents[fleet_random(FLEET_AGENTS)];
	fleet_hash(l->hash);
	l->seen = fleet_random(3) ? fleet_random(1000) : 0;
	m->kind = (Cw__Kind)fleet_random(11);
	if (fleet_random(5) > 0)
		l->object = &fleet.objects[fleet_random(FLEET_OBJECTS)];
	if (l->object) {
		m->kind = (Cw__Kind)l->object->kind;
		claims = !l->object->bad && fleet_random(8) == 0;
		m->facts = claims ? &l->object->facts : NULL;
		m->object.data = l->object->sha256;
		m->object.len = claims ? 0 : HASH_SIZE;
	}
	m->format = fleet_text();
	m->entry = fleet_text();
	m->matches = fleet_text();
	m->role = fleet_text();
	m->chain_position = fleet_random(3);
	m->trust_store = (protobuf_c_boolean)fleet_random(2);
	m->n_flags = fleet_list(m->flags = l->lists[0]);
	fleet_make_place(l);
	if (fleet_random(2)) {
		cw__protection__init(&l->protection);
		m->protection = &l->protection;
		l->protection.encrypted = (protobuf_c_boolean)fleet_random(2);
		l->protection.scheme = fleet_text();
		l->protection.opened_by = fleet_text();
	}
	if (fleet_random(3) == 0) {
		cw__binding__init(&l->binding);
		l->bindings[0] = &l->binding;
		m->bindings = l->bindings;
		m->n_bindings = 1;
		l->binding.service = fleet_text();
		l->binding.n_names = fleet_list(l->binding.names =
						l->lists[1]);
	}
}

static void fleet_make(void)
{
	memset(&fleet, 0, sizeof(fleet));
	for (int i = 0; i < FLEET_AGENTS; i++) {
		struct fleet_agent *a = &fleet.agents[i];

		snprintf(a->id, sizeof(a->id), "agent-%d", i);
		a->hostname = fleet_texts[fleet_random(FLEET_TEXTS)];
		a->revoked = fleet_random(4) == 0;
		a->created = fleet_random(3) * FLEET_DAY;
	}
	for (int i = 0; i < FLEET_OBJECTS; i++)
		fleet_make_object(&fleet.objects[i]);
	for (int i = 0; i < FLEET_LOCATIONS; i++)
		fleet_make_location(&fleet.locations[i]);
}

static void fleet_store_location(struct store *s, struct fleet_location *l)
{
	struct store_value columns[COLUMNS_LOCATION];
	static const uint8_t none[HASH_SIZE];
	struct store_object claim = { .kind = (int32_t)l->m.kind,
		.seen = l->seen, .facts = l->m.facts, .claimed = none };
	struct store_location row = { .bytes = (const uint8_t *)"",
		.kind = (int32_t)l->m.kind, .seen = l->seen,
		.object = l->m.object.len ? l->m.object.data : NULL,
		.has_facts = l->m.facts != NULL, .columns = columns };
	size_t added = 0;
	struct arena a;

	arena_init(&a, 1 << 20);
	memcpy(row.hash, l->hash, HASH_SIZE);
	row.format = store_text(&a, l->m.format);
	assert_int_equal(columns_of_location(&l->m, &a, columns), 0);
	if (l->m.facts) {
		assert_int_equal(columns_claim(&l->m, claim.sha256), 0);
		assert_int_equal(s->driver->object_add(s, &claim, 1), 0);
		row.claim = &claim;
	}
	assert_int_equal(s->driver->location_add(s, l->agent->id, 1, &row, 1,
						 &added), 0);
	assert_int_equal(added, 1);
	arena_free(&a);
}

/* Within a transaction of ${s}. */
static void fleet_store(struct store *s)
{
	for (int i = 0; i < FLEET_AGENTS; i++) {
		const struct fleet_agent *a = &fleet.agents[i];
		Cw__HostFacts h = CW__HOST_FACTS__INIT;

		assert_int_equal(s->driver->agent_add(s, a->id, a->created,
						      0), 0);
		assert_int_equal(s->driver->agent_host(s, a->id, a->hostname,
						       &h), 0);
		if (a->revoked)
			s->driver->agent_revoke(s, a->id, 5);
	}
	for (int i = 0; i < FLEET_OBJECTS; i++) {
		struct fleet_object *o = &fleet.objects[i];
		struct store_object row = { .kind = o->kind, .seen = i,
			.der = o->sha256, .len = 8,
			.facts = o->bad ? NULL : &o->facts,
			.bad = o->bad ? "broken" : NULL };

		memcpy(row.sha256, o->sha256, HASH_SIZE);
		assert_int_equal(s->driver->object_add(s, &row, 1), 0);
	}
	for (int i = 0; i < FLEET_LOCATIONS; i++)
		fleet_store_location(s, &fleet.locations[i]);
}

/* ------------------------------------------------ what the language says */

static const struct filter_field *fleet_lib_field(const char *name)
{
	for (const struct filter_field *f = location_fields; f->name; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

static void fleet_agent_get(const struct fleet_agent *a, const char *name,
			    struct filter_offer *to)
{
	if (strcmp(name, "host") == 0)
		filter_offer_text(to, a->hostname);
	else if (strcmp(name, "agent_id") == 0)
		filter_offer_text(to, a->id);
	else if (strcmp(name, "revoked") == 0)
		filter_offer_number(to, a->revoked);
}

static const Cw__Facts *fleet_facts(const struct fleet_location *l)
{
	if (l->m.facts)
		return l->m.facts;
	return l->object && !l->object->bad && l->m.object.len ?
		&l->object->facts : NULL;
}

static void fleet_hex(struct filter_offer *to, const uint8_t *hash)
{
	char hex[HASH_HEX];

	encode_hex(hash, HASH_SIZE, hex);
	filter_offer_text(to, hex);
}

static inline void fleet_location_get(void *record, int id,
				      struct filter_offer *to)
{
	const struct fleet_location *l = record;
	const char *name = query_subject("locations")->fields[id].name;
	const struct filter_field *f = fleet_lib_field(name);
	struct location_record r = { &l->m, fleet_facts(l), FLEET_NOW,
		l->agent->hostname };

	if (f)
		location_get(&r, f->id, to);
	else if (strcmp(name, "first_seen") == 0 && l->seen)
		filter_offer_number(to, l->seen);
	else if (strcmp(name, "location") == 0)
		fleet_hex(to, l->hash);
	else if (strcmp(name, "unreadable") == 0 && l->object &&
		 l->object->bad)
		filter_offer_text(to, "broken");
	else
		fleet_agent_get(l->agent, name, to);
}

/* ${record} is an object that is a certificate. */
static inline void fleet_certificate_get(void *record, int id,
				  struct filter_offer *to)
{
	const struct fleet_object *o = record;
	const struct query_field *q = &query_subject("certificates")->
		fields[id];
	const struct filter_field *f = fleet_lib_field(q->name);
	struct location_record r = { NULL, o->bad ? NULL : &o->facts,
				       FLEET_NOW, NULL };

	if (strcmp(q->name, "sha256") == 0)
		fleet_hex(to, o->sha256);
	else if (strcmp(q->name, "kind") == 0)
		filter_offer_text(to, "certificate");
	else if (strcmp(q->name, "claimed") == 0)
		filter_offer_number(to, 0);
	else if (strcmp(q->name, "unreadable") == 0 && o->bad)
		filter_offer_text(to, "broken");
	else if (strcmp(q->name, "first_seen") == 0 && o > fleet.objects)
		filter_offer_number(to, o - fleet.objects);
	else if (f && !q->several)
		location_get(&r, f->id, to);
	for (int i = 0; (q->several || q->also) && i < FLEET_LOCATIONS; i++) {
		const struct fleet_location *l = &fleet.locations[i];

		r = (struct location_record){ &l->m, NULL, FLEET_NOW,
					      l->agent->hostname };
		if (l->object != o || !l->m.object.len)
			continue;
		if (f)
			location_get(&r, f->id, to);
		else
			fleet_agent_get(l->agent, q->name, to);
	}
}

#endif
