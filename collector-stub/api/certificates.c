/* SPDX-License-Identifier: Apache-2.0 */
/* One certificate: what it is, its chain, its places, its history. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/api/handlers.h"
#include "collector-stub/api/inventory.h"
#include "collector-stub/api/trim.h"
#include "collector-stub/query/row_json.h"
#include "lib/encode.h"
#include "lib/inventory_json.h"
#include "lib/limits.h"

/* certificates of a chain that are looked for, and candidates for each */
#define CHAIN_MAX 10
#define CANDIDATES_MAX 20

/* The first place of an object, unpacked. */
struct first {
	Cw__Location *location;
	Cw__Facts *facts;
	char *bad;
};

static int take_first(void *arg, const struct store_place *p)
{
	struct first *f = arg;

	f->location = cw__location__unpack(NULL, p->location_len, p->location);
	if (p->facts)
		f->facts = cw__facts__unpack(NULL, p->facts_len, p->facts);
	if (p->bad)
		f->bad = strdup(p->bad);
	return f->location ? 1 : -ENOMEM;
}

static void free_first(struct first *f)
{
	if (f->location)
		cw__location__free_unpacked(f->location, NULL);
	if (f->facts)
		cw__facts__free_unpacked(f->facts, NULL);
	free(f->bad);
}

static int get_first(struct api *q, const uint8_t *sha256, struct first *ret)
{
	int r = q->store->driver->places(q->store, sha256, take_first, ret);

	if (r == 0)
		r = -ENOENT;
	return r < 0 ? r : 0;
}

static Cw__Facts *facts_of(const struct first *f)
{
	return f->facts ? f->facts : f->location->facts;
}

/* ------------------------------------------------------------- numbers */

static int add_counts(void *arg, const struct query_row *row)
{
	inventory_row(arg, row);
	return 1;
}

static int query_one(struct api *q, struct json *j)
{
	static const char *const fields[] = { "places", "hosts", "first_seen",
		NULL };
	char filter[HASH_HEX + 16];
	struct filter_fault fault;
	const struct query k = {
		.subject = query_subject("certificates"), .filter = filter,
		.limit = 1, .now = q->now, .fields = fields,
	};
	int r = 0;

	snprintf(filter, sizeof(filter), "sha256 = %s", q->args[0]);
	r = query_rows(q->store, &k, add_counts, j, &fault);
	return r < 0 ? r : 0;
}

/* --------------------------------------------------------------- chain */

struct candidates {
	uint8_t sha256[CANDIDATES_MAX][HASH_SIZE];
	size_t n;
};

static int add_candidate(void *arg, const struct query_row *row)
{
	struct candidates *c = arg;
	char hex[HASH_HEX];

	if (c->n == CANDIDATES_MAX || row->values[0].len != HASH_HEX - 1)
		return 0;
	memcpy(hex, row->values[0].data, HASH_HEX - 1);
	hex[HASH_HEX - 1] = '\0';
	if (decode_hex(hex, c->sha256[c->n], HASH_SIZE) == 0)
		c->n++;
	return 0;
}

/* CAs of that name, as the filter language says it. */
static int find_candidates(struct api *q, const char *name,
			   struct candidates *c)
{
	static const char *const fields[] = { "sha256", NULL };
	struct filter_fault fault;
	struct query k = {
		.subject = query_subject("certificates"), .now = q->now,
		.limit = CANDIDATES_MAX, .fields = fields,
		.sort = "-not_after",
	};
	struct buf filter;
	int r = 0;

	buf_init(&filter, FILTER_LENGTH);
	buf_adds(&filter, "is_ca and not claimed and subject = ");
	inventory_quote(&filter, name);
	k.filter = buf_str(&filter);
	if (!filter.failed)
		r = query_rows(q->store, &k, add_candidate, c, &fault);
	buf_free(&filter);
	return r == -EINVAL ? 0 : r;
}

