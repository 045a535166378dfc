/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/pool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/processors.h"

#define THREADS_MAX 64
#define LOST_MAX 32		/* threads that may be given up */
#define STACK_SIZE KIB(256)	/* of a thread */
#define TICK_NS 1000000000L
#define GROW_NS 10000000L	/* after which more threads are thought of */

struct pool {
	struct walk *walk;
	pthread_attr_t attr;
	struct walker *all[THREADS_MAX + LOST_MAX];
	size_t count;
	size_t lost;
	size_t most;		/* threads, those that were given up apart */
	struct rusage used;	/* at the last thought */
};

void walk_push(struct walk *w, struct directory *d)
{
	pthread_mutex_lock(&w->lock);
	d->next = w->stack;
	w->stack = d;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
}

/* The next directory, or NULL when all is done.  The one that was taken before
 * is finished by this call. */
static struct directory *take(struct walk *w, bool finished, int result)
{
	struct directory *d = NULL;

	pthread_mutex_lock(&w->lock);
	if (finished)
		w->busy--;
	if (result < 0 && w->failed == 0)
		w->failed = result;
	while (!w->stack && w->busy > 0 && w->failed == 0)
		pthread_cond_wait(&w->work, &w->lock);
	if (w->stack && w->failed == 0) {
		d = w->stack;
		w->stack = d->next;
		w->busy++;
	} else {
		pthread_cond_broadcast(&w->work);
	}
	pthread_mutex_unlock(&w->lock);
	return d;
}

int pool_begin(struct walker *k, const struct directory *d, const char *name)
{
	bool lost;

	pthread_mutex_lock(&k->stand.lock);
	lost = k->stand.lost;
	if (!lost) {
		k->stand.since = atomic_load(&k->walk->tick);
		k->stand.at = d;
		/* a copy of a length that the compiler can bound becomes an
		 * instruction that is slow to begin with */
		memccpy(k->stand.name, name ? name : "", '\0',
			sizeof(k->stand.name) - 1);
	}
	pthread_mutex_unlock(&k->stand.lock);
	return lost ? -ECANCELED : 0;
}

void pool_rest(struct walker *k)
{
	pthread_mutex_lock(&k->stand.lock);
	k->stand.since = 0;
	pthread_mutex_unlock(&k->stand.lock);
}

void pool_resume(struct walker *k)
{
	pthread_mutex_lock(&k->stand.lock);
	k->stand.since = k->stand.at ? atomic_load(&k->walk->tick) : 0;
	pthread_mutex_unlock(&k->stand.lock);
}

/* With its directory: true where it was given up before. */
static bool is_lost(struct walker *k)
{
	bool lost;

	pthread_mutex_lock(&k->stand.lock);
	lost = k->stand.lost;
	k->stand.since = 0;
	if (!lost)
		k->stand.at = NULL;
	pthread_mutex_unlock(&k->stand.lock);
	return lost;
}

