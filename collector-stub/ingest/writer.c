/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/ingest/writer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "collector-stub/http/server.h"
#include "collector-stub/order/hold.h"
#include "lib/clock.h"
#include "lib/log.h"

/* how often a group is tried, and how much longer it pauses each time */
#define TRIES 5
#define PAUSE_NS 20000000L

/* One thread, with a connection of its own. */
struct lane {
	struct store *store;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t filled;
	struct exchange *head;
	struct exchange **tail;
	size_t waiting;
	bool stop;
	bool failing;		/* its last group was not stored */
};

struct writer {
	struct lane lanes[WRITER_LANES];
	size_t n;
};

static int expect(struct store *s, const struct exchange *list)
{
	const char *ids[WRITER_GROUP];
	size_t n = 0;

	for (; list && n < WRITER_GROUP; list = list->next)
		if (list->identity.agent_id[0])
			ids[n++] = list->identity.agent_id;
	return n > 0 ? s->driver->expect(s, ids, n) : 0;
}

static int add_audit(struct store *s, const struct exchange *list)
{
	const char *texts[WRITER_GROUP];
	size_t n = 0;

	for (; list && n < WRITER_GROUP; list = list->next)
		if (list->audit)
			texts[n++] = list->audit;
	return n > 0 ? s->driver->audit_add_many(s, clock_now(), texts, n) : 0;
}

static int run_all(struct store *s, struct exchange *list)
{
	int r = s->driver->begin(s);

	if (r == 0)
		r = expect(s, list);
	for (struct exchange *x = list; r == 0 && x; x = x->next) {
		x->audit = NULL;
		r = x->run(x, s);
	}
	if (r == 0)
		r = add_audit(s, list);
	return r < 0 ? r : s->driver->commit(s);
}

/* Where another transaction was in the way, or the connection was lost, even
 * in the commit, all of it runs again: each run() bears that. */
static int run_again(struct store *s, struct exchange *list)
{
	int r = -EAGAIN;

	for (int i = 0; i < TRIES && r == -EAGAIN; i++) {
		struct timespec pause = { .tv_nsec = i * PAUSE_NS };

		nanosleep(&pause, NULL);
		r = run_all(s, list);
		if (r < 0)
			s->driver->rollback(s);
	}
	return r;
}

static void refuse_all(struct exchange *list, int r)
{
	for (struct exchange *x = list; x; x = x->next)
		reply_later(&x->reply, r == -ENOSPC ? "storage-full" :
			    "storage-failed",
			    "nothing of this request was stored");
}

int writer_run(struct store *s, struct exchange *list)
{
	int r = run_again(s, list);

	if (r == 0)
		return 0;
	if (!list->next || r == -EBUSY) {
		refuse_all(list, r);
		return r;
	}
	/* what one of them needs may be too much; the others shall not pay */
	r = 0;
	for (struct exchange *x = list; x; x = x->next) {
		struct exchange *next = x->next;
		int one = 0;

		x->next = NULL;
		one = writer_run(s, x);
		x->next = next;
		r = one < 0 ? one : r;
	}
	return r;
}

/* Up to WRITER_GROUP that wait; NULL when it is time to end. */
static struct exchange *take(struct lane *l)
{
	struct exchange *list = NULL, **end = &list;

	pthread_mutex_lock(&l->lock);
	while (!l->head && !l->stop)
		pthread_cond_wait(&l->filled, &l->lock);
	for (int n = 0; l->head && n < WRITER_GROUP; n++) {
		*end = l->head;
		end = &l->head->next;
		l->head = l->head->next;
		l->waiting--;
	}
	*end = NULL;
	if (!l->head)
		l->tail = &l->head;
	pthread_mutex_unlock(&l->lock);
	return list;
}

static void tell(struct lane *l, int r)
{
	bool failing = l->failing;

	l->failing = r < 0;
	if (r < 0 && !failing)
		log_error("database: %s; requests are answered with 503 until "
			  "it works again", l->store->error);
	else if (r == 0 && failing)
		log_info("database: works again");
}

static void *lane_main(void *arg)
{
	struct lane *l = arg;
	struct exchange *list = NULL;

	while ((list = take(l))) {
		tell(l, writer_run(l->store, list));
		while (list) {
			struct exchange *next = list->next;

			list->next = NULL;
			if (list->hold > 0 && list->reply.status == 200)
				hold_add(list->server->hold, list);
			else
				exchange_finish(list);
			list = next;
		}
	}
	return NULL;
}

static int lane_start(struct lane *l, struct store *s)
{
	sigset_t all, old;
	int r = 0;

	l->store = s;
	l->tail = &l->head;
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->filled, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = -pthread_create(&l->thread, NULL, lane_main, l);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

int writer_start(struct store *const *stores, size_t n, struct writer **ret)
{
	struct writer *w = calloc(1, sizeof(*w));
	int r = w ? 0 : -ENOMEM;

	while (r == 0 && w->n < n && w->n < WRITER_LANES) {
		r = lane_start(&w->lanes[w->n], stores[w->n]);
		if (r == 0)
			w->n++;
	}
	if (r < 0)
		writer_stop(w);
	else
		*ret = w;
	return r;
}

void writer_stop(struct writer *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->n; i++) {
		struct lane *l = &w->lanes[i];

		pthread_mutex_lock(&l->lock);
		l->stop = true;
		pthread_cond_signal(&l->filled);
		pthread_mutex_unlock(&l->lock);
	}
	for (size_t i = 0; i < w->n; i++) {
		pthread_join(w->lanes[i].thread, NULL);
		pthread_cond_destroy(&w->lanes[i].filled);
		pthread_mutex_destroy(&w->lanes[i].lock);
	}
	free(w);
}

/* All of one agent is for one lane.  FNV-1a. */
static struct lane *lane_of(struct writer *w, const char *agent_id)
{
	uint32_t h = 2166136261U;

	for (; *agent_id; agent_id++)
		h = (h ^ (uint8_t)*agent_id) * 16777619U;
	return &w->lanes[h % w->n];
}

int writer_submit(struct writer *w, struct exchange *x)
{
	struct lane *l = lane_of(w, x->identity.agent_id);
	int r = -EAGAIN;

	pthread_mutex_lock(&l->lock);
	if (l->waiting < WRITER_QUEUE / w->n && !l->stop) {
		x->next = NULL;
		*l->tail = x;
		l->tail = &x->next;
		l->waiting++;
		r = 0;
	}
	pthread_mutex_unlock(&l->lock);
	return r;
}

void writer_kick(struct writer *w)
{
	for (size_t i = 0; i < w->n; i++) {
		struct lane *l = &w->lanes[i];

		pthread_mutex_lock(&l->lock);
		if (l->head)
			pthread_cond_signal(&l->filled);
		pthread_mutex_unlock(&l->lock);
	}
}
