/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/remember.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/proc/ipc.h"
#include "agent/walk/namespaces.h"
#include "lib/frame.h"

void remember_start(struct remember *m, struct index *index)
{
	*m = (struct remember){.index = index,
			       .next.files = {-1, -1, -1}};
	if (index && (index_begin(index, &m->next) < 0 ||
		      (index->stands &&
		       inode_map_open(&m->records, index->files.records) < 0)))
		m->lost = true;
	record_log_init(&m->log, m->next.files.log, m->next.files.records,
			m->next.seed);
}

/* What the records say before an update. */
struct before {
	struct remember *memory;
	uint64_t flags;		/* of the record under work */
};

static int take_before(void *arg, enum record_kind kind, const uint8_t *data,
		       size_t len)
{
	struct before *b = arg;
	struct remember *m = b->memory;
	Ipc__Candidate *c = NULL;
	bool changed;
	int r = -ECANCELED;	/* enough */

	if (kind == RECORD_PLACE)
		c = ipc__candidate__unpack(NULL, len, data);
	if (!c)
		return -EBADMSG;
	changed = path_list_covers(&m->changed, (char *)c->path.data,
				   c->path.len);
	/* other mount namespaces are for scans */
	if (namespaces_prefix(c->path.data, c->path.len) > 0)
		b->flags = 0;
	/* it may stand under another of its names now, which a scan sees; one
	 * that did not change can wait for that */
	if (b->flags & RECORD_LINKED)
		r = changed ? -EAGAIN : -ECANCELED;
	else if ((b->flags & RECORD_RETRY) && !changed &&
		 (buf_add(&m->paths, c->path.data, c->path.len) < 0 ||
		  buf_addch(&m->paths, '\0') < 0))
		r = -EAGAIN;
	ipc__candidate__free_unpacked(c, NULL);
	return r;
}

/* Adds files that are looked at each time, but for those with several names. */
static int look_before(struct remember *m)
{
	struct before b = {.memory = m};
	int r = 0;

	for (size_t i = 0; i < m->records.count && r == 0; i++) {
		const uint64_t *v = m->records.records[i].value;

		b.flags = v[RECORD_FLAGS];
		if (b.flags & (RECORD_RETRY | RECORD_LINKED))
			r = record_replay(m->index->files.log,
					  v[RECORD_OFFSET], take_before, &b);
		r = r == -ECANCELED ? 0 : r;
	}
	return r;
}

/* In plain: without the kind before each path. */
static int add_paths(struct remember *m, const void *names, size_t len)
{
	const char *at = names, *end = at + len;
	int r = 0;

	for (; r == 0 && at < end; at += strlen(at) + 1)
		r = buf_add(&m->paths, at + 1, strlen(at));
	return r;
}

static int set_paths(struct remember *m, const void *names, size_t len)
{
	const struct index *x = m->index;
	int r;

	buf_init(&m->paths, INDEX_ANEW);
	r = add_paths(m, names, len);
	if (r == 0 && x && !m->aside)
		r = add_paths(m, x->behind.data, x->behind.len);
	if (r == 0)
		r = path_list_copy(&m->changed, m->paths.data, m->paths.len,
				   0);
	if (r == 0 && (m->paths.len + (x ? x->anew.len : 0) > INDEX_ANEW ||
		       path_list_covers(&m->changed, "/", 1)))
		r = -ENOBUFS;
	return r == -ENOBUFS ? -EAGAIN : r;
}

static int start_update(struct remember *m, struct index *index, bool aside,
			const void *names, size_t len)
{
	int r;

	*m = (struct remember){.index = index, .update = true, .aside = aside,
			       .next.files = {-1, -1, -1}};
	if (!index->stands || index->coverage == 0)
		return -EAGAIN;
	r = set_paths(m, names, len);
	if (r == 0)
		r = inode_map_open(&m->records, index->files.records);
	if (r == 0)
		r = index_begin_update(index, &m->next);
	m->told = m->paths.len;
	if (r == 0)
		r = look_before(m);
	if (r == 0 && m->paths.len > m->told) {
		path_list_free(&m->changed);
		r = path_list_copy(&m->changed, m->paths.data, m->paths.len, 0);
	}
	record_log_init(&m->log, m->next.files.log, m->next.files.records,
			m->next.seed);
	return r;
}

int remember_start_update(struct remember *m, struct index *index,
			  const void *names, size_t len)
{
	return start_update(m, index, false, names, len);
}

int remember_start_aside(struct remember *m, struct index *index,
			 const void *names, size_t len)
{
	int r;

	if (index->stands && index->coverage != 0)
		return start_update(m, index, true, names, len);
	*m = (struct remember){.update = true, .aside = true,
			       .next.files = {-1, -1, -1}};
	r = set_paths(m, names, len);
	m->told = m->paths.len;
	record_log_init(&m->log, -1, -1, 0);
	return r;
}

static bool stands(const struct remember *m)
{
	return m->index && m->index->stands && m->records.mapped > 0;
}

