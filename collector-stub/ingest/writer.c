/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/ingest/writer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "collector-stub/http/server.h"
#include "collector-stub/order/hold.h"
#include "lib/log.h"

/* how often a group is tried, and how much longer it pauses each time */
#define TRIES 5
#define PAUSE_NS 20000000L

struct writer {
	struct store *store;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t filled;
	struct exchange *head;
	struct exchange **tail;
	size_t waiting;
	bool stop;
	bool failing;		/* the last group was not stored */
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

static int run_all(struct store *s, struct exchange *list)
{
	int r = s->driver->begin(s);

	if (r == 0 && s->driver->expect)
		r = expect(s, list);
	for (struct exchange *x = list; r == 0 && x; x = x->next)
		r = x->run(x, s);
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
static struct exchange *take(struct writer *w)
{
	struct exchange *list = NULL, **end = &list;

	pthread_mutex_lock(&w->lock);
	while (!w->head && !w->stop)
		pthread_cond_wait(&w->filled, &w->lock);
	for (int n = 0; w->head && n < WRITER_GROUP; n++) {
		*end = w->head;
		end = &w->head->next;
		w->head = w->head->next;
		w->waiting--;
	}
	*end = NULL;
	if (!w->head)
		w->tail = &w->head;
	pthread_mutex_unlock(&w->lock);
	return list;
}

static void *writer_main(void *arg)
{
	struct writer *w = arg;
	struct exchange *list = NULL;

	while ((list = take(w))) {
		int r = writer_run(w->store, list);

		if (r < 0 && !w->failing)
			log_error("database: %s; requests are answered with "
				  "503 until it works again", w->store->error);
		else if (r == 0 && w->failing)
			log_info("database: works again");
		w->failing = r < 0;
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

int writer_start(struct store *s, struct writer **ret)
{
	struct writer *w = calloc(1, sizeof(*w));
	sigset_t all, old;
	int r = 0;

	if (!w)
		return -ENOMEM;
	w->store = s;
	w->tail = &w->head;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->filled, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = -pthread_create(&w->thread, NULL, writer_main, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (r < 0)
		free(w);
	else
		*ret = w;
	return r;
}

void writer_stop(struct writer *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->filled);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->filled);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

int writer_submit(struct writer *w, struct exchange *x)
{
	int r = -EAGAIN;

	pthread_mutex_lock(&w->lock);
	if (w->waiting < WRITER_QUEUE && !w->stop) {
		x->next = NULL;
		*w->tail = x;
		w->tail = &x->next;
		w->waiting++;
		r = 0;
	}
	pthread_mutex_unlock(&w->lock);
	return r;
}

void writer_kick(struct writer *w)
{
	pthread_mutex_lock(&w->lock);
	if (w->head)
		pthread_cond_signal(&w->filled);
	pthread_mutex_unlock(&w->lock);
}
