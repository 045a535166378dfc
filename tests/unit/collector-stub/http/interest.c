/* SPDX-License-Identifier: Apache-2.0 */
/* A connection of which evhttp's part, turning reading off and on, is played by
 * the test. */
#include "tests/unit/unit.h"

#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/event.h>

#include "collector-stub/http/interest.h"

static struct event_base *base;
static struct bufferevent *bev;
static struct interest interest;
static int far;			/* the client's end */

static int set_up(void **state)
{
	int fd[2];

	(void)state;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd) < 0)
		return -1;
	base = event_base_new();
	bev = base ? bufferevent_socket_new(base, fd[0],
					    BEV_OPT_CLOSE_ON_FREE) : NULL;
	far = fd[1];
	interest = (struct interest){ .event = NULL };
	return bev && bufferevent_enable(bev, EV_READ) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	interest_end(&interest);
	bufferevent_free(bev);
	event_base_free(base);
	close(far);
	return 0;
}

static void round_of_loop(void)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
}

static size_t arrived(void)
{
	return evbuffer_get_length(bufferevent_get_input(bev));
}

static void work_begins(void)
{
	bufferevent_disable(bev, EV_READ);
	interest_keep(&interest, bev);
}

static void reply_is_sent(void)
{
	interest_resume(&interest);
	bufferevent_enable(bev, EV_READ);
}

static void what_comes_after_the_reply_is_read(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		work_begins();
		round_of_loop();
		reply_is_sent();
		assert_int_equal(write(far, "x", 1), 1);
		round_of_loop();
		assert_int_equal(arrived(), i + 1);
		assert_true(interest.kept);
	}
}

static void what_comes_too_early_waits_and_wakes_nobody(void **state)
{
	(void)state;
	work_begins();
	assert_int_equal(write(far, "x", 1), 1);
	for (int i = 0; i < 5; i++)
		round_of_loop();
	assert_int_equal(arrived(), 0);
	assert_int_equal(interest.woken, 2);
	reply_is_sent();
	round_of_loop();
	assert_int_equal(arrived(), 1);
	assert_true(interest.kept);
}

static void a_client_that_goes_meanwhile_wakes_nobody(void **state)
{
	(void)state;
	work_begins();
	shutdown(far, SHUT_RDWR);
	for (int i = 0; i < 5; i++)
		round_of_loop();
	assert_int_equal(interest.woken, 2);
	assert_false(interest.kept);
}

static void a_connection_without_a_request_needs_nothing(void **state)
{
	(void)state;
	interest_resume(&interest);
	assert_int_equal(write(far, "x", 1), 1);
	round_of_loop();
	assert_int_equal(arrived(), 1);
	assert_null(interest.event);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_comes_after_the_reply_is_read),
		TEST(what_comes_too_early_waits_and_wakes_nobody),
		TEST(a_client_that_goes_meanwhile_wakes_nobody),
		TEST(a_connection_without_a_request_needs_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