int remember_send(const struct remember *m, int sock)
{
	Ipc__WalkBegin b = IPC__WALK_BEGIN__INIT;
	uint8_t packed[64];
	int r = 0;

	if (m->update)
		r = frame_send(sock, IPC_WALK_ONLY, m->paths.data,
			       m->paths.len, -1);
	else
		b.stands = stands(m);
	if (b.stands) {
		const struct index *x = m->index;

		b.since = x->since.tv_sec;
		b.since_nsec = (uint32_t)x->since.tv_nsec;
		r = frame_send(sock, IPC_WALK_DIRECTORIES, NULL, 0,
			       x->files.directories);
		if (r == 0)
			r = frame_send(sock, IPC_WALK_RECORDS, NULL, 0,
				       x->files.records);
		if (r == 0 && x->anew.len > 0)
			r = frame_send(sock, IPC_WALK_ANEW, x->anew.data,
				       x->anew.len, -1);
	}
	if (r == 0 && m->next.files.directories >= 0)
		r = frame_send(sock, IPC_WALK_NEXT, NULL, 0,
			       m->next.files.directories);
	b.seed = m->index ? m->index->seed : 0;
	return r < 0 ? r : frame_send(sock, IPC_WALK_BEGIN, packed,
				      ipc__walk_begin__pack(&b, packed), -1);
}

static bool is_empty(const struct record *r)
{
	return r->pending.len == 0 && r->first == 0;
}

static void add(struct remember *m, struct record *r,
		const Ipc__Candidate *place, enum record_kind kind,
		const ProtobufCMessage *message)
{
	if (is_empty(r))
		record_add(&m->log, r, RECORD_PLACE, &place->base);
	record_add(&m->log, r, kind, message);
}

void remember_finding(struct remember *m, struct record *r,
		      const Ipc__Candidate *place, const Ipc__Finding *f)
{
	Ipc__Finding mine = *f;

	mine.der_known |= f->der.len > 0;
	mine.der = (ProtobufCBinaryData){0, NULL};
	add(m, r, place, RECORD_FINDING, &mine.base);
}

void remember_gap(struct remember *m, struct record *r,
		  const Ipc__Candidate *place, Cw__GapKind kind,
		  const char *reason)
{
	Cw__Gap g = CW__GAP__INIT;

	g.kind = kind;
	g.reason = (char *)(uintptr_t)reason;
	add(m, r, place, RECORD_GAP, &g.base);
}

void remember_end(struct remember *m, struct record *r,
		  const struct inode_key *key, const Ipc__Candidate *place,
		  uint64_t flags)
{
	if (is_empty(r) && flags == 0)
		return;
	if (is_empty(r))
		record_add(&m->log, r, RECORD_PLACE, &place->base);
	record_end(&m->log, r, key, &place->path, flags);
}

void remember_other(struct remember *m, const Ipc__Candidate *place,
		    const Ipc__Finding *f)
{
	/* of no device that there is */
	struct inode_key key = {.device = UINT64_MAX, .inode = ++m->others};
	struct record r = {.first = 0};

	remember_finding(m, &r, place, f);
	remember_end(m, &r, &key, place, 0);
	record_drop(&r);
}

void remember_coverage(struct remember *m, const Cw__Coverage *c)
{
	struct record r = {.first = 0};

	record_add(&m->log, &r, RECORD_COVERAGE, &c->base);
	m->next.coverage = record_end_alone(&m->log, &r);
}

uint64_t remember_flags(const Ipc__JobDone *m)
{
	for (size_t i = 0; i < m->n_gaps; i++) {
		if (m->gaps[i]->kind == CW__GAP_KIND__GAP_UNREADABLE ||
		    m->gaps[i]->kind == CW__GAP_KIND__GAP_VANISHED ||
		    m->gaps[i]->kind == CW__GAP_KIND__GAP_LOCKED)
			return RECORD_RETRY;
	}
	return 0;
}

void remember_partial(struct remember *m, const Ipc__Keep *k,
		      Cw__GapKind kind, const char *reason)
{
	struct inode_key key = {.device = k->device, .inode = k->inode};
	Ipc__Candidate place = IPC__CANDIDATE__INIT;
	struct record r = {.first = 0};

	place.path = k->path;
	remember_gap(m, &r, &place, kind, reason);
	remember_end(m, &r, &key, &place,
		     RECORD_PARTIAL | (k->linked ? RECORD_LINKED : 0));
	record_drop(&r);
}

/* A record on its way from the old log to the sink and the new log. */
struct replay {
	struct remember *memory;
	const struct remember_sink *sink;
	const char *container;	/* as it is called now; NULL: as before */
	bool dropped;		/* it is of a changed path */
	Ipc__Candidate *place;
	struct record record;
};

static int replay_place(struct replay *p, const uint8_t *data, size_t len)
{
	if (p->place)
		return -EBADMSG;
	p->place = ipc__candidate__unpack(NULL, len, data);
	if (!p->place)
		return -EBADMSG;
	p->dropped = path_list_covers(&p->memory->changed,
				      (char *)p->place->path.data,
				      p->place->path.len);
	if (!p->container)
		return 0;
	if (strcmp(p->place->container, p->container) == 0)
		return 0;
	if (p->place->container != protobuf_c_empty_string)
		free(p->place->container);
	p->place->container = strdup(p->container);
	return p->place->container ? 0 : -ENOMEM;
}

