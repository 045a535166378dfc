/* SPDX-License-Identifier: Apache-2.0 */
/* API tokens. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/api/handlers.h"
#include "collector-stub/api/inventory.h"
#include "collector-stub/order/audit.h"
#include "lib/encode.h"
#include "lib/quantity.h"

#define LIFE_MIN INT64_C(3600)
#define LIFE_MAX (INT64_C(366) * 86400)

/* bytes of the hash that are a token's id, in hex */
#define ID_BYTES 8
#define ID_TEXT (2 * ID_BYTES + 1)

static const char *const columns[] = { "id", "name", "owner", "role", "filter",
	"created", "expires", "last_used", "state", NULL };

static void make_id(const struct store_access *a, char ret[static ID_TEXT])
{
	encode_hex(a->sha256, ID_BYTES, ret);
}

static void add_members(struct json *j, const struct store_access *a,
			int64_t now)
{
	char id[ID_TEXT];

	make_id(a, id);
	json_quoted(j, "id", id);
	json_quoted(j, "name", a->name);
	json_quoted(j, "owner", a->owner);
	json_quoted(j, "role", a->role);
	json_quoted(j, "filter", a->filter);
	json_time(j, "created", a->created);
	json_time(j, "expires", a->expires);
	if (a->used > 0)
		json_time(j, "last_used", a->used);
	json_quoted(j, "state", a->expires <= now ? "expired" : "open");
}

static void make_cursor(const struct store_access *a, char *ret, size_t cap)
{
	char id[ID_TEXT];

	make_id(a, id);
	snprintf(ret, cap, "%020lld %s", (long long)a->created, id);
}

static int list_one(void *arg, const struct store_access *a)
{
	struct list *l = arg;
	char cursor[64];

	make_cursor(a, cursor, sizeof(cursor));
	if (l->after && strcmp(cursor, l->after) <= 0)
		return 0;
	if (list_is_full(l))
		return 1;
	add_members(list_add(l), a, l->q->now);
	list_added(l, cursor);
	return 0;
}

static const char *owner_of(const struct api *q)
{
	return q->who.role == ROLE_ADMIN ? NULL : q->who.user;
}

int access_list(struct api *q)
{
	struct list l;

	if (list_begin(q, columns, &l) < 0)
		return 0;
	return list_end(&l, q->store->driver->users->access_list(q->store,
						owner_of(q), list_one, &l));
}

/* It has to be one of each list that it will limit. */
static int check_filter(struct api *q, const char *text)
{
	struct filter_fault fault = { .column = 0 };
	int r = 0;

	if (!*text)
		return 0;
	if (filter_is_blank(text)) {
		api_problem(q, 400, "bad-filter", "the filter is blank");
		return -EINVAL;
	}
	if (strlen(text) >= STORE_ACCESS_FILTER) {
		api_problem(q, 400, "bad-filter",
			    "the filter is longer than 1024 bytes");
		return -EINVAL;
	}
	for (size_t i = 0; r == 0 && query_subjects[i]; i++)
		if (!query_subjects[i]->whole)
			r = query_check(query_subjects[i], text, &fault);
	if (r == -EINVAL)
		inventory_fault(q, &fault);
	return r;
}

/* 0; -EINVAL and the reply tells; or the store's error. */
static int read_body(struct api *q, struct store_access *ret)
{
	static const struct api_field fields[] = {
		{ "name", true, false }, { "role", true, false },
		{ "filter", false, false }, { "expires_in", false, false },
		{ NULL, false, false },
	};
	const char *life = NULL, *filter = NULL;
	int64_t seconds = 0;
	enum role role = ROLE_NONE;
	int r = -EINVAL;

	if (api_body(q, fields) < 0)
		return -EINVAL;
	role = role_parse(api_value(q, "role"));
	life = api_value(q, "expires_in") ? api_value(q, "expires_in") : "90d";
	filter = api_value(q, "filter") ? api_value(q, "filter") : "";
	if (strlen(api_value(q, "name")) >= STORE_USER_NAME ||
	    !*api_value(q, "name"))
		api_problem(q, 400, "bad-request",
			    "name has 1 to 64 bytes");
	else if (!role || role > q->who.role)
		api_problem(q, 400, "bad-request",
			    "role is none, or above one's own");
	else if (quantity_parse(life, quantity_durations, &seconds) < 0 ||
		 seconds < LIFE_MIN || seconds > LIFE_MAX)
		api_problem(q, 400, "bad-request",
			    "expires_in is a duration from 1h to 366d");
	else if ((r = check_filter(q, filter)) == 0) {
		*ret = (struct store_access){
			.created = q->now, .expires = q->now + seconds,
		};
		snprintf(ret->name, sizeof(ret->name), "%s",
			 api_value(q, "name"));
		snprintf(ret->owner, sizeof(ret->owner), "%s", q->who.user);
		snprintf(ret->role, sizeof(ret->role), "%s", role_name(role));
		snprintf(ret->filter, sizeof(ret->filter), "%s", filter);
	}
	return r;
}

static int note(struct api *q, const char *event, const struct store_access *a)
{
	char id[ID_TEXT];
	const struct audit_field fields[] = {
		{ "token", id }, { "name", a->name }, { "owner", a->owner },
		{ "role", a->role }, { "filter", a->filter }, { NULL, NULL },
	};

	make_id(a, id);
	return api_audit(q, event, fields);
}

static int keep(struct api *q, const struct store_access *a)
{
	int r = q->store->driver->begin(q->store);

	if (r < 0)
		return r;
	r = q->store->driver->users->access_add(q->store, a);
	if (r == 0)
		r = note(q, "api-token-made", a);
	return api_end(q, r);
}

int access_add(struct api *q)
{
	struct store_access a;
	char secret[WHO_SECRET];
	struct json j;
	int r = 0;

	if (q->who.is_token)
		return api_problem(q, 403, "forbidden",
				   "an API token makes no others");
	r = read_body(q, &a);
	if (r < 0)
		return r == -EINVAL ? 0 : r;
	r = who_secret(WHO_TOKEN_PREFIX, secret);
	hash_sha256(secret, strlen(secret), a.sha256);
	if (r == 0)
		r = keep(q, &a);
	if (r < 0)
		return r;
	api_json(q, 201, &j);
	json_begin_object(&j, NULL);
	add_members(&j, &a, q->now);
	json_quoted(&j, "token", secret);
	json_end_object(&j);
	explicit_bzero(secret, sizeof(secret));
	return 0;
}

struct search {
	const char *id;
	bool found;
	struct store_access access;
};

static int match(void *arg, const struct store_access *a)
{
	struct search *s = arg;
	char id[ID_TEXT];

	make_id(a, id);
	if (strcmp(id, s->id) == 0) {
		s->found = true;
		s->access = *a;
	}
	return 0;
}

int access_remove(struct api *q)
{
	const struct store_user_driver *d = q->store->driver->users;
	struct search s = { .id = q->args[0] };
	int r = q->store->driver->begin(q->store);

	if (r < 0)
		return r;
	r = d->access_list(q->store, owner_of(q), match, &s);
	if (r == 0)
		r = s.found ? d->access_remove(q->store, s.access.sha256) :
			-ENOENT;
	if (r == 0)
		r = note(q, "api-token-removed", &s.access);
	r = api_end(q, r);
	return r < 0 ? api_failed(q, r, "token") : api_done(q);
}
