/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/store/columns.h"

#include <errno.h>
#include <string.h>

#include "lib/json.h"
#include "lib/limits.h"

#define ID(column, field, letter) LOCATION_##field,
static const int of_location[] = { COLUMNS_OF_LOCATION(ID) };
static const int of_object[] = { COLUMNS_OF_OBJECT(ID) };

static const bool is_list[] = {
	[LOCATION_DNS_NAMES] = true, [LOCATION_IP_ADDRESSES] = true,
	[LOCATION_EMAILS] = true, [LOCATION_URIS] = true,
	[LOCATION_KEY_USAGE] = true, [LOCATION_EXT_KEY_USAGE] = true,
	[LOCATION_PRINCIPALS] = true, [LOCATION_FLAGS] = true,
	[LOCATION_SERVICES] = true, [LOCATION_SERVER_NAMES] = true,
	[LOCATION_VERSIONS] = true, [LOCATION_HYBRID_GROUPS] = true,
	[LOCATION_TOKEN_SERIAL] = false,	/* the last one */
};

struct take {
	struct arena *arena;
	struct store_value *value;
	struct json json;
	struct buf list;
	bool failed;
};

static void take_one(void *arg, const char *text, int64_t number)
{
	struct take *t = arg;
	struct store_value v = { .type = STORE_NUMBER, .number = number };

	if (text) {
		v.type = STORE_TEXT;
		v.data = store_text(t->arena, text);
		v.len = v.data ? strlen(v.data) : 0;
		t->failed = t->failed || !v.data;
	}
	*t->value = v;
}

static void take_element(void *arg, const char *text, int64_t number)
{
	struct take *t = arg;

	(void)number;
	if (t->list.len == 0)
		json_begin_array(&t->json, NULL);
	json_quoted(&t->json, NULL, text);
}

static void take_list(struct take *t, struct location_record *r, int id)
{
	buf_init(&t->list, 8 * LIMIT_FACTS);
	json_init(&t->json, &t->list);
	filter_take(location_get, r, id, take_element, t);
	if (t->list.len > 0) {
		json_end_array(&t->json);
		t->value->type = STORE_TEXT;
		t->value->len = t->list.len;
		t->value->data = arena_dup(t->arena, t->list.data,
					   t->list.len);
		t->failed = t->failed || t->list.failed || !t->value->data;
	}
	buf_free(&t->list);
}

/* Has this kind of place no such field?  Most locations are files, and most
 * fields are those of endpoints. */
static bool is_elsewhere(const Cw__Location *l, int id)
{
	if (id >= LOCATION_ADDRESS && id <= LOCATION_FAILURE)
		return !l || l->place_case != CW__LOCATION__PLACE_ENDPOINT;
	if (id >= LOCATION_MODULE && id <= LOCATION_TOKEN_SERIAL)
		return !l || l->place_case != CW__LOCATION__PLACE_TOKEN;
	return false;
}

static int take_all(struct location_record *r, const int *ids, size_t n,
		    struct arena *a, struct store_value *ret)
{
	struct take t = { .arena = a };

	memset(ret, 0, n * sizeof(*ret));
	for (size_t i = 0; i < n; i++) {
		t.value = &ret[i];
		if (is_elsewhere(r->location, ids[i]))
			continue;
		if (is_list[ids[i]])
			take_list(&t, r, ids[i]);
		else
			filter_take(location_get, r, ids[i], take_one, &t);
	}
	return t.failed ? -ENOMEM : 0;
}

int columns_of_location(const Cw__Location *l, struct arena *a,
			struct store_value ret[static COLUMNS_LOCATION])
{
	struct location_record r = { .location = l };

	return take_all(&r, of_location, COLUMNS_LOCATION, a, ret);
}

int columns_of_object(const Cw__Facts *f, struct arena *a,
		      struct store_value ret[static COLUMNS_OBJECT])
{
	struct location_record r = { .facts = f };

	return take_all(&r, of_object, COLUMNS_OBJECT, a, ret);
}

int columns_of_host(const Cw__HostFacts *h, struct arena *a,
		    struct store_value ret[static COLUMNS_HOST])
{
	const char *const texts[COLUMNS_HOST] = { h->os, h->kernel, h->arch,
		h->agent_version, h->libcrypto };
	struct take t = { .arena = a };

	memset(ret, 0, COLUMNS_HOST * sizeof(*ret));
	for (size_t i = 0; i < COLUMNS_HOST; i++) {
		t.value = &ret[i];
		if (*texts[i])
			take_one(&t, texts[i], 0);
	}
	return t.failed ? -ENOMEM : 0;
}

int64_t columns_gaps(const Cw__Coverage *c)
{
	uint64_t n = 0;

	for (size_t i = 0; i < c->n_counts; i++)
		if (c->counts[i]->kind != CW__GAP_KIND__GAP_SKIPPED &&
		    __builtin_add_overflow(n, c->counts[i]->count, &n))
			return INT64_MAX;
	return n > INT64_MAX ? INT64_MAX : (int64_t)n;
}

/* with its NUL */
static const char domain[] = "certwalk facts";

bool columns_is_claim(const void *data, size_t len)
{
	return len >= sizeof(domain) &&
	       memcmp(data, domain, sizeof(domain)) == 0;
}

int columns_claim(const Cw__Location *l, uint8_t ret[static HASH_SIZE])
{
	size_t facts = cw__facts__get_packed_size(l->facts);
	uint8_t kind[4] = { (uint8_t)(l->kind >> 24), (uint8_t)(l->kind >> 16),
		(uint8_t)(l->kind >> 8), (uint8_t)l->kind };
	uint8_t object[HASH_SIZE] = { 0 };
	struct buf b;
	int r = 0;

	if (l->object.len == HASH_SIZE)
		memcpy(object, l->object.data, HASH_SIZE);
	buf_init(&b, sizeof(domain) + sizeof(kind) + HASH_SIZE + facts);
	buf_add(&b, domain, sizeof(domain));
	buf_add(&b, kind, sizeof(kind));
	buf_add(&b, object, HASH_SIZE);
	if (buf_reserve(&b, facts) == 0)
		b.len += cw__facts__pack(l->facts, b.data + b.len);
	if (b.failed)
		r = -ENOMEM;
	else
		hash_sha256(b.data, b.len, ret);
	buf_free(&b);
	return r;
}
