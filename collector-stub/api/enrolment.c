/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens by which hosts enrol. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/api/handlers.h"
#include "collector-stub/api/list.h"
#include "collector-stub/http/server.h"
#include "collector-stub/order/audit.h"
#include "lib/encode.h"
#include "lib/quantity.h"
#include "lib/token.h"

#define USES_MAX 1000000
#define LIFE_MAX (INT64_C(366) * 86400)

static const char *const columns[] = { "id", "created", "expires", "uses",
	"uses_left", "state", NULL };

static void add_members(struct json *j, const struct store_token *t,
			int64_t now)
{
	json_hex(j, "id", t->sha256, HASH_SIZE);
	json_time(j, "created", t->created);
	json_time(j, "expires", t->expires);
	json_number(j, "uses", t->uses);
	json_number(j, "uses_left", t->uses_left);
	json_quoted(j, "state", t->expires <= now ? "expired" :
		    t->uses_left == 0 ? "used up" : "open");
}

static int list_one(void *arg, const struct store_token *t)
{
	struct list *l = arg;
	char cursor[HASH_HEX + 32], id[HASH_HEX];

	encode_hex(t->sha256, HASH_SIZE, id);
	snprintf(cursor, sizeof(cursor), "%020lld %s", (long long)t->created,
		 id);
	if (l->after && strcmp(cursor, l->after) <= 0)
		return 0;
	if (list_is_full(l))
		return 1;
	add_members(list_add(l), t, l->q->now);
	list_added(l, cursor);
	return 0;
}

int enrolment_list(struct api *q)
{
	struct list l;

	if (list_begin(q, columns, &l) < 0)
		return 0;
	return list_end(&l, q->store->driver->token_list(q->store, list_one,
							  &l));
}

/* 0; -EINVAL and the reply tells. */
static int read_body(struct api *q, struct store_token *ret)
{
	static const struct api_field fields[] = {
		{ "uses", false, false }, { "expires_in", false, false },
		{ NULL, false, false },
	};
	const char *uses = NULL, *life = NULL;
	char *end = NULL;
	int64_t seconds = 0;
	long long n = 0;

	if (api_body(q, fields) < 0)
		return -EINVAL;
	uses = api_value(q, "uses") ? api_value(q, "uses") : "1";
	life = api_value(q, "expires_in") ? api_value(q, "expires_in") : "24h";
	n = strtoll(uses, &end, 10);
	if (*end || end == uses || n < 1 || n > USES_MAX) {
		api_problem(q, 400, "bad-request",
			    "uses is a number from 1 to %d", USES_MAX);
		return -EINVAL;
	}
	if (quantity_parse(life, quantity_durations, &seconds) < 0 ||
	    seconds < 1 || seconds > LIFE_MAX) {
		api_problem(q, 400, "bad-request",
			    "expires_in is a duration from 1s to 366d");
		return -EINVAL;
	}
	*ret = (struct store_token){
		.created = q->now, .expires = q->now + seconds,
		.uses = n, .uses_left = n,
	};
	return 0;
}

static int note(struct api *q, const char *event, const char *id)
{
	const struct audit_field fields[] = {
		{ "token", id }, { NULL, NULL },
	};

	return api_audit(q, event, fields);
}

static int make_text(struct api *q, struct store_token *row,
		     char ret[static TOKEN_TEXT])
{
	const struct server *srv = q->exchange->server;
	struct token t = { .address = "" };
	char name[TOKEN_ADDRESS_TEXT - 8];
	int r = server_name(srv->config, name, sizeof(name));

	memcpy(t.ca_sha256, srv->ca.sha256, HASH_SIZE);
	if (r == 0) {
		snprintf(t.address, sizeof(t.address), "%s:%u", name,
			 srv->port[LISTENER_ENROLL]);
		r = token_secret(t.secret);
	}
	if (r == 0)
		r = token_encode(&t, ret);
	hash_sha256(t.secret, strlen(t.secret), row->sha256);
	explicit_bzero(&t, sizeof(t));
	return r < 0 ? -EIO : 0;
}

static int keep(struct api *q, const struct store_token *t)
{
	char id[HASH_HEX];
	int r = q->store->driver->begin(q->store);

	if (r < 0)
		return r;
	encode_hex(t->sha256, HASH_SIZE, id);
	r = q->store->driver->token_add(q->store, t);
	if (r == 0)
		r = note(q, "enrolment-token-made", id);
	return api_end(q, r);
}

int enrolment_add(struct api *q)
{
	struct store_token t;
	char text[TOKEN_TEXT];
	struct json j;
	int r = 0;

	if (read_body(q, &t) < 0)
		return 0;
	r = make_text(q, &t, text);
	if (r == 0)
		r = keep(q, &t);
	if (r < 0)
		return r;
	api_json(q, 201, &j);
	json_begin_object(&j, NULL);
	add_members(&j, &t, q->now);
	json_quoted(&j, "token", text);
	json_end_object(&j);
	explicit_bzero(text, sizeof(text));
	return 0;
}

int enrolment_remove(struct api *q)
{
	uint8_t sha256[HASH_SIZE];
	int r = decode_hex(q->args[0], sha256, HASH_SIZE);

	if (r < 0)
		return api_failed(q, -ENOENT, "token");
	r = q->store->driver->begin(q->store);
	if (r < 0)
		return r;
	r = q->store->driver->token_remove(q->store, sha256);
	if (r == 0)
		r = note(q, "enrolment-token-removed", q->args[0]);
	r = api_end(q, r);
	return r < 0 ? api_failed(q, r, "token") : api_done(q);
}
