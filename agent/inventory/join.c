/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/inventory/join.h"

#include <string.h>

#include "agent/inventory/verdict.h"
#include "agent/probe/target.h"
#include "lib/limits.h"

#define TEXT_MAX KIB(64)	/* of one verdict */

void join_init(struct join *j, bool on)
{
	*j = (struct join){.on = on};
	arena_init(&j->arena, LIMIT_JOIN_BYTES);
	arena_init(&j->text, TEXT_MAX);
	disk_init(&j->disk, &j->arena);
	serving_init(&j->serving, &j->arena);
}

void join_free(struct join *j)
{
	serving_free(&j->serving);
	disk_free(&j->disk);
	arena_free(&j->text);
	arena_free(&j->arena);
	join_init(j, false);
}

bool join_is_full(const struct join *j)
{
	return j->full || j->disk.full || j->serving.full;
}

void join_lines(struct join *j, const struct bindings *b)
{
	j->read = true;
	if (j->on)
		serving_lines(&j->serving, b);
}

bool join_file(struct join *j, const Ipc__Candidate *place,
	       const Ipc__Finding *f)
{
	if (!j->on)
		return false;
	disk_add(&j->disk, place, f);
	if (!serving_add(&j->serving, place, f))
		return false;
	if (waiting_add(&j->files, &j->arena, place, f))
		return true;
	j->full = true;
	return false;
}

void join_judge(struct join *j, const Ipc__Listener *l,
		const Ipc__ProbeResult *m, const Ipc__ProbeServed *s,
		Cw__EndpointPlace *e)
{
	struct verdict v = {.join = j, .listener = l, .result = m, .served = s,
			    .endpoint = e};
	struct disk_certificate *c = NULL;

	if (!j->on || s->n_chain == 0)
		return;
	arena_reset(&j->text);
	serving_find(&j->serving, l);
	serving_narrow(&j->serving, m);
	for (size_t i = 0; i < j->serving.n_fit; i++)
		j->serving.fit[i]->answered = true;
	c = disk_find(&j->disk, verdict_leaf(&v)->sha256.data);
	if (c)
		c->served = true;
	verdict_find(&v);
}

void join_unsure(struct join *j, const Ipc__Listener *l)
{
	if (!j->on)
		return;
	serving_find(&j->serving, l);
	for (size_t i = 0; i < j->serving.n_fit; i++)
		j->serving.fit[i]->unsure = true;
}

int join_files(struct join *j, waiting_take *take, void *arg)
{
	return waiting_each(&j->files, take, arg);
}

/* Could a client have asked for it?  Patterns are not asked, and authorities in
 * a keystore are there to check others. */
static bool was_asked(const struct serving_line *l,
		      const Ipc__Finding *f)
{
	const Cw__Binding *b = l->binding;

	if (f->facts->is_ca && strcmp(b->role, "keystore") == 0)
		return false;
	if (b->n_names == 0)
		return true;
	for (size_t i = 0; i < b->n_names; i++) {
		if (target_is_name(b->names[i]))
			return true;
	}
	for (size_t i = 0; i < f->facts->n_dns_names; i++) {
		if (target_is_name(f->facts->dns_names[i]))
			return true;
	}
	return false;
}

bool join_is_unserved(const struct join *j, const Ipc__Candidate *place,
		      const Ipc__Finding *f)
{
	const struct serving_file *file = NULL;
	const struct disk_certificate *c = NULL;
	bool answered = false;

	if (!j->on || join_is_full(j) ||
	    f->kind != CW__KIND__KIND_CERTIFICATE || !disk_is_leaf(f) ||
	    f->sha256.len != HASH_SIZE || place->path.len == 0)
		return false;
	file = serving_file(&j->serving, &place->path);
	c = disk_find(&j->disk, f->sha256.data);
	if (!file || !c || c->served)
		return false;
	for (const struct serving_line *l = file->lines; l; l = l->next) {
		/* what users run for themselves */
		if (l->by.user > 0 || l->by.foreign)
			continue;
		if (l->unsure || !was_asked(l, f))
			return false;
		answered |= l->answered;
	}
	return answered;
}