static int replay_finding(struct replay *p, const uint8_t *data, size_t len)
{
	Ipc__Finding *f = ipc__finding__unpack(NULL, len, data);
	int r = -EBADMSG;

	if (f) {
		remember_finding(p->memory, &p->record, p->place, f);
		r = p->sink->finding(p->sink->arg, p->place, f);
	}
	ipc__finding__free_unpacked(f, NULL);
	return r;
}

static int replay_gap(struct replay *p, const uint8_t *data, size_t len)
{
	Cw__Gap *g = cw__gap__unpack(NULL, len, data);

	if (!g)
		return -EBADMSG;
	remember_gap(p->memory, &p->record, p->place, g->kind, g->reason);
	p->sink->gap(p->sink->arg, p->place, g);
	cw__gap__free_unpacked(g, NULL);
	return 0;
}

static int replay_item(void *arg, enum record_kind kind, const uint8_t *data,
		       size_t len)
{
	struct replay *p = arg;

	if (kind == RECORD_PLACE)
		return replay_place(p, data, len);
	if (!p->place || kind == RECORD_COVERAGE)
		return -EBADMSG;
	if (p->dropped)
		return 0;
	return kind == RECORD_FINDING ? replay_finding(p, data, len)
				      : replay_gap(p, data, len);
}

static int replay(struct remember *m, const struct inode_record *r,
		  const char *container, const struct remember_sink *sink)
{
	struct replay p = {.memory = m, .sink = sink, .container = container};
	int e = record_replay(m->index->files.log, r->value[RECORD_OFFSET],
			      replay_item, &p);

	if (e == 0 && !p.place)
		e = -EBADMSG;
	if (e == 0 && !p.dropped)
		remember_end(m, &p.record, &r->key, p.place,
			     r->value[RECORD_FLAGS]);
	record_drop(&p.record);
	ipc__candidate__free_unpacked(p.place, NULL);
	return e;
}

int remember_keep(struct remember *m, const Ipc__Keep *k,
		  const struct remember_sink *sink)
{
	struct inode_key key = {.device = k->device, .inode = k->inode};
	const struct inode_record *r = NULL;
	uint64_t path;
	size_t at = 0;

	if (!stands(m))
		return -EPROTO;
	path = past_hash(m->index->seed, k->path.data, k->path.len);
	do {
		r = inode_map_next(&m->records, &key, &at);
	} while (r && r->value[RECORD_PATH] != path);
	return r ? replay(m, r, k->container, sink) : -EPROTO;
}

int remember_keep_others(struct remember *m, const struct remember_sink *sink)
{
	int r = 0;

	for (size_t i = 0; i < m->records.count && r == 0; i++) {
		const struct inode_record *k = &m->records.records[i];

		if (k->key.device == REMEMBER_ANSWERS)
			continue;
		if (k->key.device == UINT64_MAX)
			m->others++;
		r = replay(m, k, NULL, sink);
	}
	return r;
}

static int take_coverage(void *arg, enum record_kind kind, const uint8_t *data,
			 size_t len)
{
	Cw__Coverage **ret = arg;

	if (kind == RECORD_COVERAGE && !*ret)
		*ret = cw__coverage__unpack(NULL, len, data);
	return *ret ? 0 : -EBADMSG;
}

Cw__Coverage *remember_last_coverage(const struct remember *m)
{
	Cw__Coverage *c = NULL;

	record_replay(m->index->files.log, m->index->coverage, take_coverage,
		      &c);
	return c;
}

/* ${r}: was all written? */
static int finish_update(struct remember *m, int r, bool complete)
{
	m->paths.len = m->told;
	if (m->aside)
		return 0;
	if (r == 0 && complete)
		return index_commit_update(m->index, &m->next, &m->paths);
	/* the last records no longer fit what was told */
	if (complete)
		index_drop(m->index);
	return complete ? r : 0;
}

int remember_finish(struct remember *m, bool complete)
{
	int r = m->log.error;

	if (!m->index)
		return 0;
	m->finished = true;
	inode_map_close(&m->records);
	if (inode_writer_flush(&m->log.inodes) < 0 && r == 0)
		r = m->log.inodes.error;
	if (r == 0 && m->lost)
		r = -EIO;
	if (m->update)
		return finish_update(m, r, complete);
	if (r == 0 && complete && !m->clock_set)
		return index_commit(m->index, &m->next);
	index_drop(m->index);
	return complete ? r : 0;
}

void remember_free(struct remember *m)
{
	inode_map_close(&m->records);
	buf_free(&m->paths);
	path_list_free(&m->changed);
	if (!m->index)
		return;
	index_drop(&m->next);
	if (!m->finished && !m->update)
		index_drop(m->index);
}
