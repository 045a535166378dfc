/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/report.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/proc/coverage.h"
#include "agent/proc/ipc.h"
#include "agent/proc/ipc.pb-c.h"
#include "lib/clock.h"
#include "lib/frame.h"
#include "lib/message.h"

#define INTERVAL_MS 250

void report_init(struct report *r, int sock)
{
	memset(r, 0, sizeof(*r));
	r->sock = sock;
	pthread_mutex_init(&r->lock, NULL);
}

static Cw__Gap *gap_new(Cw__GapKind kind, const void *path, size_t len,
			const char *reason)
{
	Cw__Gap *g = malloc(sizeof(*g));

	if (!g)
		return NULL;
	cw__gap__init(g);
	g->kind = kind;
	g->path.data = malloc(len + 1);
	g->reason = strdup(reason);
	if (!g->path.data || !g->reason) {
		cw__gap__free_unpacked(g, NULL);
		return NULL;
	}
	memcpy(g->path.data, path, len);
	g->path.len = len;
	return g;
}

static int send_report(struct report *r, uint32_t op)
{
	Ipc__WalkProgress m = IPC__WALK_PROGRESS__INIT;
	Cw__GapCount counts[REPORT_KINDS], *list[REPORT_KINDS];
	struct buf work;
	int e = -ENOMEM;

	if (r->error < 0)
		return r->error;
	for (size_t i = 0; i < REPORT_KINDS; i++) {
		if (r->counts[i] == 0)
			continue;
		cw__gap_count__init(&counts[m.n_counts]);
		counts[m.n_counts].kind = (Cw__GapKind)i;
		counts[m.n_counts].count = r->counts[i];
		list[m.n_counts] = &counts[m.n_counts];
		m.n_counts++;
	}
	m.counts = list;
	m.directories = atomic_load(&r->directories);
	m.files = atomic_load(&r->files);
	m.bytes = atomic_load(&r->bytes);
	m.index_lost = atomic_load(&r->index_lost);
	m.linked = atomic_load(&r->linked);
	m.gaps = r->pending;
	m.n_gaps = r->n_pending;
	m.notes = r->notes;
	m.n_notes = r->n_notes;
	buf_init(&work, LIMIT_FRAME);
	e = message_send(&work, r->sock, op, &m.base, -1);
	buf_free(&work);
	for (size_t i = 0; i < r->n_pending; i++)
		cw__gap__free_unpacked(r->pending[i], NULL);
	r->n_pending = 0;
	while (r->n_notes > 0)
		free(r->notes[--r->n_notes]);
	memset(r->counts, 0, sizeof(r->counts));
	r->error = e;
	return e;
}

void report_gap(struct report *r, Cw__GapKind kind, const void *path,
		size_t len, const char *reason)
{
	Cw__Gap *g = NULL;
	bool named;

	assert((unsigned int)kind < REPORT_KINDS);
	pthread_mutex_lock(&r->lock);
	r->counts[kind]++;
	named = r->named[kind] < coverage_most(kind);
	if (named)
		g = gap_new(kind, path, coverage_path(path, len), reason);
	if (g) {
		r->named[kind]++;
		r->pending[r->n_pending++] = g;
	} else if (named && r->error == 0) {
		r->error = -ENOMEM;
	}
	if (r->n_pending == REPORT_PENDING)
		send_report(r, IPC_WALK_PROGRESS);
	pthread_mutex_unlock(&r->lock);
}

void report_note(struct report *r, const char *note)
{
	char *mine = strdup(note);

	pthread_mutex_lock(&r->lock);
	if (mine)
		r->notes[r->n_notes++] = mine;
	else if (r->error == 0)
		r->error = -ENOMEM;
	if (r->n_notes == REPORT_NOTES)
		send_report(r, IPC_WALK_PROGRESS);
	pthread_mutex_unlock(&r->lock);
}

int report_progress(struct report *r)
{
	int64_t now = clock_steady_ms();
	int e = 0;

	if (now - __atomic_load_n(&r->last, __ATOMIC_RELAXED) < INTERVAL_MS ||
	    pthread_mutex_trylock(&r->lock) != 0)
		return 0;
	__atomic_store_n(&r->last, now, __ATOMIC_RELAXED);
	e = send_report(r, IPC_WALK_PROGRESS);
	pthread_mutex_unlock(&r->lock);
	return e;
}

int report_done(struct report *r)
{
	int e;

	pthread_mutex_lock(&r->lock);
	e = send_report(r, IPC_WALK_DONE);
	pthread_mutex_unlock(&r->lock);
	return e;
}
