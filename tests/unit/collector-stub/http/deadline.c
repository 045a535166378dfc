/* SPDX-License-Identifier: Apache-2.0 */
/* Connections without a handshake: a deadline asks only what it is told. */
#include "tests/unit/unit.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/event.h>

#include "collector-stub/http/deadline.h"

#define N 3

static struct collector_config config;
static struct server server;
static struct event_base *base;
static struct deadlines all;
static SSL_CTX *ctx;
static SSL *ssl[N];
static struct bufferevent *bev[N];
static struct connection *c[N];
static int far[N];		/* the clients' ends */

static int open_one(int i, enum listener listener)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd) < 0)
		return -1;
	far[i] = fd[1];
	bev[i] = bufferevent_socket_new(base, fd[0], BEV_OPT_CLOSE_ON_FREE);
	ssl[i] = SSL_new(ctx);
	if (!bev[i] || !ssl[i] ||
	    deadline_start(&server, listener, &all, ssl[i], bev[i]) < 0)
		return -1;
	c[i] = deadline_connection(ssl[i]);
	return 0;
}

static void close_one(int i)
{
	SSL_free(ssl[i]);
	bufferevent_free(bev[i]);
	close(far[i]);
	ssl[i] = NULL;
}

static int set_up(void **state)
{
	(void)state;
	config = (struct collector_config){ .handshake_timeout = 100,
					    .request_timeout = 100,
					    .idle_timeout = 100 };
	server.config = &config;
	base = event_base_new();
	ctx = SSL_CTX_new(TLS_server_method());
	deadlines_init(&all);
	for (int i = 0; i < N; i++)
		if (open_one(i, i == 0 ? LISTENER_ENROLL :
			     LISTENER_AGENTS) < 0)
			return -1;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (int i = 0; i < N; i++)
		if (ssl[i])
			close_one(i);
	SSL_CTX_free(ctx);
	event_base_free(base);
	assert_int_equal(server.connections[LISTENER_AGENTS], 0);
	assert_int_equal(server.connections[LISTENER_ENROLL], 0);
	assert_int_equal(server.shaking[LISTENER_AGENTS], 0);
	assert_int_equal(server.shaking[LISTENER_ENROLL], 0);
	assert_int_equal(server.held, 0);
	return 0;
}

static bool is_cut(int i)
{
	struct pollfd p = { .fd = far[i], .events = POLLRDHUP };

	return poll(&p, 1, 0) == 1 && p.revents & POLLRDHUP;
}

/* How many are left after a look. */
static int alive(void)
{
	int n = 0;

	deadlines_look(&all);
	for (int i = 0; i < N; i++)
		n += !is_cut(i);
	return n;
}

static void who_is_in_time_stays(void **state)
{
	(void)state;
	assert_int_equal(alive(), N);
	deadline_enter(c[1], DEADLINE_WORKING);
	deadline_enter(c[1], DEADLINE_REPLYING);
	deadline_enter(c[1], DEADLINE_IDLE);
	assert_int_equal(alive(), N);
}

static void who_does_not_finish_a_handshake_is_cut(void **state)
{
	(void)state;
	assert_int_equal(server.shaking[LISTENER_AGENTS], 2);
	deadline_enter(c[2], DEADLINE_SHAKING);
	config.handshake_timeout = 0;
	deadline_enter(c[1], DEADLINE_SILENT);
	assert_int_equal(alive(), N - 1);
	assert_true(is_cut(1));
	assert_int_equal(server.shaking[LISTENER_AGENTS], 1);
	deadline_enter(c[2], DEADLINE_SHAKING);
	assert_int_equal(alive(), N - 2);
	assert_true(is_cut(2));
	assert_int_equal(server.shaking[LISTENER_AGENTS], 0);
}

static void what_we_have_not_come_to_read_is_no_fault_of_theirs(void **state)
{
	(void)state;
	config.handshake_timeout = 0;
	assert_int_equal(write(far[1], "x", 1), 1);
	deadline_enter(c[1], DEADLINE_SILENT);
	deadline_enter(c[2], DEADLINE_SILENT);
	config.handshake_timeout = 100;
	assert_int_equal(alive(), N - 1);
	assert_true(is_cut(2));
}

