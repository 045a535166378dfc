/* SPDX-License-Identifier: Apache-2.0 */
/* The inventory as JSON Lines.  In the list, one line for each certificate,
 * with "hosts" and "places"; an object by itself, one line for each place, with
 * "host", as certwalk scan prints them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector-stub/cmd/group.h"
#include "lib/inventory_json.h"
#include "lib/limits.h"

static void add_place(struct json *j, const struct group_place *p)
{
	json_quoted(j, "host", p->hostname);
	json_quoted(j, "agent_id", p->agent_id);
	if (p->revoked)
		json_bool(j, "revoked", true);
	inventory_json_place(j, p->location);
}

static void add_object(struct json *j, const struct group *g,
		       const Cw__Location *l)
{
	const Cw__Facts *f = group_facts(g);

	json_quoted(j, "kind", inventory_kind(l->kind));
	inventory_json_object(j, l, f);
	if (!f)
		json_quoted(j, "unreadable", g->bad ? g->bad :
			    "not sent by its host yet");
}

static int print_line(struct json *j)
{
	int r = 0;

	json_end_object(j);
	buf_addch(j->out, '\n');
	if (j->out->failed)
		r = -ENOMEM;
	else if (fwrite(j->out->data, 1, j->out->len, stdout) != j->out->len)
		r = -EIO;
	buf_free(j->out);
	return r;
}

static int all(const struct group *g, int64_t now)
{
	struct buf out;
	struct json j;

	(void)now;
	buf_init(&out, LIMIT_SNAPSHOT);
	json_init(&j, &out);
	json_begin_object(&j, NULL);
	add_object(&j, g, g->places[0].location);
	inventory_json_verdict(&j, NULL, group_facts(g));
	json_begin_array(&j, "hosts");
	/* places come sorted by host */
	for (size_t i = 0; i < g->count; i++)
		if (i == 0 || strcmp(g->places[i].hostname,
				     g->places[i - 1].hostname) != 0)
			json_quoted(&j, NULL, g->places[i].hostname);
	json_end_array(&j);
	json_begin_array(&j, "places");
	for (size_t i = 0; i < g->count; i++) {
		json_begin_object(&j, NULL);
		add_place(&j, &g->places[i]);
		inventory_json_verdict(&j, g->places[i].location, NULL);
		json_end_object(&j);
	}
	json_end_array(&j);
	return print_line(&j);
}

static int one(const struct group *g, int64_t now)
{
	int r = 0;

	(void)now;
	for (size_t i = 0; r == 0 && i < g->count; i++) {
		struct buf out;
		struct json j;

		buf_init(&out, 8 * LIMIT_FACTS);
		json_init(&j, &out);
		json_begin_object(&j, NULL);
		add_object(&j, g, g->places[i].location);
		add_place(&j, &g->places[i]);
		inventory_json_verdict(&j, g->places[i].location,
				       group_facts(g));
		r = print_line(&j);
	}
	return r;
}

const struct group_view group_jsonl_view = {
	.format = "jsonl",
	.all = all,
	.one = one,
};
