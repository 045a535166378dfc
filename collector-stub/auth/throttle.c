/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/auth/throttle.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

/* ms without a failure, after which all are forgiven */
#define PEACE INT64_C(3600000)
#define KEY 128

struct entry {
	char key[KEY];
	int failures;
	int64_t until;		/* ms */
	UT_hash_handle hh;
};

struct throttle {
	pthread_mutex_t lock;
	struct entry *entries;	/* in the order of their last use */
	int free;
	int64_t first, longest;		/* s */
};

struct throttle *throttle_new(int free, int64_t first, int64_t longest)
{
	struct throttle *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	pthread_mutex_init(&t->lock, NULL);
	t->free = free;
	t->first = first;
	t->longest = longest;
	return t;
}

static void drop(struct throttle *t, struct entry *e)
{
	HASH_DEL(t->entries, e);
	free(e);
}

void throttle_free(struct throttle *t)
{
	if (!t)
		return;
	while (t->entries)
		drop(t, t->entries);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

/* Longer keys share an entry by their beginning. */
static struct entry *find(struct throttle *t, const char *key)
{
	char cut[KEY];
	struct entry *e = NULL;

	snprintf(cut, sizeof(cut), "%s", key);
	HASH_FIND_STR(t->entries, cut, e);
	return e;
}

int64_t throttle_wait(struct throttle *t, const char *key, int64_t now)
{
	struct entry *e = NULL;
	int64_t left = 0;

	pthread_mutex_lock(&t->lock);
	e = find(t, key);
	if (e && e->until > now)
		left = (e->until - now + 999) / 1000;
	pthread_mutex_unlock(&t->lock);
	return left;
}

static int64_t pause_of(const struct throttle *t, int failures)
{
	int64_t seconds = t->first;

	for (int i = t->free + 1; i < failures && seconds < t->longest;
	     i++)
		seconds *= 2;
	return seconds < t->longest ? seconds : t->longest;
}

static void count(struct throttle *t, struct entry *e, int64_t now)
{
	if (e->failures > 0 && e->until + PEACE < now)
		e->failures = 0;
	e->failures++;
	e->until = now;
	if (e->failures > t->free)
		e->until += pause_of(t, e->failures) * 1000;
	HASH_ADD_STR(t->entries, key, e);
	if (HASH_COUNT(t->entries) > THROTTLE_ENTRIES)
		drop(t, t->entries);
}

void throttle_fail(struct throttle *t, const char *key, int64_t now)
{
	struct entry *e = NULL;

	pthread_mutex_lock(&t->lock);
	e = find(t, key);
	if (e)
		HASH_DEL(t->entries, e);
	else
		e = calloc(1, sizeof(*e));
	if (e) {
		snprintf(e->key, sizeof(e->key), "%s", key);
		count(t, e, now);
	}
	pthread_mutex_unlock(&t->lock);
}

void throttle_clear(struct throttle *t, const char *key)
{
	struct entry *e = NULL;

	pthread_mutex_lock(&t->lock);
	e = find(t, key);
	if (e)
		drop(t, e);
	pthread_mutex_unlock(&t->lock);
}

void throttle_clear_all(struct throttle *t, const char *beginning)
{
	struct entry *e = NULL, *next = NULL;

	pthread_mutex_lock(&t->lock);
	HASH_ITER(hh, t->entries, e, next)
		if (strncmp(e->key, beginning, strlen(beginning)) == 0)
			drop(t, e);
	pthread_mutex_unlock(&t->lock);
}
