/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/proc/throttle.h"

#define MS INT64_C(1000000)

/* CPU ns that two busy processes get in ${seconds}, when they are stopped as
 * it is decided. */
static int64_t used_in(struct throttle *t, int64_t seconds)
{
	int64_t total = 0, used = 0;
	bool stopped = false;

	for (int64_t ms = 1; ms < seconds * 1000; ms += 20) {
		used = stopped ? 0 : 2 * 20 * MS;
		total += used;
		stopped = throttle_decide(t, ms, used);
	}
	return total;
}

static void a_share_of_the_processor_is_kept(void **state)
{
	static const int64_t percent[] = {5, 25, 50, 100, 150};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct throttle t = {.cpu_limit = percent[i]};
		int64_t want = percent[i] * 60 * 10 * MS;

		assert_in_range(used_in(&t, 60), want * 95 / 100,
				want * 105 / 100 + 100 * MS);
	}
}

static void without_a_limit_nothing_is_stopped(void **state)
{
	struct throttle t = {.cpu_limit = 0};

	(void)state;
	assert_int_equal(used_in(&t, 60), 60 * 50 * 2 * 20 * MS);
	assert_int_equal(throttle_timeout(&t), -1);
	assert_int_equal(throttle_step(&t, NULL, 0), 0);
}

static void idle_time_is_not_saved_up(void **state)
{
	struct throttle t = {.cpu_limit = 10};

	(void)state;
	assert_false(throttle_decide(&t, 1, 0));
	assert_false(throttle_decide(&t, 3600000, 0));
	assert_false(throttle_decide(&t, 3600020, 10 * MS));
	assert_true(throttle_decide(&t, 3600040, 10 * MS));
}

static void it_pauses_while_there_is_pressure(void **state)
{
	struct throttle t = {.pressure = 20, .longest = 5000};

	(void)state;
	t.seen = 19.9;
	assert_false(throttle_decide(&t, 1000, 0));
	t.seen = 20;
	assert_true(throttle_decide(&t, 2000, 0));
	assert_true(throttle_decide(&t, 6000, 0));
	t.seen = 3;
	assert_false(throttle_decide(&t, 6100, 0));
}

static void a_pause_has_an_end_and_may_begin_again(void **state)
{
	struct throttle t = {.pressure = 20, .longest = 5000, .seen = 90};

	(void)state;
	assert_true(throttle_decide(&t, 2000, 0));
	assert_true(throttle_decide(&t, 6999, 0));
	assert_false(throttle_decide(&t, 7000, 0));
	assert_false(throttle_decide(&t, 99000, 0));
	t.seen = 0;
	assert_false(throttle_decide(&t, 99100, 0));
	t.seen = 90;
	assert_true(throttle_decide(&t, 99200, 0));
}

static void put(const char *folder, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void pressure_is_read(void **state)
{
	char folder[] = "/tmp/throttle.XXXXXX", path[256];
	double p = -1;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(throttle_pressure(folder, &p), -ENOENT);
	put(folder, "memory", "some avg10=1.50 avg60=0.00 avg300=0.00 "
			      "total=1\nfull avg10=9.00\n");
	put(folder, "io", "some avg10=37.25 avg60=1.63 total=2\n");
	assert_int_equal(throttle_pressure(folder, &p), 0);
	assert_true(p > 37.2 && p < 37.3);
	put(folder, "io", "nothing of the kind\n");
	assert_int_equal(throttle_pressure(folder, &p), -EBADMSG);
	put(folder, "io", "");
	assert_int_equal(throttle_pressure(folder, &p), -EBADMSG);
	snprintf(path, sizeof(path), "%s/io", folder);
	unlink(path);
	snprintf(path, sizeof(path), "%s/memory", folder);
	unlink(path);
	assert_int_equal(rmdir(folder), 0);
}

static pid_t busy_process(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (volatile unsigned long i = 0;; i++)
			;
	}
	return pid;
}

static void end_process(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void pressure_stops_a_process_for_the_longest_pause(void **state)
{
	char folder[] = "/tmp/throttle.XXXXXX", path[256];
	struct throttle t = {.pressure = 20, .longest = 1500,
			     .folder = folder};
	pid_t pid = busy_process();
	int status = 0;

	(void)state;
	assert_non_null(mkdtemp(folder));
	put(folder, "memory", "some avg10=0.00 avg60=0.00 avg300=0.00\n");
	put(folder, "io", "some avg10=50.00 avg60=0.00 avg300=0.00\n");
	throttle_step(&t, &pid, 1);
	assert_true(t.stopped);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	while (t.stopped) {
		usleep(25000);
		throttle_step(&t, &pid, 1);
	}
	assert_true(t.defied);
	assert_int_equal(waitpid(pid, &status, WCONTINUED), pid);
	assert_true(WIFCONTINUED(status));
	end_process(pid);
	snprintf(path, sizeof(path), "%s/io", folder);
	unlink(path);
	snprintf(path, sizeof(path), "%s/memory", folder);
	unlink(path);
	assert_int_equal(rmdir(folder), 0);
}

static void a_process_stands_still_and_goes_on(void **state)
{
	struct throttle t = {.cpu_limit = 1};
	pid_t pid = busy_process();
	int status = 0;

	(void)state;
	for (int i = 0; i < 500 && !t.stopped; i++) {
		usleep(25000);
		throttle_step(&t, &pid, 1);
	}
	assert_true(t.stopped);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	throttle_release(&t, &pid, 1);
	assert_int_equal(waitpid(pid, &status, WCONTINUED), pid);
	assert_true(WIFCONTINUED(status));
	end_process(pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_share_of_the_processor_is_kept),
		cmocka_unit_test(without_a_limit_nothing_is_stopped),
		cmocka_unit_test(idle_time_is_not_saved_up),
		cmocka_unit_test(it_pauses_while_there_is_pressure),
		cmocka_unit_test(a_pause_has_an_end_and_may_begin_again),
		cmocka_unit_test(pressure_is_read),
		cmocka_unit_test(
			pressure_stops_a_process_for_the_longest_pause),
		cmocka_unit_test(a_process_stands_still_and_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
