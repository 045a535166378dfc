/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Lines: one object per location, the coverage last. */
#include <errno.h>
#include <stdlib.h>

#include "agent/output/output.h"
#include "lib/inventory_json.h"
#include "lib/limits.h"

struct jsonl {
	FILE *out;
	struct buf line;
};

static int jsonl_begin(FILE *out, void **ret_state)
{
	struct jsonl *j = calloc(1, sizeof(*j));

	if (!j)
		return -ENOMEM;
	j->out = out;
	buf_init(&j->line, 8 * LIMIT_FACTS);
	*ret_state = j;
	return 0;
}

static int write_line(struct jsonl *j)
{
	int r = buf_addch(&j->line, '\n');

	if (r == 0 &&
	    fwrite(j->line.data, 1, j->line.len, j->out) != j->line.len)
		r = -EIO;
	buf_reset(&j->line);
	return r;
}

static int jsonl_location(void *state, const Cw__Location *l,
			  const Ipc__Finding *f)
{
	struct jsonl *j = state;
	struct json o;

	json_init(&o, &j->line);
	json_begin_object(&o, NULL);
	json_quoted(&o, "kind", inventory_kind(l->kind));
	inventory_json_place(&o, l);
	inventory_json_object(&o, l, f->facts);
	inventory_json_verdict(&o, l, f->facts);
	json_end_object(&o);
	return write_line(j);
}

static void add_coverage(struct json *o, const Cw__Coverage *c)
{
	json_quoted(o, "kind", "coverage");
	json_bool(o, "complete", c->complete);
	json_time(o, "started", c->started);
	json_time(o, "finished", c->finished);
	json_begin_array(o, "paths");
	for (size_t i = 0; i < c->n_roots; i++)
		json_bytes(o, NULL, c->roots[i].data, c->roots[i].len);
	json_end_array(o);
	json_number(o, "directories", (int64_t)c->directories);
	json_number(o, "files", (int64_t)c->files);
	json_number(o, "bytes", (int64_t)c->bytes);
	json_number(o, "candidates", (int64_t)c->candidates);
	json_number(o, "locations", (int64_t)c->locations);
	json_bool(o, "privileged", c->privileged);
	json_begin_object(o, "gap_counts");
	for (size_t i = 0; i < c->n_counts; i++)
		json_number(o, output_gap(c->counts[i]->kind),
			    (int64_t)c->counts[i]->count);
	json_end_object(o);
	json_begin_array(o, "gaps");
	for (size_t i = 0; i < c->n_gaps; i++) {
		json_begin_object(o, NULL);
		json_quoted(o, "gap", output_gap(c->gaps[i]->kind));
		json_path(o, "path", c->gaps[i]->path.data,
			  c->gaps[i]->path.len);
		json_quoted(o, "reason", c->gaps[i]->reason);
		json_end_object(o);
	}
	json_end_array(o);
	json_list(o, "notes", c->notes, c->n_notes);
}

static int jsonl_end(void *state, const Cw__Coverage *c)
{
	struct jsonl *j = state;
	struct json o;
	int r;

	json_init(&o, &j->line);
	json_begin_object(&o, NULL);
	add_coverage(&o, c);
	json_end_object(&o);
	r = write_line(j);
	if (r == 0 && fflush(j->out) != 0)
		r = -errno;
	buf_free(&j->line);
	free(j);
	return r;
}

const struct output output_jsonl = {
	.name = "jsonl",
	.description = "JSON Lines: an object per location, the coverage last",
	.begin = jsonl_begin,
	.location = jsonl_location,
	.end = jsonl_end,
};
