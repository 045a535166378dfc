/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/store/tend.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector-stub/store/retain.h"
#include "lib/clock.h"
#include "lib/log.h"

/* ms between two rounds, and after one that failed */
#define ROUND INT64_C(3600000)
#define RETRY INT64_C(60000)
/* the longest silence of a host that is noted afterwards */
#define SILENCE_NOTED (14 * STORE_SILENT)

struct tender {
	char *url;
	int64_t retention;
	uint8_t cursor[HASH_SIZE];	/* of retain_all() */
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	bool stop;
};

/* Waits; false where it is time to end. */
static bool pause_for(struct tender *t, int64_t ms)
{
	struct timespec until;
	bool go_on = false;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += ms % 1000 * 1000000;
	until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&t->mutex);
	while (!t->stop &&
	       pthread_cond_timedwait(&t->wake, &t->mutex, &until) == 0)
		;
	go_on = !t->stop;
	pthread_mutex_unlock(&t->mutex);
	return go_on;
}

static int note_silent(struct store *s, int64_t now)
{
	int r = s->driver->begin(s);

	if (r == 0)
		r = s->driver->events->silent(s, now, SILENCE_NOTED);
	if (r == 0)
		r = s->driver->commit(s);
	if (r < 0)
		s->driver->rollback(s);
	return r;
}

/* Others have as much time to write as a round took. */
static bool pause_after(void *arg, int64_t ms)
{
	return pause_for(arg, ms);
}

static int prune(struct tender *t, struct store *s, int64_t now)
{
	int64_t removed = 0;
	int r = retain_all(s, retain_before(now, t->retention), t->cursor,
			   pause_after, t, &removed);

	if (removed > 0)
		log_info("%lld orders, tokens, events, certificates that "
			 "nobody has, and places of revoked hosts were older "
			 "than retention (what hosts only told of a "
			 "certificate or key: than a day) and were removed",
			 (long long)removed);
	return r;
}

/* How long to wait for the next round. */
static int64_t tend(struct tender *t)
{
	struct store *s = NULL;
	int64_t now = clock_now();
	char error[256] = "";
	int r = store_open(t->url, false, &s, error, sizeof(error));

	if (r == 0) {
		r = note_silent(s, now);
		if (r == 0)
			r = prune(t, s, now);
	}
	if (r < 0)
		log_warn("database: silent hosts were not noted, or not all "
			 "that is older than retention was removed: %s",
			 s ? s->error : error);
	store_close(s);
	return r < 0 ? RETRY : ROUND;
}

static void *tend_main(void *arg)
{
	struct tender *t = arg;

	while (pause_for(t, tend(t)))
		;
	return NULL;
}

static void destroy(struct tender *t)
{
	pthread_mutex_destroy(&t->mutex);
	pthread_cond_destroy(&t->wake);
	free(t->url);
	free(t);
}

static int start(struct tender *t)
{
	sigset_t all, old;
	int r = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = -pthread_create(&t->thread, NULL, tend_main, t);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

int tend_start(const char *url, int64_t retention, struct tender **ret)
{
	struct tender *t = calloc(1, sizeof(*t));
	pthread_condattr_t attr;
	int r = -ENOMEM;

	if (!t)
		return -ENOMEM;
	t->url = strdup(url);
	t->retention = retention;
	pthread_mutex_init(&t->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&t->wake, &attr);
	pthread_condattr_destroy(&attr);
	if (t->url)
		r = start(t);
	if (r < 0)
		destroy(t);
	else
		*ret = t;
	return r;
}

void tend_stop(struct tender *t)
{
	if (!t)
		return;
	pthread_mutex_lock(&t->mutex);
	t->stop = true;
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->mutex);
	pthread_join(t->thread, NULL);
	destroy(t);
}
