/* SPDX-License-Identifier: Apache-2.0 */
/* Ordering, signing, cancelling. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/api/handlers.h"
#include "collector-stub/api/inventory.h"
#include "collector-stub/http/server.h"
#include "collector-stub/order/audit.h"
#include "collector-stub/order/compose.h"
#include "collector-stub/order/state.h"
#include "lib/encode.h"
#include "lib/file.h"
#include "lib/limits.h"
#include "lib/quantity.h"

/* hosts that one request may order on */
#define TARGETS_MAX 10000

struct order {
	struct api *q;
	struct compose compose;
	Cw__Parameter parameters[API_MAP];
	Cw__Parameter *list[API_MAP];
	const char *agent_id;		/* or NULL */
	const char *where;		/* or NULL; "": all */
	struct compose_target *targets;
	size_t n, cap;
};

static void read_parameters(struct order *o)
{
	for (size_t i = 0; i < o->q->n_map; i++) {
		cw__parameter__init(&o->parameters[i]);
		o->parameters[i].name = o->q->map[i].name;
		o->parameters[i].value = o->q->map[i].value;
		o->list[i] = &o->parameters[i];
	}
	o->compose.parameters = o->list;
	o->compose.n_parameters = o->q->n_map;
}

/* Every host is a great deal: it has to be said.  0; -EINVAL and the reply
 * tells. */
static int read_where(struct order *o, bool all)
{
	bool blank = false;

	o->agent_id = api_value(o->q, "agent_id");
	o->where = api_value(o->q, "filter");
	if (all && !o->where)
		o->where = "";
	blank = o->where && filter_is_blank(o->where);
	if ((o->agent_id != NULL) == (o->where != NULL))
		api_problem(o->q, 400, "bad-request",
			    "one of agent_id, filter and all is needed");
	else if (o->where && blank != all)
		api_problem(o->q, 422, "ambiguous", all ?
			    "all is every host, the filter some of them" :
			    "a blank filter is every host: say all, too");
	else
		return 0;
	return -EINVAL;
}

/* 0; -EINVAL and the reply tells. */
static int check_action(struct api *q)
{
	/* it needs new keys, which only the command line knows */
	if (strcmp(api_value(q, "action"), "rotate-keys") != 0)
		return 0;
	api_problem(q, 400, "bad-request",
		    "keys are rotated by certwalk-collector");
	return -EINVAL;
}

/* 0; -EINVAL and the reply tells. */
static int read_order(struct order *o)
{
	static const struct api_field fields[] = {
		{ "action", true, false }, { "agent_id", false, false },
		{ "filter", false, false }, { "parameters", false, true },
		{ "reason", false, false }, { "expires_in", false, false },
		{ "dry_run", false, false }, { "all", false, false },
		{ NULL, false, false },
	};
	struct api *q = o->q;
	const char *life = NULL;
	int dry = -1, all = -1;
	int64_t seconds = 0;

	if (api_body(q, fields) < 0 || api_flag(q, "dry_run", &dry) < 0 ||
	    api_flag(q, "all", &all) < 0 || check_action(q) < 0)
		return -EINVAL;
	life = api_value(q, "expires_in") ? api_value(q, "expires_in") : "1h";
	if (quantity_parse(life, quantity_durations, &seconds) < 0 ||
	    seconds < 1 || seconds > LIMIT_COMMAND_LIFE) {
		api_problem(q, 400, "bad-request",
			    "expires_in is a duration from 1s to 7d");
		return -EINVAL;
	}
	read_parameters(o);
	o->compose.action = api_value(q, "action");
	o->compose.reason = api_value(q, "reason");
	o->compose.dry_run = dry > 0;
	o->compose.not_before = q->now;
	o->compose.expires = q->now + seconds;
	o->compose.needed = q->exchange->server->config->command_threshold;
	o->compose.actor = api_actor(q);
	return read_where(o, all > 0);
}

static char *copy(struct order *o, const struct store_value *v)
{
	return query_text(&o->q->arena, v);
}

static int add_target(void *arg, const struct query_row *row)
{
	struct order *o = arg;
	struct compose_target *t = NULL;
	char *id = copy(o, query_value(row, "agent_id"));

	if (!id)
		return -ENOMEM;
	if (query_value(row, "revoked")->number ||
	    (o->agent_id && strcmp(o->agent_id, id) != 0))
		return 0;
	if (o->n == TARGETS_MAX)
		return -E2BIG;
	if (o->n == o->cap) {
		size_t cap = o->cap ? 2 * o->cap : 64;
		void *more = realloc(o->targets, cap * sizeof(*o->targets));

		if (!more)
			return -ENOMEM;
		o->targets = more;
		o->cap = cap;
	}
	t = &o->targets[o->n++];
	snprintf(t->agent_id, sizeof(t->agent_id), "%s", id);
	t->host = copy(o, query_value(row, "host"));
	return t->host ? 0 : -ENOMEM;
}

