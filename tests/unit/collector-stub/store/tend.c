/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "collector-stub/store/tend.h"
#include "lib/clock.h"

#define RETENTION 1000
#define OLD 20

static char folder[] = "/tmp/tend.XXXXXX", url[64];
static struct store *s;

static int open_store(void **state)
{
	char error[256] = "";

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(url, sizeof(url), "sqlite:%s/db", folder);
	return store_open(url, true, &s, error, sizeof(error));
}

static int close_store(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char path[64];

	(void)state;
	store_close(s);
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/db%s", folder, ends[i]);
		unlink(path);
	}
	return rmdir(folder);
}

static void add_tokens(int n, int64_t expires)
{
	for (int i = 0; i < n; i++) {
		struct store_token t = { .expires = expires };

		memcpy(t.sha256, &i, sizeof(i));
		memcpy(t.sha256 + 8, &expires, sizeof(expires));
		assert_int_equal(s->driver->token_add(s, &t), 0);
	}
}

static int count(void *arg, const struct store_token *t)
{
	(void)t;
	++*(int *)arg;
	return 0;
}

static int tokens(void)
{
	int n = 0;

	assert_int_equal(s->driver->token_list(s, count, &n), 0);
	return n;
}

static void nobody_waits_for_a_database_that_another_has_locked(void **state)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	struct tender *t = NULL;
	int64_t now = clock_now();

	(void)state;
	assert_int_equal(s->driver->begin(s), 0);
	add_tokens(OLD, now - RETENTION - 1);
	add_tokens(3, now);
	assert_int_equal(s->driver->commit(s), 0);
	assert_int_equal(s->driver->begin(s), 0);
	/* where this waited, the lock would never be let go */
	assert_int_equal(tend_start(url, RETENTION, &t), 0);
	assert_int_equal(tokens(), OLD + 3);
	assert_int_equal(s->driver->commit(s), 0);
	while (tokens() > 3)
		nanosleep(&pause, NULL);
	tend_stop(t);
	assert_int_equal(tokens(), 3);
}

static void it_ends_whatever_it_does(void **state)
{
	struct tender *t = NULL;

	(void)state;
	tend_stop(NULL);
	assert_int_equal(tend_start(url, RETENTION, &t), 0);
	tend_stop(t);
	assert_int_equal(tend_start("sqlite:/nonexistent/db", 0, &t), 0);
	tend_stop(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			nobody_waits_for_a_database_that_another_has_locked),
		cmocka_unit_test(it_ends_whatever_it_does),
	};

	return cmocka_run_group_tests(tests, open_store, close_store);
}
