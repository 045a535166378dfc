/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/ingest/share.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "collector-stub/store/store.h"

/* parts with a lock each, and entries of one before old ones are looked for */
#define PARTS 64
#define PART_SWEEP 512
/* of a request: the purse gets its rate each millisecond */
#define PRICE 1000
#define DAY_MS INT64_C(86400000)

struct entry {
	char id[STORE_AGENT_ID];
	int64_t purse;
	int64_t filled;		/* when, steady ms */
	int64_t brought;	/* bytes, less what the time since forgives */
	bool refused;		/* what it brought last */
	long long bytes;
	int works;
	UT_hash_handle hh;
};

struct part {
	pthread_mutex_t lock;
	struct entry *entries;
	unsigned int sweep_at;
};

struct share {
	int64_t rate;
	struct part parts[PARTS];
};

struct share *share_new(int64_t rate)
{
	struct share *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->rate = rate;
	for (size_t i = 0; i < PARTS; i++) {
		pthread_mutex_init(&s->parts[i].lock, NULL);
		s->parts[i].sweep_at = PART_SWEEP;
	}
	return s;
}

void share_free(struct share *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < PARTS; i++) {
		struct entry *e = NULL, *next = NULL;

		HASH_ITER(hh, s->parts[i].entries, e, next) {
			HASH_DEL(s->parts[i].entries, e);
			free(e);
		}
		pthread_mutex_destroy(&s->parts[i].lock);
	}
	free(s);
}

/* FNV-1a: ids are ours, or hashes; nobody can choose their part. */
static struct part *part_of(struct share *s, const char *id)
{
	uint32_t h = 2166136261U;

	for (; *id; id++)
		h = (h ^ (uint8_t)*id) * 16777619U;
	return &s->parts[h % PARTS];
}

static int64_t full(const struct share *s)
{
	return s->rate * SHARE_BURST_SECONDS * PRICE;
}

static void fill(const struct share *s, struct entry *e, int64_t now_ms)
{
	int64_t past = now_ms - e->filled, most = full(s);

	if (past > DAY_MS)
		past = DAY_MS;
	if (past > 0)
		e->brought -= past * SHARE_DAY / DAY_MS;
	if (e->brought < 0)
		e->brought = 0;
	if (past > SHARE_BURST_SECONDS * 1000)
		past = SHARE_BURST_SECONDS * 1000;
	if (past > 0)
		e->purse += past * s->rate;
	if (e->purse > most)
		e->purse = most;
	e->filled = now_ms;
}

/* Those who have nothing here and could pay everything are as good as new. */
static void sweep(const struct share *s, struct part *p, int64_t now_ms)
{
	struct entry *e = NULL, *next = NULL;

	HASH_ITER(hh, p->entries, e, next) {
		fill(s, e, now_ms);
		if (e->works == 0 && e->purse == full(s) && e->brought == 0) {
			HASH_DEL(p->entries, e);
			free(e);
		}
	}
	p->sweep_at = 2 * HASH_COUNT(p->entries) + PART_SWEEP;
}

static struct entry *find(struct part *p, const char *id)
{
	struct entry *e = NULL;

	HASH_FIND_STR(p->entries, id, e);
	return e;
}

static struct entry *find_or_add(const struct share *s, struct part *p,
				 const char *id, int64_t now_ms)
{
	struct entry *e = find(p, id);

	if (e)
		return e;
	if (HASH_COUNT(p->entries) >= p->sweep_at)
		sweep(s, p, now_ms);
	e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	snprintf(e->id, sizeof(e->id), "%s", id);
	e->filled = now_ms;
	e->purse = full(s);
	HASH_ADD_STR(p->entries, id, e);
	return e;
}

int share_enter(struct share *s, const char *agent_id, int64_t now_ms)
{
	struct part *p = part_of(s, agent_id);
	struct entry *e = NULL;
	int wait = 0;

	if (s->rate == 0)
		return 0;
	pthread_mutex_lock(&p->lock);
	e = find_or_add(s, p, agent_id, now_ms);
	if (e)
		fill(s, e, now_ms);
	if (e && e->works < SHARE_WORKS && e->purse >= PRICE) {
		e->purse -= PRICE;
		e->works++;
	} else {
		wait = e && e->purse < PRICE ? SHARE_BURST_SECONDS / 2 : 1;
	}
	pthread_mutex_unlock(&p->lock);
	return wait;
}

bool share_hold(struct share *s, const char *agent_id, long long bytes)
{
	struct part *p = part_of(s, agent_id);
	struct entry *e = NULL;
	bool good = true;

	if (s->rate == 0)
		return true;
	pthread_mutex_lock(&p->lock);
	e = find(p, agent_id);
	if (e) {
		good = e->bytes == 0 || e->bytes + bytes <= SHARE_BYTES;
		e->bytes += bytes;
	}
	pthread_mutex_unlock(&p->lock);
	return good;
}

int share_bring(struct share *s, const char *agent_id, int64_t bytes,
		int64_t now_ms, bool *ret_first)
{
	struct part *p = part_of(s, agent_id);
	struct entry *e = NULL;
	int64_t wait = 0;

	if (s->rate == 0)
		return 0;
	pthread_mutex_lock(&p->lock);
	e = find(p, agent_id);
	if (e) {
		fill(s, e, now_ms);
		if (e->brought + bytes > SHARE_DAY) {
			wait = (e->brought + bytes - SHARE_DAY) /
				(SHARE_DAY / (DAY_MS / 1000)) + 1;
			*ret_first = !e->refused;
		} else {
			e->brought += bytes;
		}
		e->refused = wait > 0;
	}
	pthread_mutex_unlock(&p->lock);
	return (int)wait;
}

void share_return(struct share *s, const char *agent_id, int64_t bytes)
{
	struct part *p = part_of(s, agent_id);
	struct entry *e = NULL;

	if (s->rate == 0)
		return;
	pthread_mutex_lock(&p->lock);
	e = find(p, agent_id);
	if (e)
		e->brought = e->brought > bytes ? e->brought - bytes : 0;
	pthread_mutex_unlock(&p->lock);
}

void share_leave(struct share *s, const char *agent_id, long long bytes)
{
	struct part *p = part_of(s, agent_id);
	struct entry *e = NULL;

	if (s->rate == 0)
		return;
	pthread_mutex_lock(&p->lock);
	e = find(p, agent_id);
	if (e) {
		e->bytes -= bytes;
		e->works--;
	}
	pthread_mutex_unlock(&p->lock);
}
