/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/ingest/decode.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/ingest/bound.h"
#include "collector-stub/store/columns.h"
#include "lib/encode.h"
#include "lib/limits.h"
#include "lib/x509.h"

static void *allocate(void *arena, size_t len)
{
	return arena_alloc(arena, len);
}

static void let_be(void *arena, void *p)
{
	(void)arena, (void)p;
}

ProtobufCAllocator decode_allocator(struct arena *a)
{
	return (ProtobufCAllocator){ .alloc = allocate, .free = let_be,
		.allocator_data = a };
}

/* protobuf-c does not say whether bytes or memory were wrong. */
static int unpack_failed(const struct arena *a)
{
	return a->used > a->max / 2 ? -ENOBUFS : -EBADMSG;
}

/* What filters choose by, and the row that carried facts become. */
static int add_columns(const Cw__Location *l, struct arena *a,
		       struct store_location *ret)
{
	static const uint8_t none[HASH_SIZE];
	struct store_value *columns = arena_alloc(a, COLUMNS_LOCATION *
						  sizeof(*columns));
	struct store_object *claim = l->facts ?
		arena_alloc(a, sizeof(*claim)) : NULL;

	if (!columns || (l->facts && !claim) ||
	    columns_of_location(l, a, columns) < 0)
		return -ENOBUFS;
	ret->columns = columns;
	if (!claim)
		return 0;
	claim->kind = (int32_t)l->kind;
	claim->seen = ret->seen;
	claim->facts = l->facts;
	claim->claimed = ret->object ? ret->object : none;
	ret->claim = claim;
	return columns_claim(l, claim->sha256) < 0 ? -ENOBUFS : 0;
}

/* The agent's bytes, or what is kept of them where they are too many: its row
 * is known by the hash of what was sent all the same. */
static int keep_bytes(const ProtobufCBinaryData *in, Cw__Location *l,
		      struct arena *a, struct store_location *ret,
		      size_t *n_cut)
{
	uint8_t *bytes = NULL;

	/* an empty message is one too */
	ret->bytes = in->data ? in->data : (const uint8_t *)"";
	ret->len = in->len;
	/* in so few bytes neither a text nor a list is too long */
	if (in->len <= LIMIT_LOCATION_LIST || !bound_location(l))
		return 0;
	ret->len = cw__location__get_packed_size(l);
	bytes = arena_alloc(a, ret->len + 1);
	if (!bytes)
		return -ENOBUFS;
	cw__location__pack(l, bytes);
	ret->bytes = bytes;
	++*n_cut;
	return 0;
}

static int decode_location(const ProtobufCBinaryData *in, struct arena *a,
			   struct store_location *ret, size_t *n_cut,
			   const char **ret_why)
{
	ProtobufCAllocator allocator = decode_allocator(a);
	Cw__Location *l = cw__location__unpack(&allocator, in->len, in->data);

	*ret_why = "a location is not one";
	if (!l)
		return unpack_failed(a);
	if (l->object.len != 0 && l->object.len != HASH_SIZE) {
		*ret_why = "a location's object is not a SHA-256";
		return -EBADMSG;
	}
	if (l->facts && cw__facts__get_packed_size(l->facts) > LIMIT_FACTS) {
		*ret_why = "a location's facts are too many";
		return -EBADMSG;
	}
	hash_sha256(in->data, in->len, ret->hash);
	if (keep_bytes(in, l, a, ret, n_cut) < 0)
		return -ENOBUFS;
	ret->kind = (int32_t)l->kind;
	ret->object = l->object.len > 0 ? l->object.data : NULL;
	ret->format = store_text(a, l->format);
	if (l->place_case == CW__LOCATION__PLACE_FILE) {
		ret->path = l->file->path.data;
		ret->path_len = l->file->path.len;
	}
	ret->has_facts = l->facts != NULL;
	if (l->facts && l->facts->has_validity)
		ret->not_after = l->facts->not_after;
	return ret->format ? add_columns(l, a, ret) : -ENOBUFS;
}

static int by_hash(const void *a, const void *b)
{
	const struct store_location *x = a, *y = b;

	return memcmp(x->hash, y->hash, HASH_SIZE);
}

static int decode_locations(struct arena *a, struct sync *s,
			    const char **ret_why)
{
	const Cw__SyncRequest *m = s->request;
	int r = 0;

	for (size_t i = 0; i < m->n_removed; i++) {
		if (m->removed[i].len != HASH_SIZE) {
			*ret_why = "a removed location is not a SHA-256";
			return -EBADMSG;
		}
	}
	s->added = arena_alloc(a, (m->n_added + 1) * sizeof(*s->added));
	if (!s->added)
		return -ENOBUFS;
	for (size_t i = 0; r == 0 && i < m->n_added; i++) {
		s->added[i].seen = s->now;
		r = decode_location(&m->added[i], a, &s->added[i], &s->n_cut,
				    ret_why);
	}
	/* in the order of the store's key, writing them costs a third less */
	if (r == 0 && m->n_added > 1)
		qsort(s->added, m->n_added, sizeof(*s->added), by_hash);
	return r;
}

/* The kind is the sender's word: where the DER is no such object, it is asked
 * what else it is, so that nobody can spoil an object for all by a wrong one.
 */
