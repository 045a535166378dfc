/* SPDX-License-Identifier: Apache-2.0 */
/* Who gets the threads of REST, with real threads. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "collector-stub/api/pool.h"

static struct pool *pool;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
/* by party */
static int running[8], most[8], finished[8];
static bool open_gate;
static char order[64];
static size_t n_order;

/* At work until the gate is open. */
static int run_gated(struct exchange *x, struct store *s)
{
	(void)s;
	pthread_mutex_lock(&lock);
	running[x->party]++;
	if (running[x->party] > most[x->party])
		most[x->party] = running[x->party];
	if (n_order < sizeof(order) - 1)
		order[n_order++] = (char)('0' + x->party);
	pthread_cond_broadcast(&changed);
	while (!open_gate)
		pthread_cond_wait(&changed, &lock);
	running[x->party]--;
	pthread_mutex_unlock(&lock);
	return 0;
}

static void on_finish(struct exchange *x)
{
	pthread_mutex_lock(&lock);
	finished[x->party]++;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	reply_free(&x->reply);
	free(x);
}

static int submit(uint64_t party, bool begun)
{
	struct exchange *x = calloc(1, sizeof(*x));
	int r = 0;

	assert_non_null(x);
	reply_init(&x->reply);
	x->reply.json = true;
	x->party = party;
	x->begun = begun;
	x->run = run_gated;
	r = pool_submit(pool, x);
	if (r < 0) {
		reply_free(&x->reply);
		free(x);
	}
	return r;
}

static void wait_for(const int *what, int n)
{
	pthread_mutex_lock(&lock);
	while (*what < n)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

static void open_all(void)
{
	pthread_mutex_lock(&lock);
	open_gate = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static int begin(void **state)
{
	struct store *stores[POOL_THREADS] = { NULL };

	(void)state;
	for (int i = 0; i < 8; i++)
		running[i] = most[i] = finished[i] = 0;
	open_gate = false;
	n_order = 0;
	return pool_start(stores, POOL_THREADS, on_finish, &pool);
}

static int end(void **state)
{
	(void)state;
	open_all();
	pool_stop(pool);
	pool_free(pool);
	return 0;
}

static void one_who_asks_for_much_leaves_half_to_others(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++)
		assert_int_equal(submit(1, false), 0);
	wait_for(&running[1], POOL_SHARE);
	assert_int_equal(submit(2, false), 0);
	assert_int_equal(submit(3, false), 0);
	/* at work at once, though 18 of the first came before */
	wait_for(&running[2], 1);
	wait_for(&running[3], 1);
	open_all();
	wait_for(&finished[1], 20);
	wait_for(&finished[2], 1);
	assert_int_equal(most[1], POOL_SHARE);
}

static void parties_take_turns(void **state)
{
	int before = 0;

	(void)state;
	for (uint64_t i = 1; i <= 2; i++)
		for (int k = 0; k < POOL_SHARE; k++)
			assert_int_equal(submit(i, false), 0);
	wait_for(&running[1], POOL_SHARE);
	wait_for(&running[2], POOL_SHARE);
	for (int k = 0; k < 10; k++)
		assert_int_equal(submit(3, false), 0);
	assert_int_equal(submit(4, false), 0);
	open_all();
	wait_for(&finished[3], 10);
	wait_for(&finished[4], 1);
	/* one of the third may be taken again before the fourth, no more */
	for (size_t i = 0; i < n_order && order[i] != '4'; i++)
		before += order[i] == '3';
	assert_true(before <= POOL_SHARE);
}

static void too_many_of_one_are_refused_and_others_are_not(void **state)
{
	(void)state;
	for (int i = 0; i < POOL_PARTY_QUEUE; i++)
		assert_int_equal(submit(1, false), 0);
	wait_for(&running[1], POOL_SHARE);
	for (int i = 0; i < POOL_SHARE; i++)
		assert_int_equal(submit(1, false), 0);
	assert_int_equal(submit(1, false), -EDQUOT);
	/* what has begun goes on */
	assert_int_equal(submit(1, true), 0);
	assert_int_equal(submit(2, false), 0);
	wait_for(&running[2], 1);
}

static void too_many_in_all_are_refused(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= POOL_THREADS / POOL_SHARE; i++) {
		for (int k = 0; k < POOL_SHARE; k++)
			assert_int_equal(submit(i, false), 0);
		wait_for(&running[i], POOL_SHARE);
	}
	for (int i = 0; i < POOL_QUEUE; i++)
		assert_int_equal(submit(3 + (uint64_t)i / POOL_PARTY_QUEUE,
					false), 0);
	assert_int_equal(submit(7, false), -EAGAIN);
	open_all();
	for (int i = 3; i < 7; i++)
		wait_for(&finished[i], POOL_PARTY_QUEUE);
}

static void what_waits_at_the_end_is_handed_back(void **state)
{
	(void)state;
	for (int i = 0; i < 30; i++)
		assert_int_equal(submit(1, false), 0);
	wait_for(&running[1], POOL_SHARE);
	open_all();
	pool_stop(pool);
	assert_int_equal(finished[1], 30);
	assert_int_equal(submit(1, false), -EAGAIN);
	pool_free(pool);
	pool = NULL;
}

int main(void)
{
#define test(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		test(one_who_asks_for_much_leaves_half_to_others),
		test(parties_take_turns),
		test(too_many_of_one_are_refused_and_others_are_not),
		test(too_many_in_all_are_refused),
		test(what_waits_at_the_end_is_handed_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
