/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Lines of `certwalk probe`: for each chain served a line of kind
 * endpoint, then one for each of its certificates; the coverage last. */
#include <errno.h>

#include "agent/cmd/probe_print.h"
#include "lib/inventory_json.h"
#include "lib/limits.h"

static int write_line(FILE *out, struct buf *line)
{
	int r = buf_addch(line, '\n');

	if (r == 0 && fwrite(line->data, 1, line->len, out) != line->len)
		r = -EIO;
	buf_reset(line);
	return r;
}

static int add_certificate(FILE *out, struct buf *line,
			   const Cw__EndpointPlace *place,
			   const Ipc__Finding *f, uint32_t position)
{
	Cw__EndpointPlace short_place = CW__ENDPOINT_PLACE__INIT;
	Cw__Location l = CW__LOCATION__INIT;
	struct json o;

	short_place.host = place->host;
	short_place.address = place->address;
	short_place.port = place->port;
	short_place.starttls = place->starttls;
	short_place.sni = place->sni;
	l.kind = CW__KIND__KIND_CERTIFICATE;
	l.object = f->sha256;
	l.format = f->format;
	l.place_case = CW__LOCATION__PLACE_ENDPOINT;
	l.endpoint = &short_place;
	l.chain_position = position;
	l.flags = f->flags;
	l.n_flags = f->n_flags;
	json_init(&o, line);
	json_begin_object(&o, NULL);
	json_quoted(&o, "kind", inventory_kind(l.kind));
	inventory_json_place(&o, &l);
	inventory_json_object(&o, &l, f->facts);
	inventory_json_verdict(&o, &l, f->facts);
	json_end_object(&o);
	return write_line(out, line);
}

static void begin_endpoint(struct json *o, struct buf *line,
			   const Cw__EndpointPlace *place)
{
	Cw__Location l = CW__LOCATION__INIT;

	l.place_case = CW__LOCATION__PLACE_ENDPOINT;
	l.endpoint = (Cw__EndpointPlace *)(uintptr_t)place;
	l.format = (char *)(uintptr_t)"tls";
	json_init(o, line);
	json_begin_object(o, NULL);
	json_quoted(o, "kind", inventory_kind(CW__KIND__KIND_ENDPOINT));
	inventory_json_place(o, &l);
}

static int add_served(FILE *out, struct buf *line,
		      const struct probe_answer *a, const Ipc__ProbeServed *s)
{
	Cw__EndpointPlace place = *s->place;
	struct json o;
	int r = 0;

	place.host = a->place->host;
	begin_endpoint(&o, line, &place);
	json_begin_array(&o, "chain_sha256");
	for (size_t i = 0; i < s->n_chain; i++) {
		const Ipc__Finding *f = a->result->certificates[s->chain[i]];

		json_hex(&o, NULL, f->sha256.data, f->sha256.len);
	}
	json_end_array(&o);
	json_end_object(&o);
	r = write_line(out, line);
	for (size_t i = 0; r == 0 && i < s->n_chain; i++)
		r = add_certificate(out, line, &place,
				    a->result->certificates[s->chain[i]],
				    (uint32_t)i + 1);
	return r;
}

static int add_failure(FILE *out, struct buf *line,
		       const Cw__EndpointPlace *place, const char *failure,
		       const char *reason)
{
	struct json o;

	begin_endpoint(&o, line, place);
	json_quoted(&o, "failure", failure);
	json_text(&o, "reason", reason);
	json_end_object(&o);
	return write_line(out, line);
}

static int jsonl_answer(FILE *out, const struct probe_answer *a)
{
	const Ipc__ProbeResult *m = a->result;
	struct buf line;
	int r = 0;

	buf_init(&line, 8 * LIMIT_FACTS);
	for (size_t i = 0; r == 0 && i < m->n_served; i++)
		r = add_served(out, &line, a, m->served[i]);
	for (size_t i = 0; r == 0 && i < m->n_refusals; i++) {
		Cw__EndpointPlace place = *a->place;

		place.sni = m->refusals[i]->name;
		r = add_failure(out, &line, &place, "no-certificate",
				m->refusals[i]->reason);
	}
	if (r == 0 && *m->failure && (m->n_served > 0 || m->n_refusals == 0))
		r = add_failure(out, &line, a->place, m->failure, m->reason);
	buf_free(&line);
	return r;
}

static int jsonl_end(FILE *out, const struct probe_counts *c)
{
	struct buf line;
	struct json o;
	int r = 0;

	buf_init(&line, KIB(64));
	json_init(&o, &line);
	json_begin_object(&o, NULL);
	json_quoted(&o, "kind", "coverage");
	json_bool(&o, "complete", true);
	json_number(&o, "targets", (int64_t)c->targets);
	json_number(&o, "answered", (int64_t)c->answered);
	json_begin_object(&o, "failures");
	for (size_t i = 0; c->failures[i].word; i++)
		json_number(&o, c->failures[i].word,
			    (int64_t)c->failures[i].count);
	json_end_object(&o);
	json_end_object(&o);
	r = write_line(out, &line);
	buf_free(&line);
	return r == 0 && fflush(out) != 0 ? -errno : r;
}

const struct probe_printer probe_print_jsonl = {
	.name = "jsonl",
	.answer = jsonl_answer,
	.end = jsonl_end,
};
