/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/api/pool.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include <uthash.h>

#include "lib/log.h"

/* It is there while something of it waits or is at work. */
struct party {
	uint64_t id;
	int running;
	struct exchange *head, **tail;
	size_t waiting;
	bool ready;		/* it stands in the pool's queue */
	struct party *next;
	UT_hash_handle hh;
};

struct worker {
	struct pool *pool;
	struct store *store;
	pthread_t thread;
	bool running;
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	void (*finish)(struct exchange *x);
	struct party *parties;		/* by id */
	struct party *first, **last;	/* those that may run something */
	size_t waiting;
	bool stop;
	struct worker workers[POOL_THREADS];
};

/* Puts a party at the end of the queue, if there is work that it may do. */
static void make_ready(struct pool *p, struct party *y)
{
	if (y->ready || y->waiting == 0 || y->running >= POOL_SHARE)
		return;
	y->ready = true;
	y->next = NULL;
	*p->last = y;
	p->last = &y->next;
	pthread_cond_signal(&p->filled);
}

static struct party *take_party(struct pool *p)
{
	struct party *y = p->first;

	p->first = y->next;
	if (!p->first)
		p->last = &p->first;
	y->ready = false;
	return y;
}

static struct exchange *take_exchange(struct pool *p, struct party *y)
{
	struct exchange *x = y->head;

	y->head = x->next;
	if (!y->head)
		y->tail = &y->head;
	y->waiting--;
	p->waiting--;
	return x;
}

static void drop_idle(struct pool *p, struct party *y)
{
	if (y->running > 0 || y->waiting > 0)
		return;
	HASH_DEL(p->parties, y);
	free(y);
}

/* NULL when it is time to end. */
static struct exchange *take(struct pool *p, struct party **ret)
{
	struct exchange *x = NULL;

	pthread_mutex_lock(&p->lock);
	while (!p->first && !p->stop)
		pthread_cond_wait(&p->filled, &p->lock);
	if (!p->stop) {
		*ret = take_party(p);
		x = take_exchange(p, *ret);
		(*ret)->running++;
		make_ready(p, *ret);
	}
	pthread_mutex_unlock(&p->lock);
	return x;
}

static void give_back(struct pool *p, struct party *y)
{
	pthread_mutex_lock(&p->lock);
	y->running--;
	make_ready(p, y);
	drop_idle(p, y);
	pthread_mutex_unlock(&p->lock);
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	struct exchange *x = NULL;
	struct party *y = NULL;

	while ((x = take(w->pool, &y))) {
		int r = x->run(x, w->store);

		if (r < 0)
			log_error("database: %s", w->store->error);
		give_back(w->pool, y);
		w->pool->finish(x);
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

int pool_start(struct store *const *stores, int n,
	       void (*finish)(struct exchange *x), struct pool **ret)
{
	struct pool *p = calloc(1, sizeof(*p));
	int r = p ? 0 : -ENOMEM, i = 0;

	if (p) {
		p->last = &p->first;
		p->finish = finish;
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

static void refuse(struct pool *p, struct exchange *x)
{
	reply_later(&x->reply, "overloaded", "the collector ends");
	x->reply.more = false;
	p->finish(x);
}

void pool_stop(struct pool *p)
{
	struct party *y = NULL, *next = NULL;

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
	HASH_ITER(hh, p->parties, y, next) {
		while (y->head)
			refuse(p, take_exchange(p, y));
		drop_idle(p, y);
	}
	p->first = NULL;
	p->last = &p->first;
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	pthread_cond_destroy(&p->filled);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

static struct party *find_party(struct pool *p, uint64_t id)
{
	struct party *y = NULL;

	HASH_FIND(hh, p->parties, &id, sizeof(id), y);
	if (y)
		return y;
	y = calloc(1, sizeof(*y));
	if (!y)
		return NULL;
	y->id = id;
	y->tail = &y->head;
	HASH_ADD(hh, p->parties, id, sizeof(id), y);
	return y;
}

static int submit(struct pool *p, struct exchange *x)
{
	struct party *y = NULL;

	if (p->stop || (p->waiting >= POOL_QUEUE && !x->begun))
		return -EAGAIN;
	y = find_party(p, x->party);
	if (!y)
		return -ENOMEM;
	if (y->waiting >= POOL_PARTY_QUEUE && !x->begun)
		return -EDQUOT;
	x->next = NULL;
	*y->tail = x;
	y->tail = &x->next;
	y->waiting++;
	p->waiting++;
	make_ready(p, y);
	return 0;
}

int pool_submit(struct pool *p, struct exchange *x)
{
	int r = 0;

	pthread_mutex_lock(&p->lock);
	r = submit(p, x);
	pthread_mutex_unlock(&p->lock);
	return r;
}