static bool is_equal(const ProtobufCBinaryData *a, const ProtobufCBinaryData *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/* By name, and by key where both say it. */
static bool is_issuer(const Cw__Facts *of, const Cw__Facts *by)
{
	if (of->aki.len > 0 && by->ski.len > 0 && !is_equal(&of->aki, &by->ski))
		return false;
	return is_equal(&of->issuer_der_sha256, &by->subject_der_sha256);
}

static int next_of_chain(struct api *q, const struct first *of,
			 struct first *ret)
{
	const Cw__Facts *f = facts_of(of);
	struct candidates c = { .n = 0 };
	bool found = false;
	int r = !f || f->self_signed ? -ENOENT :
		find_candidates(q, f->issuer, &c);

	for (size_t i = 0; r == 0 && i < c.n && !found; i++) {
		r = get_first(q, c.sha256[i], ret);
		found = r == 0 && facts_of(ret) &&
			is_issuer(f, facts_of(ret));
		if (found)
			break;
		free_first(ret);
		*ret = (struct first){ .location = NULL };
		r = r == -ENOENT ? 0 : r;
	}
	return r < 0 ? r : found ? 0 : -ENOENT;
}

static void add_object(struct json *j, const struct first *f, size_t *left)
{
	bool cut = facts_of(f) && trim_message(&facts_of(f)->base, left);

	json_quoted(j, "kind", inventory_kind(f->location->kind));
	inventory_json_object(j, f->location, facts_of(f));
	inventory_json_verdict(j, NULL, facts_of(f));
	json_text(j, "unreadable", facts_of(f) ? "" : f->bad ? f->bad :
		  "not sent by its host yet");
	if (cut)
		json_bool(j, "truncated", true);
}

static int add_chain(struct api *q, struct json *j, struct first *of)
{
	struct first at = *of, next = { .location = NULL };
	size_t left = ROW_JSON_LONG;
	int r = 0;

	*of = next;
	json_begin_array(j, "chain");
	for (int i = 0; i < CHAIN_MAX; i++) {
		r = next_of_chain(q, &at, &next);
		if (r < 0)
			break;
		json_begin_object(j, NULL);
		add_object(j, &next, &left);
		json_end_object(j);
		free_first(&at);
		at = next;
		next = (struct first){ .location = NULL };
	}
	free_first(&at);
	free_first(&next);
	json_end_array(j);
	return r == -ENOENT ? 0 : r;
}

/* ----------------------------------------------------------------- all */

static int add_pem(void *arg, const uint8_t *der, size_t len)
{
	struct json *j = arg;
	struct buf text, pem;

	if (!der)
		return 0;
	buf_init(&text, 2 * LIMIT_DER);
	buf_init(&pem, 3 * LIMIT_DER);
	encode_base64(&text, der, len);
	buf_adds(&pem, "-----BEGIN CERTIFICATE-----\n");
	for (size_t i = 0; i < text.len; i += 64) {
		buf_add(&pem, text.data + i,
			text.len - i < 64 ? text.len - i : 64);
		buf_addch(&pem, '\n');
	}
	buf_adds(&pem, "-----END CERTIFICATE-----\n");
	if (!pem.failed && !text.failed)
		json_quoted(j, "pem", buf_str(&pem));
	buf_free(&text);
	buf_free(&pem);
	return 0;
}

static int read_hash(struct api *q, uint8_t ret[static HASH_SIZE])
{
	return decode_hex(q->args[0], ret, HASH_SIZE) < 0 ? -ENOENT : 0;
}

int certificates_get(struct api *q)
{
	struct first f = { .location = NULL };
	size_t left = ROW_JSON_LONG;
	uint8_t sha256[HASH_SIZE];
	struct json j;
	int r = read_hash(q, sha256);

	if (r == 0)
		r = get_first(q, sha256, &f);
	if (r == 0) {
		api_json(q, 200, &j);
		json_begin_object(&j, NULL);
		add_object(&j, &f, &left);
		r = query_one(q, &j);
	}
	if (r == 0)
		r = q->store->driver->object_der(q->store, sha256, add_pem,
						 &j);
	if (r == 0 || r == -ENOENT)
		r = f.location ? add_chain(q, &j, &f) : r;
	free_first(&f);
	if (r < 0)
		return api_failed(q, r, "certificate");
	json_end_object(&j);
	return 0;
}

struct places {
	struct list list;
	int64_t n;
	int64_t after;
};

static int add_place(void *arg, const struct store_place *p)
{
	struct places *s = arg;
	Cw__Location *l = NULL;
	size_t left = ROW_JSON_LONG;
	char cursor[24];
	struct json *j = NULL;
	bool cut = false;

	if (s->n++ < s->after)
		return 0;
	if (list_is_full(&s->list))
		return 1;
	l = cw__location__unpack(NULL, p->location_len, p->location);
	if (!l)
		return -ENOMEM;
	/* not told here */
	if (l->facts)
		cw__facts__free_unpacked(l->facts, NULL);
	l->facts = NULL;
	cut = trim_message(&l->base, &left);
	j = list_add(&s->list);
	json_quoted(j, "host", p->hostname);
	json_quoted(j, "agent_id", p->agent_id);
	json_quoted(j, "kind", inventory_kind(l->kind));
	if (p->revoked)
		json_bool(j, "revoked", true);
	inventory_json_place(j, l);
	inventory_json_verdict(j, l, NULL);
	if (cut)
		json_bool(j, "truncated", true);
	snprintf(cursor, sizeof(cursor), "%lld", (long long)s->n);
	list_added(&s->list, cursor);
	cw__location__free_unpacked(l, NULL);
	return 0;
}

int certificates_places(struct api *q)
{
	static const char *const columns[] = { "host", "agent_id", "kind",
		"path", "entry", "format", "mode", "owner", "group",
		"container", "address", "port", "transport", "starttls",
		"sni", "state", "cause", "role", "flags", "truncated", NULL };
	struct places s = { .n = 0 };
	uint8_t sha256[HASH_SIZE];
	int r = read_hash(q, sha256);

	if (r < 0)
		return api_failed(q, r, "certificate");
	if (list_begin(q, columns, &s.list) < 0)
		return 0;
	if (s.list.after)
		s.after = strtoll(s.list.after, NULL, 10);
	return list_end(&s.list, q->store->driver->places(q->store, sha256,
							   add_place, &s));
}

int certificates_history(struct api *q)
{
	uint8_t sha256[HASH_SIZE];
	char filter[2 * HASH_HEX + 32];
	const struct inventory_listing of = { .subject = "events",
					      .filter = filter };
	int r = read_hash(q, sha256);

	if (r < 0)
		return api_failed(q, r, "certificate");
	snprintf(filter, sizeof(filter), "sha256 = %s or prior = %s",
		 q->args[0], q->args[0]);
	return inventory_list(q, &of);
}
