/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "collector-stub/api/handlers.h"
#include "collector-stub/api/list.h"
#include "collector-stub/order/audit.h"

/* a host is silent after this many seconds */
#define SILENT 86400

static const char *state_of(const struct store_agent_view *v)
{
	if (v->agent->revoked)
		return "revoked";
	if (v->agent->last_seen == 0)
		return "enrolled";
	return v->agent->pending ? "resyncing" : "synced";
}

static bool is_silent(const struct store_agent_view *v, int64_t now)
{
	int64_t last = v->agent->last_seen > 0 ? v->agent->last_seen :
		v->created;

	return !v->agent->revoked && last + SILENT < now;
}

static void add_host(struct json *j, const struct store_agent_view *v,
		     int64_t now)
{
	const struct store_agent *a = v->agent;

	json_string(j, "agent_id", a->id);
	json_string(j, "host", v->hostname);
	json_string(j, "state", state_of(v));
	json_bool(j, "silent", is_silent(v, now));
	json_time(j, "created", v->created);
	if (a->last_seen > 0)
		json_time(j, "last_seen", a->last_seen);
	if (v->certificate_until > 0)
		json_time(j, "certificate_not_after", v->certificate_until);
	json_number(j, "generation", a->generation);
	json_number(j, "locations", v->locations);
	if (v->coverage_finished > 0) {
		json_time(j, "scanned", v->coverage_finished);
		json_bool(j, "complete", v->coverage_complete);
		json_number(j, "gaps", v->gaps);
	}
}

static void add_facts(struct json *j, const Cw__HostFacts *h)
{
	json_text(j, "os", h->os);
	json_text(j, "kernel", h->kernel);
	json_text(j, "arch", h->arch);
	json_text(j, "agent_version", h->agent_version);
	json_text(j, "libcrypto", h->libcrypto);
	json_list(j, "capabilities", h->capabilities, h->n_capabilities);
}

struct one {
	struct api *q;
	struct json json;
	bool found;
};

static int add_one(void *arg, const struct store_agent_view *v)
{
	struct one *o = arg;

	if (strcmp(v->agent->id, o->q->args[0]) != 0)
		return 0;
	o->found = true;
	add_host(&o->json, v, o->q->now);
	return 1;
}

static int add_detail(void *arg, const uint8_t *host, size_t host_len,
		      const uint8_t *coverage, size_t coverage_len)
{
	struct one *o = arg;
	Cw__HostFacts *h = host ?
		cw__host_facts__unpack(NULL, host_len, host) : NULL;

	(void)coverage, (void)coverage_len;
	if (h) {
		add_facts(&o->json, h);
		cw__host_facts__free_unpacked(h, NULL);
	}
	return 0;
}

int hosts_get(struct api *q)
{
	const struct store_driver *d = q->store->driver;
	struct one o = { .q = q };
	int r = 0;

	api_json(q, 200, &o.json);
	json_begin_object(&o.json, NULL);
	r = d->agent_list(q->store, add_one, &o);
	if (r >= 0)
		r = o.found ? d->agent_detail(q->store, q->args[0], add_detail,
					      &o) : -ENOENT;
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
		json_string(j, "kind", gap_word(c->gaps[i]->kind));
		json_path(j, "path", c->gaps[i]->path.data,
			  c->gaps[i]->path.len);
		json_string(j, "reason", c->gaps[i]->reason);
		json_end_object(j);
	}
	json_end_array(j);
}

static void add_coverage(struct json *j, const Cw__Coverage *c)
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
	json_end_object(j);
}

static int reply_coverage(void *arg, const uint8_t *host, size_t host_len,
			  const uint8_t *coverage, size_t coverage_len)
{
	struct api *q = arg;
	Cw__Coverage *c = coverage ?
		cw__coverage__unpack(NULL, coverage_len, coverage) : NULL;
	struct json j;

	(void)host, (void)host_len;
	if (!c)
		return api_problem(q, 404, "not-found",
				   "this host has not reported a scan yet");
	api_json(q, 200, &j);
	add_coverage(&j, c);
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