static void *thread_main(void *arg)
{
	struct walker *k = arg;
	struct walk *w = k->walk;
	struct directory *d = take(w, false, 0);

	while (d) {
		int r = walk_directory(k, d);

		if (is_lost(k))
			return NULL;
		directory_unref(d);
		d = take(w, true, r);
	}
	pthread_mutex_lock(&w->lock);
	w->running--;
	pthread_cond_signal(&w->ended);
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

static int start(struct pool *p)
{
	struct walker *k = calloc(1, sizeof(*k));
	pthread_t id;
	int r = k ? walker_init(k, p->walk) : -ENOMEM;

	if (r == 0) {
		pthread_mutex_lock(&p->walk->lock);
		p->walk->running++;
		pthread_mutex_unlock(&p->walk->lock);
		r = -pthread_create(&id, &p->attr, thread_main, k);
	}
	if (r == 0) {
		pthread_detach(id);
		p->all[p->count++] = k;
		return 0;
	}
	if (k) {
		pthread_mutex_lock(&p->walk->lock);
		p->walk->running--;
		pthread_mutex_unlock(&p->walk->lock);
		walker_free(k);
		free(k);
	}
	return r;
}

/* Asked for by the one thread that looks after the others. */
static size_t cores(void)
{
	static size_t n;

	if (n == 0)
		n = processors_usable("");
	return n;
}

static size_t most_threads(const struct agent_config *config)
{
	if (config->threads > 0)
		return config->threads < THREADS_MAX ? (size_t)config->threads
						     : THREADS_MAX;
	/* a cold cache answers after some 50 us a file: several wait at once */
	return cores() > 4 ? 16 : 4 * cores();
}

/* More threads than processors only get in each other's way while all is in
 * memory; where little is read, one is enough. */
static size_t first_threads(const struct walk *w, size_t most)
{
	size_t n = w->past.stands ? 1 : cores();

	return w->config->threads > 0 || n > most ? most : n;
}

static long us_between(const struct timeval *from, const struct timeval *to)
{
	return (to->tv_sec - from->tv_sec) * 1000000L +
	       (to->tv_usec - from->tv_usec);
}

/* Do the threads wait for a disk, a quarter of the time or more?  Then another
 * joins.  Who waits for a disk has left the processor by itself; who waits for
 * a processor, was put off it, and would not get more of it by company. */
static bool grow(struct pool *p, long ns)
{
	struct rusage now = {0}, was = p->used;
	size_t n = p->count - p->lost;
	long used, left, was_put_off;

	getrusage(RUSAGE_SELF, &now);
	p->used = now;
	used = us_between(&was.ru_utime, &now.ru_utime) +
	       us_between(&was.ru_stime, &now.ru_stime);
	left = now.ru_nvcsw - was.ru_nvcsw;
	was_put_off = now.ru_nivcsw - was.ru_nivcsw;
	if (used >= ns / 4000 * 3 * (long)(n < cores() ? n : cores()) ||
	    left <= was_put_off + 1)	/* who asks this waits too */
		return false;
	start(p);
	return true;
}

/* ------------------------------------------------------------ patience */

bool pool_is_silent(struct walker *k, const struct directory *d)
{
	struct walk *w = k->walk;
	unsigned int n = atomic_load(&w->n_silent);
	const struct mount *m = NULL;

	if (n == 0 || directory_path(d, NULL, &k->path) < 0)
		return false;
	m = mounts_of(&w->mounts, (char *)k->path.data);
	for (unsigned int i = 0; i < n; i++) {
		if (w->silent[i] == m)
			return true;
	}
	return false;
}

static void add_silent(struct walk *w, const char *path)
{
	const struct mount *m = mounts_of(&w->mounts, path);
	unsigned int n = atomic_load(&w->n_silent);

	/* a local disk may only be slow */
	if (!m || mounts_is_local(m) || n == WALK_SILENT)
		return;
	w->silent[n] = m;
	atomic_store(&w->n_silent, n + 1);
}

void pool_gap(struct walk *w, const char *path)
{
	char why[80];

	snprintf(why, sizeof(why), "its file system did not answer within "
		 "answer_timeout (%lld s)",
		 (long long)w->config->answer_timeout);
	report_gap(&w->report, CW__GAP_KIND__GAP_TIMEOUT, path, strlen(path),
		   why);
}

/* Names where it stands, and its directory, whose other entries nobody looks
 * at. */
static void give_up(struct pool *p, const struct directory *d,
		    const char *name)
{
	struct walk *w = p->walk;
	struct buf path;

	buf_init(&path, LIMIT_PATH + 1024);
	if (*name && directory_path(d, name, &path) == 0)
		pool_gap(w, (char *)path.data);
	if (directory_path(d, NULL, &path) == 0) {
		pool_gap(w, (char *)path.data);
		add_silent(w, (char *)path.data);
	}
	buf_free(&path);
	pthread_mutex_lock(&w->lock);
	w->busy--;
	w->running--;
	if (++p->lost == LOST_MAX && w->failed == 0)
		w->failed = -ETIMEDOUT;
	pthread_cond_broadcast(&w->work);
	pthread_mutex_unlock(&w->lock);
}

static void look_after(struct pool *p)
{
	unsigned int now = atomic_load(&p->walk->tick);
	size_t n = p->count;

	for (size_t i = 0; i < n; i++) {
		struct walker *k = p->all[i];
		bool lost;

		pthread_mutex_lock(&k->stand.lock);
		lost = !k->stand.lost && k->stand.since > 0 &&
		       now - k->stand.since >
			       (unsigned int)p->walk->config->answer_timeout;
		k->stand.lost |= lost;
		pthread_mutex_unlock(&k->stand.lock);
		if (!lost)
			continue;
		give_up(p, k->stand.at, k->stand.name);
		if (p->lost < LOST_MAX)
			start(p);
	}
}

/* Waits for ${ns} at most: are there still threads? */
static bool is_at_work(struct walk *w, long ns)
{
	struct timespec until = {0};
	bool more;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += ns;
	until.tv_sec += until.tv_nsec / TICK_NS;
	until.tv_nsec %= TICK_NS;
	pthread_mutex_lock(&w->lock);
	while (w->running > 0 &&
	       pthread_cond_timedwait(&w->ended, &w->lock, &until) == 0)
		;
	more = w->running > 0;
	pthread_mutex_unlock(&w->lock);
	return more;
}

/* Until the threads have ended; a tick each second, in which this process ran:
 * time in which it was held back is nobody's fault. */
static void wait_for_all(struct pool *p)
{
	struct walk *w = p->walk;
	long ns = GROW_NS, since_tick = 0;

	while (is_at_work(w, ns)) {
		since_tick += ns;
		if (p->count - p->lost < p->most && grow(p, ns))
			ns = GROW_NS;
		else
			ns *= 2;
		if (since_tick + ns > TICK_NS)
			ns = TICK_NS - since_tick;
		if (since_tick < TICK_NS)
			continue;
		since_tick = 0;
		ns = TICK_NS;
		atomic_fetch_add(&w->tick, 1);
		look_after(p);
		/* a failure shows again at the end */
		report_progress(&w->report);
	}
}

bool pool_run(struct walk *w)
{
	struct pool p = {.walk = w, .most = most_threads(w->config)};
	size_t n = first_threads(w, p.most);
	pthread_condattr_t steady;
	int r = 0;

	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(&w->ended, &steady);
	pthread_condattr_destroy(&steady);
	atomic_store(&w->tick, 1);
	pthread_attr_init(&p.attr);
	pthread_attr_setstacksize(&p.attr, STACK_SIZE);
	while (p.count < n && r == 0)
		r = start(&p);
	if (p.count == 0)
		w->failed = r;
	wait_for_all(&p);
	pthread_attr_destroy(&p.attr);
	for (size_t i = 0; i < p.count; i++) {
		if (p.all[i]->stand.lost)
			continue;
		walker_free(p.all[i]);
		free(p.all[i]);
	}
	return p.lost == 0;
}
