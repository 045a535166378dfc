/* SPDX-License-Identifier: Apache-2.0 */
/* What of all agents together is held is counted, and has an end. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/http.h>

#include "collector-stub/http/server.h"
#include "collector-stub/ingest/handlers.h"
#include "lib/hash.h"
#include "lib/message.h"
#include "proto/certwalk.pb-c.h"

static struct server server;
static struct exchange x;
static struct buf body;
static int finished, begun;

/* In place of the loop's. */
void exchange_finish(struct exchange *e)
{
	assert_ptr_equal(e, &x);
	finished++;
}

static int no_room(struct store *s)
{
	(void)s;
	begun++;
	return -ENOSPC;
}

static void leave(struct store *s)
{
	(void)s;
}

static const struct store_driver full = {
	.begin = no_room, .rollback = leave,
};

static int set_up(void **state)
{
	static struct store store = { .driver = &full }, *list[] = { &store };

	(void)state;
	finished = begun = 0;
	server = (struct server){ .share = share_new(0) };
	if (writer_start(list, 1, &server.writer) < 0)
		return -1;
	x = (struct exchange){ .server = &server,
		.request = evhttp_request_new(NULL, NULL),
		.identity = { .agent_id = "a" } };
	reply_init(&x.reply);
	buf_init(&body, MIB(16));
	return server.share && x.request ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	writer_stop(server.writer);
	if (x.free_work)
		x.free_work(x.work);
	assert_int_equal(server.held, 0);
	reply_free(&x.reply);
	buf_free(&body);
	evhttp_request_free(x.request);
	share_free(server.share);
	return 0;
}

/* The writer has then done with it. */
static bool is_submitted(void)
{
	writer_stop(server.writer);
	server.writer = NULL;
	return begun > 0;
}

/* A request that takes ${n} places away. */
static void sync_of(size_t n)
{
	static uint8_t hash[HASH_SIZE];
	Cw__SyncRequest m = CW__SYNC_REQUEST__INIT;

	m.base_generation = 1;
	m.new_generation = 2;
	m.digest = (ProtobufCBinaryData){ HASH_SIZE, hash };
	m.removed = calloc(n, sizeof(*m.removed));
	assert_non_null(m.removed);
	for (m.n_removed = 0; m.n_removed < n; m.n_removed++)
		m.removed[m.n_removed] = m.digest;
	assert_int_equal(message_pack(&body, &m.base), 0);
	free(m.removed);
	x.body = body.data;
	x.len = body.len;
	handle_sync(&x);
}

#define LARGE (SERVER_SMALL / HASH_SIZE + 1)

static void what_waits_for_the_writer_is_counted(void **state)
{
	(void)state;
	sync_of(LARGE);
	assert_true(is_submitted());
	assert_true(server.held > (long long)SERVER_SMALL);
}

static void too_much_is_refused_for_the_moment(void **state)
{
	(void)state;
	server.held = SERVER_HELD_MAX;
	sync_of(LARGE);
	assert_int_equal(finished, 1);
	assert_false(is_submitted());
	assert_int_equal(x.reply.status, 503);
	assert_true(x.reply.retry_after > 0);
	assert_int_equal(server.held, SERVER_HELD_MAX);
	server.held = 0;
}

static void what_is_small_is_let_in_nevertheless(void **state)
{
	(void)state;
	server.held = SERVER_HELD_MAX;
	sync_of(1);
	assert_true(is_submitted());
	assert_true(server.held > (long long)SERVER_HELD_MAX);
	server.held -= SERVER_HELD_MAX;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_waits_for_the_writer_is_counted),
		TEST(too_much_is_refused_for_the_moment),
		TEST(what_is_small_is_let_in_nevertheless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
