/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/coverage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/proc/sandbox.h"
#include "lib/clock.h"
#include "lib/debian_key.h"
#include "lib/limits.h"

/* One element more in a list of ${size}-byte elements, or NULL. */
static void *append(void *list, size_t *n, size_t size)
{
	void **where = list, *more;

	more = realloc(*where, (*n + 1) * size);
	if (!more)
		return NULL;
	*where = more;
	return (char *)more + (*n)++ * size;
}

static void set_bytes(ProtobufCBinaryData *to, const void *data, size_t len)
{
	to->data = malloc(len + 1);
	to->len = to->data ? len : 0;
	if (to->data)
		memcpy(to->data, data, len);
}

void coverage_note(struct coverage *c, const char *note)
{
	char **slot = append(&c->message.notes, &c->message.n_notes,
			     sizeof(char *));

	if (slot)
		*slot = strdup(note);
	if (slot && !*slot)
		c->message.n_notes--;
}

static void note_sandbox(struct coverage *c)
{
	struct buf lines;
	char *line, *save = NULL;

	buf_init(&lines, KIB(4));
	sandbox_notes(&lines);
	buf_addch(&lines, '\0');
	for (line = strtok_r((char *)lines.data, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		coverage_note(c, line);
	buf_free(&lines);
}

static void note_weak_keys(struct coverage *c, const char *folder)
{
	struct debian_keys *keys = NULL;
	char note[512];
	struct buf why;
	int r;

	buf_init(&why, KIB(8));
	r = debian_keys_load(folder, &why, &keys);
	if (r == -ENOENT)
		snprintf(note, sizeof(note), "Debian weak keys were not "
			 "checked: openssl-blacklist is not installed");
	else if (r < 0)
		snprintf(note, sizeof(note), "Debian weak keys were not "
			 "checked: %s: %s", buf_str(&why), r == -EBADMSG ?
			 "not a sorted list" : strerror(-r));
	else
		snprintf(note, sizeof(note), "Debian weak keys were checked "
			 "in part: not installed: %s", buf_str(&why));
	if (r < 0 || why.len > 0)
		coverage_note(c, note);
	debian_keys_free(keys);
	buf_free(&why);
}

void coverage_start(struct coverage *c, const struct agent_config *config)
{
	*c = (struct coverage){.message = CW__COVERAGE__INIT};
	c->message.started = clock_now();
	c->message.privileged = sandbox_reads_all();
	for (size_t i = 0; i < config->paths.count; i++) {
		const char *path = config->paths.items[i];
		ProtobufCBinaryData *slot =
			append(&c->message.roots, &c->message.n_roots,
			       sizeof(*slot));

		if (slot)
			set_bytes(slot, path, strlen(path));
	}
	if (!c->message.privileged)
		coverage_note(c, geteuid() == 0 ?
			      "root without CAP_DAC_READ_SEARCH, as in a "
			      "container that is not given it: only what "
			      "everybody may read was looked at" :
			      "not run as root: only what this user may "
			      "read was looked at");
	for (size_t i = 0; i < config->include.count; i++) {
		char note[512];

		snprintf(note, sizeof(note), "only what matches this was "
			 "looked at: include = %s", config->include.items[i]);
		coverage_note(c, note);
	}
	note_sandbox(c);
	note_weak_keys(c, config->weak_keys);
}

size_t coverage_most(Cw__GapKind kind)
{
	/* the sync role carries over what lies there, so each name counts */
	return kind == CW__GAP_KIND__GAP_UNREADABLE ||
			       kind == CW__GAP_KIND__GAP_TIMEOUT ||
			       kind == CW__GAP_KIND__GAP_CRASHED
		       ? LIMIT_GAPS_KEPT
		       : LIMIT_GAPS;
}

void coverage_finish(struct coverage *c)
{
	if (c->lost) {
		coverage_note(c, "no memory to note what was not looked at");
		c->message.complete = false;
	}
	c->message.finished = clock_now();
}

void coverage_count(struct coverage *c, Cw__GapKind kind, uint64_t n)
{
	Cw__Coverage *m = &c->message;
	Cw__GapCount **slot = NULL;

	if ((unsigned int)kind >= COVERAGE_KINDS)
		kind = CW__GAP_KIND__GAP_UNSPECIFIED;
	for (size_t i = 0; i < m->n_counts; i++) {
		if (m->counts[i]->kind == kind) {
			m->counts[i]->count += n;
			return;
		}
	}
	slot = append(&m->counts, &m->n_counts, sizeof(*slot));
	if (slot)
		*slot = malloc(sizeof(**slot));
	if (slot && !*slot)
		m->n_counts--;
	if (!slot || !*slot) {
		c->lost = true;
		return;
	}
	cw__gap_count__init(*slot);
	(*slot)->kind = kind;
	(*slot)->count = n;
}

/* Of the bytes for names, each kind has some of its own, so that one of which
 * there is much leaves room for the others. */
static bool is_room(struct coverage *c, Cw__GapKind kind, size_t size)
{
	size_t pool = LIMIT_GAP_BYTES - COVERAGE_KINDS * LIMIT_GAP_RESERVE;

	if (c->bytes[kind] + size > LIMIT_GAP_RESERVE) {
		if (c->shared + size > pool)
			return false;
		c->shared += size;
	} else {
		c->bytes[kind] += size;
	}
	return true;
}

static Cw__Gap *gap_new(Cw__GapKind kind, const ProtobufCBinaryData *path,
			const char *reason)
{
	Cw__Gap *g = malloc(sizeof(*g));

	if (!g)
		return NULL;
	cw__gap__init(g);
	g->kind = kind;
	set_bytes(&g->path, path->data, path->len);
	g->reason = strdup(reason);
	if (g->path.data && g->reason)
		return g;
	cw__gap__free_unpacked(g, NULL);
	return NULL;
}

size_t coverage_path(const void *path, size_t len)
{
	const char *slash = len <= LIMIT_GAP_PATH ? NULL :
		memrchr(path, '/', LIMIT_GAP_PATH);

	if (len <= LIMIT_GAP_PATH)
		return len;
	return slash && slash != path ? (size_t)(slash - (const char *)path) :
		1;
}

void coverage_name(struct coverage *c, Cw__GapKind kind,
		   const ProtobufCBinaryData *path, const char *reason)
{
	Cw__Coverage *m = &c->message;
	const ProtobufCBinaryData shown = {
		coverage_path(path->data, path->len), path->data };
	Cw__Gap **slot = NULL;
	Cw__Gap *g;

	if ((unsigned int)kind >= COVERAGE_KINDS ||
	    c->named[kind] >= coverage_most(kind) ||
	    !is_room(c, kind, shown.len + strlen(reason) + 32))
		return;
	c->named[kind]++;
	g = gap_new(kind, &shown, reason);
	slot = g ? append(&m->gaps, &m->n_gaps, sizeof(*slot)) : NULL;
	if (slot) {
		*slot = g;
		return;
	}
	if (g)
		cw__gap__free_unpacked(g, NULL);
	c->lost = true;
}

void coverage_gap(struct coverage *c, Cw__GapKind kind,
		  const ProtobufCBinaryData *path, const char *reason)
{
	coverage_count(c, kind, 1);
	coverage_name(c, kind, path, reason);
}

static bool has_gap(const Cw__Coverage *m, size_t n, const Cw__Gap *g)
{
	for (size_t i = 0; i < n; i++) {
		const Cw__Gap *o = m->gaps[i];

		if (o->kind == g->kind && o->path.len == g->path.len &&
		    strcmp(o->reason, g->reason) == 0 &&
		    (o->path.len == 0 ||
		     memcmp(o->path.data, g->path.data, o->path.len) == 0))
			return true;
	}
	return false;
}

static void add_note(struct coverage *c, const char *note)
{
	for (size_t i = 0; i < c->message.n_notes; i++) {
		if (strcmp(c->message.notes[i], note) == 0)
			return;
	}
	coverage_note(c, note);
}

void coverage_add(struct coverage *c, const Cw__Coverage *other,
		  const struct path_list *except)
{
	uint64_t left_out[COVERAGE_KINDS] = {0};
	size_t before = c->message.n_gaps;

	for (size_t i = 0; i < other->n_gaps; i++) {
		const Cw__Gap *g = other->gaps[i];

		if (has_gap(&c->message, before, g) ||
		    (except && path_list_covers(except, (char *)g->path.data,
						g->path.len)))
			left_out[(unsigned int)g->kind % COVERAGE_KINDS]++;
		else
			coverage_name(c, g->kind, &g->path, g->reason);
	}
	for (size_t i = 0; i < other->n_counts; i++) {
		const Cw__GapCount *n = other->counts[i];
		uint64_t out =
			left_out[(unsigned int)n->kind % COVERAGE_KINDS];

		if (n->count > out)
			coverage_count(c, n->kind, n->count - out);
	}
	for (size_t i = 0; i < other->n_notes; i++)
		add_note(c, other->notes[i]);
}

/* The message itself is a member, so the generated function, which frees the
 * message too, is not used on it. */
void coverage_free(struct coverage *c)
{
	Cw__Coverage *m = &c->message;

	for (size_t i = 0; i < m->n_roots; i++)
		free(m->roots[i].data);
	for (size_t i = 0; i < m->n_counts; i++)
		cw__gap_count__free_unpacked(m->counts[i], NULL);
	for (size_t i = 0; i < m->n_gaps; i++)
		cw__gap__free_unpacked(m->gaps[i], NULL);
	for (size_t i = 0; i < m->n_notes; i++)
		free(m->notes[i]);
	free(m->roots);
	free(m->counts);
	free(m->gaps);
	free(m->notes);
	cw__coverage__init(m);
}
