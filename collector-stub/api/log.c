/* SPDX-License-Identifier: Apache-2.0 */
/* The audit log. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/api/handlers.h"
#include "collector-stub/api/list.h"
#include "collector-stub/order/audit.h"
#include "lib/chain.h"
#include "lib/json_read.h"

static const char *const columns[] = { "number", "time", "event", "actor",
	"fields", "hash", NULL };

/* First event and actor, then all others as "fields". */
struct entry {
	struct json *json;
	bool fields;
};

static int take(void *arg, const struct json_place *p, const char *value)
{
	struct entry *e = arg;
	bool own = false;

	if (p->depth != 1 || !p->keys[0])
		return 0;
	own = strcmp(p->keys[0], "event") == 0 ||
		strcmp(p->keys[0], "actor") == 0;
	if (own != e->fields)
		json_quoted(e->json, p->keys[0], value);
	return 0;
}

static int list_entry(void *arg, const struct store_audit *a)
{
	struct list *l = arg;
	struct entry e = { .fields = false };
	char cursor[32];
	size_t len = strlen(a->text);

	if (list_is_full(l))
		return 1;
	e.json = list_add(l);
	json_number(e.json, "number", a->number);
	json_time(e.json, "time", a->time);
	json_read(a->text, len, take, &e);
	json_begin_object(e.json, "fields");
	e.fields = true;
	json_read(a->text, len, take, &e);
	json_end_object(e.json);
	json_hex(e.json, "hash", a->hash, HASH_SIZE);
	snprintf(cursor, sizeof(cursor), "%lld", (long long)a->number);
	list_added(l, cursor);
	return 0;
}

int log_list(struct api *q)
{
	struct list l;
	int64_t before = INT64_MAX;

	if (list_begin(q, columns, &l) < 0)
		return 0;
	if (l.after)
		before = strtoll(l.after, NULL, 10);
	return list_end(&l, q->store->driver->audit_before(q->store, before,
					(int)l.limit + 1, list_entry, &l));
}

int log_head(struct api *q)
{
	struct chain c;
	struct json j;
	int r = audit_verify(q->store, &c);

	if (r < 0 && r != -EBADMSG)
		return r;
	api_json(q, 200, &j);
	json_begin_object(&j, NULL);
	json_bool(&j, "intact", r == 0);
	json_number(&j, "number", (int64_t)c.number);
	json_hex(&j, "hash", c.hash, HASH_SIZE);
	json_end_object(&j);
	return 0;
}
