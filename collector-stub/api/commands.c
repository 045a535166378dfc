/* SPDX-License-Identifier: Apache-2.0 */
/* Commands and the keys that sign them, as they are. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector-stub/api/handlers.h"
#include "collector-stub/api/list.h"
#include "collector-stub/order/state.h"

struct one {
	struct api *q;
	struct json json;
	bool found;
};

static void add_order(struct json *j, const Cw__Command *m)
{
	json_begin_object(j, "parameters");
	for (size_t i = 0; i < m->n_parameters; i++)
		json_quoted(j, m->parameters[i]->name,
			    m->parameters[i]->value);
	json_end_object(j);
	json_text(j, "reason", m->reason);
	if (m->dry_run)
		json_bool(j, "dry_run", true);
}

static int add_key_id(void *arg, const char *key_id, const uint8_t *signature,
		      size_t len)
{
	struct one *o = arg;

	(void)signature, (void)len;
	json_quoted(&o->json, NULL, key_id);
	return 0;
}

static int add_one(void *arg, const struct store_command *c)
{
	struct one *o = arg;
	struct json *j = &o->json;
	Cw__Command *m = NULL;
	int r = 0;

	if (o->found || strcmp(c->id, o->q->args[0]) != 0)
		return 0;
	o->found = true;
	m = cw__command__unpack(NULL, c->payload_len, c->payload);
	state_json(j, c, o->q->now);
	if (m)
		add_order(j, m);
	if (m)
		cw__command__free_unpacked(m, NULL);
	json_base64(j, "payload", c->payload, c->payload_len);
	json_begin_array(j, "signed_by");
	r = o->q->store->driver->command_signatures(o->q->store, c->agent_id,
						    c->id, add_key_id, o);
	json_end_array(j);
	if (c->result) {
		json_begin_object(j, "result");
		state_json_result(j, c);
		json_end_object(j);
	}
	return r;
}

int commands_get(struct api *q)
{
	struct one o = { .q = q };
	int r = 0;

	api_json(q, 200, &o.json);
	json_begin_object(&o.json, NULL);
	r = q->store->driver->command_list(q->store, q->args[0], add_one, &o);
	if (r == 0 && !o.found)
		r = -ENOENT;
	if (r < 0)
		return api_failed(q, r, "command");
	json_end_object(&o.json);
	return 0;
}

static int list_key(void *arg, const struct store_key *k)
{
	struct list *l = arg;
	struct json *j = NULL;
	char cursor[SIGNATURE_ID + 32];

	snprintf(cursor, sizeof(cursor), "%020lld %s", (long long)k->created,
		 k->id);
	if (l->after && strcmp(cursor, l->after) <= 0)
		return 0;
	if (list_is_full(l))
		return 1;
	j = list_add(l);
	json_quoted(j, "id", k->id);
	json_quoted(j, "name", k->name);
	json_hex(j, "ed25519", k->ed25519, SIGNATURE_KEY);
	json_time(j, "created", k->created);
	if (k->removed > 0)
		json_time(j, "removed", k->removed);
	list_added(l, cursor);
	return 0;
}

int keys_list(struct api *q)
{
	static const char *const columns[] = { "id", "name", "ed25519",
		"created", "removed", NULL };
	struct list l;

	if (list_begin(q, columns, &l) < 0)
		return 0;
	return list_end(&l, q->store->driver->key_list(q->store, list_key,
							&l));
}