static int choose(struct order *o, struct filter_fault *fault)
{
	static const char *const fields[] = { "agent_id", "host", "revoked",
		NULL };
	const struct query k = {
		.subject = query_subject("hosts"), .now = o->q->now,
		.filter = o->where,
		.fields = fields,
	};

	return query_each(o->q->store, &k, add_target, o, fault);
}

static int reply_made(struct order *o)
{
	struct json j;

	api_json(o->q, 201, &j);
	json_begin_object(&j, NULL);
	json_begin_array(&j, "items");
	for (size_t i = 0; i < o->n; i++) {
		const struct store_command c = {
			.id = o->targets[i].id,
			.agent_id = o->targets[i].agent_id,
			.hostname = o->targets[i].host,
			.action = o->compose.action,
			.not_before = o->compose.not_before,
			.expires = o->compose.expires,
			.needed = o->compose.needed,
		};

		json_begin_object(&j, NULL);
		state_json(&j, &c, o->q->now);
		json_end_object(&j);
	}
	json_end_array(&j);
	json_end_object(&j);
	return 0;
}

static int add(struct order *o)
{
	struct filter_fault fault = { .column = 0 };
	int r = choose(o, &fault);

	if (r == -EINVAL)
		return inventory_fault(o->q, &fault);
	if (r == -E2BIG)
		return api_problem(o->q, 400, "bad-request", "more than %d "
				   "hosts: choose fewer", TARGETS_MAX);
	if (r < 0)
		return r;
	if (o->n == 0)
		return api_problem(o->q, 404, "not-found",
				   "no host is chosen by this");
	r = compose_queue_all(o->q->store, &o->compose, o->targets, o->n,
			      NULL);
	if (r == -EFBIG)
		return api_problem(o->q, 413, "too-large",
				   "the order is larger than 64 KiB");
	return r < 0 ? r : reply_made(o);
}

int commands_add(struct api *q)
{
	struct order o = { .q = q };
	int r = 0;

	if (read_order(&o) == 0)
		r = add(&o);
	free(o.targets);
	return r;
}

int commands_cancel(struct api *q)
{
	const struct audit_field fields[] = {
		{ "command", q->args[0] }, { NULL, NULL },
	};
	int r = q->store->driver->begin(q->store);

	if (r < 0)
		return r;
	r = q->store->driver->command_cancel(q->store, q->args[0], q->now);
	if (r == 0)
		r = api_audit(q, "command-cancelled", fields);
	r = api_end(q, r);
	return r < 0 ? api_failed(q, r, "command that is open") :
		api_done(q);
}

static int add_signature(struct api *q, const char *key_id,
			 const uint8_t *signature, size_t len)
{
	Cw__Signature g = CW__SIGNATURE__INIT;
	int r = q->store->driver->begin(q->store);

	if (r < 0)
		return r;
	g.key_id = (char *)(uintptr_t)key_id;
	g.signature.data = (uint8_t *)(uintptr_t)signature;
	g.signature.len = len;
	r = api_end(q, compose_sign(q->store, api_actor(q), q->args[0], &g));
	if (r == -EACCES)
		return api_problem(q, 409, "conflict", "the signature is not "
				   "one of a known key over this command");
	return r < 0 ? api_failed(q, r, "command that is open") :
		api_done(q);
}

int commands_sign(struct api *q)
{
	static const struct api_field fields[] = {
		{ "key_id", true, false }, { "signature", true, false },
		{ NULL, false, false },
	};
	struct buf signature;
	const char *text = NULL;
	int r = 0;

	if (api_body(q, fields) < 0)
		return 0;
	text = api_value(q, "signature");
	buf_init(&signature, SIGNATURE_SIZE);
	if (decode_base64(&signature, text, strlen(text)) < 0 ||
	    signature.len != SIGNATURE_SIZE)
		api_problem(q, 400, "bad-request",
			    "signature is 64 bytes in base64");
	else
		r = add_signature(q, api_value(q, "key_id"), signature.data,
				  signature.len);
	buf_free(&signature);
	return r;
}

struct approval {
	struct api *q;
	struct signer signer;
	uint8_t signature[SIGNATURE_SIZE];
	bool found;
};

static int sign_one(void *arg, const struct store_command *c)
{
	struct approval *a = arg;

	if (c->closed || strcmp(c->id, a->q->args[0]) != 0)
		return 0;
	a->found = true;
	return signer_sign(&a->signer, c->payload, c->payload_len,
			   a->signature);
}

int commands_approve(struct api *q)
{
	const struct collector_config *c = q->exchange->server->config;
	struct approval a = { .q = q };
	char path[4096], fault[HSM_FAULT];
	int r = file_path(path, sizeof(path), c->state_dir, "command.key");

	if (r == 0)
		r = signer_open(path, &a.signer, fault);
	if (r < 0)
		return api_problem(q, 409, "conflict", "the collector has no "
				   "key of its own: sign elsewhere");
	r = q->store->driver->command_list(q->store, q->args[0], sign_one, &a);
	if (r == 0 && !a.found)
		r = -ENOENT;
	r = r < 0 ? api_failed(q, r, "command that is open") :
		add_signature(q, a.signer.id, a.signature, SIGNATURE_SIZE);
	signer_close(&a.signer);
	return r;
}
