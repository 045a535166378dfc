/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/api/pool.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "lib/log.h"

struct worker {
	struct pool *pool;
	struct store *store;
	pthread_t thread;
	bool running;
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	struct exchange *head;
	struct exchange **tail;
	size_t waiting;
	bool stop;
	struct worker workers[POOL_THREADS];
};

static struct exchange *take(struct pool *p)
{
	struct exchange *x = NULL;

	pthread_mutex_lock(&p->lock);
	while (!p->head && !p->stop)
		pthread_cond_wait(&p->filled, &p->lock);
	if (!p->stop) {
		x = p->head;
		p->head = x->next;
		if (!p->head)
			p->tail = &p->head;
		p->waiting--;
	}
	pthread_mutex_unlock(&p->lock);
	return x;
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	struct exchange *x = NULL;

	while ((x = take(w->pool))) {
		int r = x->run(x, w->store);

		if (r < 0)
			log_error("database: %s", w->store->error);
		exchange_finish(x);
	}
	return NULL;
}

static int start_worker(struct pool *p, struct worker *w, struct store *s)
{
	sigset_t all, old;
	int r = 0;

	w->pool = p;
	w->store = s;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = -pthread_create(&w->thread, NULL, worker_main, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	w->running = r == 0;
	return r;
}

int pool_start(struct store *const *stores, int n, struct pool **ret)
{
	struct pool *p = calloc(1, sizeof(*p));
	int r = p ? 0 : -ENOMEM, i = 0;

	if (p) {
		p->tail = &p->head;
		pthread_mutex_init(&p->lock, NULL);
		pthread_cond_init(&p->filled, NULL);
	}
	for (; r == 0 && i < n && i < POOL_THREADS; i++)
		r = start_worker(p, &p->workers[i], stores[i]);
	for (; i < n; i++)
		store_close(stores[i]);
	if (r < 0 && p) {
		pool_stop(p);
		pool_free(p);
	}
	if (r == 0)
		*ret = p;
	return r;
}

static void refuse(struct exchange *x)
{
	reply_later(&x->reply, "overloaded", "the collector ends");
	x->reply.more = false;
	exchange_finish(x);
}

void pool_stop(struct pool *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_broadcast(&p->filled);
	pthread_mutex_unlock(&p->lock);
	for (int i = 0; i < POOL_THREADS; i++) {
		if (p->workers[i].running)
			pthread_join(p->workers[i].thread, NULL);
		store_close(p->workers[i].store);
	}
	while (p->head) {
		struct exchange *x = p->head;

		p->head = x->next;
		refuse(x);
	}
	p->tail = &p->head;
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	pthread_cond_destroy(&p->filled);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

int pool_submit(struct pool *p, struct exchange *x)
{
	int r = -EAGAIN;

	pthread_mutex_lock(&p->lock);
	if (p->waiting < POOL_QUEUE && !p->stop) {
		x->next = NULL;
		*p->tail = x;
		p->tail = &x->next;
		p->waiting++;
		pthread_cond_signal(&p->filled);
		r = 0;
	}
	pthread_mutex_unlock(&p->lock);
	return r;
}