static int derive_facts(struct store_object *o, struct arena *a,
			Cw__Facts *facts, const char **ret_why)
{
	static const Cw__Kind kinds[] = {
		CW__KIND__KIND_CERTIFICATE, CW__KIND__KIND_CSR,
		CW__KIND__KIND_CRL, CW__KIND__KIND_PUBLIC_KEY,
	};
	int r = x509_facts((Cw__Kind)o->kind, o->der, o->len, a, facts,
			   ret_why);

	for (size_t i = 0; r == -EBADMSG && i < 4; i++) {
		const char *other = NULL;

		cw__facts__init(facts);
		r = x509_facts(kinds[i], o->der, o->len, a, facts, &other);
		if (r == 0)
			o->kind = kinds[i];
	}
	return r;
}

/* Derives the facts: 0; -ENOBUFS where ${a} has no room for any facts. */
static int read_object(struct store_object *o, struct arena *a)
{
	size_t max = a->max;
	const char *why = NULL;
	Cw__Facts *facts = NULL;
	int r = 0;

	if (o->len > LIMIT_DER) {
		o->bad = "larger than an object may be";
		return 0;
	}
	if (max - a->used < LIMIT_FACTS + sizeof(*facts))
		return -ENOBUFS;
	facts = arena_alloc(a, sizeof(*facts));
	if (!facts)
		return -ENOBUFS;
	a->max = a->used + LIMIT_FACTS;
	r = derive_facts(o, a, facts, &why);
	a->max = max;
	if (r < 0)
		o->bad = why ? why : "of a kind that is not kept";
	else
		o->facts = facts;
	return 0;
}

/* What does not fit is left out: it is lacking, and asked for again. */
static int decode_objects(struct arena *a, struct sync *s)
{
	const Cw__SyncRequest *m = s->request;
	uint8_t hash[HASH_SIZE];

	s->objects = arena_alloc(a, (m->n_objects + 1) * sizeof(*s->objects));
	if (!s->objects)
		return -ENOBUFS;
	for (size_t i = 0; i < m->n_objects; i++) {
		const Cw__Object *in = m->objects[i];
		struct store_object *o = &s->objects[s->n_objects];

		hash_sha256(in->der.data, in->der.len, hash);
		if (columns_is_claim(in->der.data, in->der.len) ||
		    in->sha256.len != HASH_SIZE ||
		    memcmp(in->sha256.data, hash, HASH_SIZE) != 0) {
			s->n_mismatched++;
			continue;
		}
		*o = (struct store_object){ .kind = (int32_t)in->kind,
			.der = in->der.data, .len = in->der.len,
			.seen = s->now };
		memcpy(o->sha256, hash, HASH_SIZE);
		/* a private key is represented by its public one */
		if (in->kind == CW__KIND__KIND_PRIVATE_KEY)
			o->kind = CW__KIND__KIND_PUBLIC_KEY;
		if (read_object(o, a) < 0)
			break;
		s->n_objects++;
	}
	return 0;
}

static bool has_good_results(const Cw__SyncRequest *m)
{
	for (size_t i = 0; i < m->n_results; i++) {
		const char *id = m->results[i]->id;

		if (!*id || strlen(id) > DECODE_TEXT_MAX ||
		    !is_utf8((const uint8_t *)id, strlen(id)))
			return false;
	}
	return true;
}

static int check(const Cw__SyncRequest *m, const char **ret_why)
{
	*ret_why = NULL;
	if (m->digest.len != HASH_SIZE)
		*ret_why = "digest is not a SHA-256";
	else if (m->new_generation > INT64_MAX ||
		 m->base_generation > INT64_MAX)
		*ret_why = "generation above 2^63";
	else if (!has_good_results(m))
		*ret_why = "a result without a proper id";
	else if (m->host && strlen(m->host->hostname) > DECODE_TEXT_MAX)
		*ret_why = "host name too long";
	return *ret_why ? -EBADMSG : 0;
}

static void cut(char *text)
{
	size_t len = strlen(text);

	/* an empty one may be protobuf-c's, which is constant */
	if (len > DECODE_TEXT_MAX)
		text[utf8_cut((uint8_t *)text, len, DECODE_TEXT_MAX)] = '\0';
}

void decode_host(Cw__HostFacts *h)
{
	if (!h)
		return;
	cut(h->hostname);
	cut(h->os);
	cut(h->kernel);
	cut(h->arch);
	cut(h->machine_id);
	cut(h->agent_version);
	cut(h->libcrypto);
	if (h->n_capabilities > DECODE_CAPABILITIES)
		h->n_capabilities = DECODE_CAPABILITIES;
	for (size_t i = 0; i < h->n_capabilities; i++)
		cut(h->capabilities[i]);
}

int decode_sync(const uint8_t *body, size_t len, struct arena *a,
		struct sync *ret, const char **ret_why)
{
	ProtobufCAllocator allocator = decode_allocator(a);
	struct sync s = *ret;
	int r = 0;

	s.request = cw__sync_request__unpack(&allocator, len, body);
	*ret_why = "not a SyncRequest";
	if (!s.request)
		return unpack_failed(a);
	r = check(s.request, ret_why);
	if (r < 0)
		return r;
	decode_host(s.request->host);
	memcpy(s.digest.sum, s.request->digest.data, HASH_SIZE);
	r = decode_locations(a, &s, ret_why);
	if (r == 0)
		r = decode_objects(a, &s);
	s.hostname = store_text(a, s.request->host ?
				s.request->host->hostname : "");
	if (r == 0 && !s.hostname)
		r = -ENOBUFS;
	if (r == 0)
		*ret = s;
	return r;
}
