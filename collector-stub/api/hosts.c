/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "collector-stub/api/handlers.h"
#include "collector-stub/api/inventory.h"
#include "collector-stub/api/trim.h"
#include "collector-stub/order/audit.h"
#include "lib/limits.h"

/* long values of a report on coverage have so many bytes together */
#define COVERAGE_LONG KIB(512)

struct one {
	struct api *q;
	struct json json;
	bool found;
};

/* The filter language does not tell A from a. */
static int add_one(void *arg, const struct query_row *row)
{
	struct one *o = arg;
	const char *id = o->q->args[0];
	const struct store_value *v = query_value(row, "agent_id");

	if (!v || v->len != strlen(id) || memcmp(v->data, id, v->len) != 0)
		return 0;
	o->found = true;
	inventory_row(&o->json, row);
	json_bool(&o->json, "silent", inventory_is_silent(row, o->q->now));
	return 1;
}

static int find_one(struct api *q, struct one *o)
{
	struct filter_fault fault = { .column = 0 };
	struct query k = { .subject = query_subject("hosts"), .now = q->now };
	struct buf filter;
	int r = -ENOENT;

	buf_init(&filter, FILTER_LENGTH);
	buf_adds(&filter, "agent_id = ");
	inventory_quote(&filter, q->args[0]);
	k.filter = buf_str(&filter);
	if (!filter.failed)
		r = query_rows(q->store, &k, add_one, o, &fault);
	buf_free(&filter);
	if (r == -EINVAL || (r >= 0 && !o->found))
		r = -ENOENT;
	return r < 0 ? r : 0;
}

static int add_capabilities(void *arg, const uint8_t *host, size_t host_len,
			    const uint8_t *coverage, size_t coverage_len)
{
	struct one *o = arg;
	Cw__HostFacts *h = host ?
		cw__host_facts__unpack(NULL, host_len, host) : NULL;

	(void)coverage, (void)coverage_len;
	if (h) {
		json_list(&o->json, "capabilities", h->capabilities,
			  h->n_capabilities);
		cw__host_facts__free_unpacked(h, NULL);
	}
	return 0;
}

int hosts_get(struct api *q)
{
	struct one o = { .q = q };
	int r = 0;

	api_json(q, 200, &o.json);
	json_begin_object(&o.json, NULL);
	r = find_one(q, &o);
	if (r == 0)
		r = q->store->driver->agent_detail(q->store, q->args[0],
						   add_capabilities, &o);
	if (r < 0)
		return api_failed(q, r, "host");
	json_end_object(&o.json);
	return 0;
}

static const char *gap_word(Cw__GapKind kind)
{
	static const char *const words[] = { "unknown", "unreadable",
		"skipped", "vanished", "too-large", "malformed", "locked",
		"crashed", "timeout", "unsupported" };
	size_t i = (size_t)kind;

	return words[i < sizeof(words) / sizeof(*words) ? i : 0];
}

static void add_gaps(struct json *j, const Cw__Coverage *c)
{
	json_begin_object(j, "counts");
	for (size_t i = 0; i < c->n_counts; i++)
		json_number(j, gap_word(c->counts[i]->kind),
			    (int64_t)c->counts[i]->count);
	json_end_object(j);
	json_begin_array(j, "gaps");
	for (size_t i = 0; i < c->n_gaps; i++) {
		json_begin_object(j, NULL);
		json_quoted(j, "kind", gap_word(c->gaps[i]->kind));
		json_path(j, "path", c->gaps[i]->path.data,
			  c->gaps[i]->path.len);
		json_quoted(j, "reason", c->gaps[i]->reason);
		json_end_object(j);
	}
	json_end_array(j);
}

static void add_coverage(struct json *j, const Cw__Coverage *c, bool cut)
{
	json_begin_object(j, NULL);
	json_time(j, "started", c->started);
	json_time(j, "finished", c->finished);
	json_bool(j, "complete", c->complete);
	if (c->last_full > 0)
		json_time(j, "last_full", c->last_full);
	json_bool(j, "privileged", c->privileged);
	json_begin_array(j, "roots");
	for (size_t i = 0; i < c->n_roots; i++)
		json_bytes(j, NULL, c->roots[i].data, c->roots[i].len);
	json_end_array(j);
	json_number(j, "directories", (int64_t)c->directories);
	json_number(j, "files", (int64_t)c->files);
	json_number(j, "bytes", (int64_t)c->bytes);
	json_number(j, "candidates", (int64_t)c->candidates);
	json_number(j, "locations", (int64_t)c->locations);
	add_gaps(j, c);
	json_list(j, "notes", c->notes, c->n_notes);
	if (cut)
		json_bool(j, "truncated", true);
	json_end_object(j);
}

static int reply_coverage(void *arg, const uint8_t *host, size_t host_len,
			  const uint8_t *coverage, size_t coverage_len)
{
	struct api *q = arg;
	Cw__Coverage *c = coverage ?
		cw__coverage__unpack(NULL, coverage_len, coverage) : NULL;
	size_t left = COVERAGE_LONG;
	bool cut = c && trim_message(&c->base, &left);
	struct json j;

	(void)host, (void)host_len;
	if (!c)
		return api_problem(q, 404, "not-found",
				   "this host has not reported a scan yet");
	api_json(q, 200, &j);
	add_coverage(&j, c, cut);
	cw__coverage__free_unpacked(c, NULL);
	return 0;
}

int hosts_coverage(struct api *q)
{
	int r = q->store->driver->agent_detail(q->store, q->args[0],
					       reply_coverage, q);

	return r < 0 ? api_failed(q, r, "host") : 0;
}

int hosts_revoke(struct api *q)
{
	const struct audit_field fields[] = {
		{ "agent", q->args[0] }, { NULL, NULL },
	};
	int r = q->store->driver->begin(q->store);

	if (r < 0)
		return r;
	r = q->store->driver->agent_revoke(q->store, q->args[0], q->now);
	if (r == 0)
		r = api_audit(q, "agent-revoked", fields);
	r = api_end(q, r);
	return r < 0 ? api_failed(q, r, "host that is not revoked yet") :
		api_done(q);
}
