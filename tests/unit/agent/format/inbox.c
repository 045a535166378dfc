/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/format/inbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static int pair[2];
static struct inbox box;

static int set_up(void **state)
{
	(void)state;
	box = (struct inbox){ 0 };
	if (frame_pair(pair) < 0)
		return -1;
	box.sock = pair[1];
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	inbox_free(&box);
	close(pair[0]);
	return close(pair[1]);
}

static void send_job(uint64_t id, bool with_file)
{
	Ipc__Job m = IPC__JOB__INIT;
	uint8_t packed[64];
	int fd = with_file ? open("/dev/null", O_RDONLY) : -1;

	m.id = id;
	assert_int_equal(frame_send(pair[0], IPC_PARSE_JOB, packed,
				    ipc__job__pack(&m, packed), fd), 0);
	if (fd >= 0)
		close(fd);
}

static void send_answer(void)
{
	assert_int_equal(frame_send(pair[0], IPC_PARSE_ANSWER, "", 0, -1), 0);
}

static void expect_job(uint64_t id)
{
	struct inbox_job j = { .fd = -1 };

	assert_int_equal(inbox_job(&box, &j), 1);
	assert_int_equal(j.job->id, id);
	assert_true(fcntl(j.fd, F_GETFD) >= 0);
	inbox_job_free(&j);
	assert_int_equal(j.fd, -1);
}

static void jobs_before_an_answer_wait_in_their_order(void **state)
{
	struct frame f = { .fd = -1 };

	(void)state;
	send_job(1, true);
	expect_job(1);
	send_job(2, true);
	send_job(3, true);
	send_answer();
	send_job(4, true);
	assert_int_equal(inbox_answer(&box, &f), 1);
	assert_int_equal(f.op, IPC_PARSE_ANSWER);
	expect_job(2);
	expect_job(3);
	expect_job(4);
}

static void more_jobs_than_were_agreed_on_are_refused(void **state)
{
	struct frame f = { .fd = -1 };

	(void)state;
	for (uint64_t i = 0; i <= IPC_PARSE_QUEUE; i++)
		send_job(i + 1, true);
	assert_int_equal(inbox_answer(&box, &f), -EPROTO);
	assert_int_equal(box.count, IPC_PARSE_QUEUE);
}

static void a_job_without_a_file_is_refused(void **state)
{
	struct inbox_job j = { .fd = -1 };
	struct frame f = { .fd = -1 };

	(void)state;
	send_job(1, false);
	assert_int_equal(inbox_job(&box, &j), -EPROTO);
	send_job(1, false);
	assert_int_equal(inbox_answer(&box, &f), -EPROTO);
	send_answer();
	assert_int_equal(inbox_job(&box, &j), -EPROTO);
}

static void the_end_of_the_other_side_is_told(void **state)
{
	struct inbox_job j = { .fd = -1 };
	struct frame f = { .fd = -1 };

	(void)state;
	send_job(1, true);
	assert_int_equal(shutdown(pair[0], SHUT_RDWR), 0);
	assert_int_equal(inbox_answer(&box, &f), 0);
	expect_job(1);
	assert_int_equal(inbox_job(&box, &j), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(jobs_before_an_answer_wait_in_their_order),
		TEST(more_jobs_than_were_agreed_on_are_refused),
		TEST(a_job_without_a_file_is_refused),
		TEST(the_end_of_the_other_side_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