static void the_oldest_that_is_silent_makes_way(void **state)
{
	(void)state;
	assert_false(deadlines_yield(&all, LISTENER_AGENTS));
	c[1]->since -= 10000;
	c[2]->since -= 1000;
	assert_true(deadlines_yield(&all, LISTENER_AGENTS));
	assert_true(is_cut(1));
	assert_false(is_cut(2));
	assert_int_equal(server.shaking[LISTENER_AGENTS], 1);
	assert_int_equal(write(far[2], "x", 1), 1);
	assert_false(deadlines_yield(&all, LISTENER_AGENTS));
	deadline_enter(c[2], DEADLINE_SHAKING);
	assert_false(deadlines_yield(&all, LISTENER_AGENTS));
	assert_false(is_cut(0));
}

static void a_request_that_takes_too_long_is_cut(void **state)
{
	(void)state;
	deadline_enter(c[0], DEADLINE_IDLE);
	deadline_enter(c[2], DEADLINE_WORKING);
	config.request_timeout = 0;
	deadline_enter(c[1], DEADLINE_READING);
	assert_int_equal(alive(), N - 1);
	assert_true(is_cut(1));
	deadline_enter(c[2], DEADLINE_REPLYING);
	assert_int_equal(alive(), N - 2);
	assert_true(is_cut(2));
}

static void each_port_idles_as_long_as_it_may(void **state)
{
	(void)state;
	config.idle_timeout = 0;
	deadline_enter(c[1], DEADLINE_IDLE);
	assert_int_equal(alive(), N - 1);
	assert_true(is_cut(1));
	deadline_enter(c[0], DEADLINE_IDLE);
	assert_int_equal(alive(), N - 2);
	assert_true(is_cut(0));
}

static void work_takes_as_long_as_it_needs(void **state)
{
	(void)state;
	config.request_timeout = 0;
	for (int i = 0; i < N; i++) {
		deadline_enter(c[i], DEADLINE_READING);
		deadline_enter(c[i], DEADLINE_WORKING);
	}
	assert_int_equal(alive(), N);
}

static void the_first_byte_ends_idling(void **state)
{
	(void)state;
	deadline_enter(c[1], DEADLINE_IDLE);
	config.request_timeout = 0;
	bufferevent_enable(bev[1], EV_READ);
	assert_int_equal(write(far[1], "x", 1), 1);
	event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(c[1]->state, DEADLINE_READING);
	/* a reply to what came before: the next request has begun already */
	deadline_enter(c[1], DEADLINE_IDLE);
	assert_int_equal(c[1]->state, DEADLINE_READING);
	close_one(0);
	close_one(2);
	deadlines_look(&all);
	assert_true(is_cut(1));
}

static void who_goes_leaves_the_others(void **state)
{
	(void)state;
	close_one(1);
	assert_int_equal(server.connections[LISTENER_AGENTS], N - 2);
	deadlines_look(&all);
	assert_false(is_cut(0));
	assert_false(is_cut(2));
}

/* Where all connections together hold what they may. */
static void what_is_large_is_cut_where_too_much_is_held(void **state)
{
	static const char bytes[SERVER_SMALL];
	const long long others = (long long)SERVER_HELD_MAX -
		(long long)SERVER_SMALL;

	(void)state;
	for (int i = 1; i < N; i++) {
		deadline_enter(c[i], DEADLINE_IDLE);
		bufferevent_enable(bev[i], EV_READ);
	}
	server.held = others;
	assert_int_equal(write(far[1], bytes, SERVER_SMALL), SERVER_SMALL);
	event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(server.held, SERVER_HELD_MAX);
	/* this one is small, and the other not yet large */
	assert_int_equal(write(far[2], "x", 1), 1);
	event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(alive(), N);
	assert_int_equal(write(far[1], "x", 1), 1);
	event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(alive(), N - 1);
	assert_true(is_cut(1));
	close_one(1);
	assert_int_equal(server.held, others + 1);
	server.held -= others;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_is_in_time_stays),
		TEST(who_does_not_finish_a_handshake_is_cut),
		TEST(what_we_have_not_come_to_read_is_no_fault_of_theirs),
		TEST(the_oldest_that_is_silent_makes_way),
		TEST(a_request_that_takes_too_long_is_cut),
		TEST(each_port_idles_as_long_as_it_may),
		TEST(work_takes_as_long_as_it_needs),
		TEST(the_first_byte_ends_idling),
		TEST(who_goes_leaves_the_others),
		TEST(what_is_large_is_cut_where_too_much_is_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
