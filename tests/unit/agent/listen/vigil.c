/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/listen/vigil.h"
#include "lib/clock.h"

static struct vigil vigil;

static int begin(void **state)
{
	(void)state;
	vigil_init(&vigil);
	return 0;
}

static int end(void **state)
{
	(void)state;
	vigil_free(&vigil);
	return 0;
}

static pid_t start(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		pause();
		_exit(0);
	}
	return pid;
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void listens(pid_t pid)
{
	Ipc__ListenerProcess p = IPC__LISTENER_PROCESS__INIT;
	Ipc__ListenerProcess *list[] = {&p, &p};
	Ipc__Listener l = IPC__LISTENER__INIT;

	p.pid = (uint32_t)pid;
	l.processes = list;
	l.n_processes = 2;
	vigil_listener(&vigil, &l);
}

/* A scan that finds one endpoint in that state. */
static void scan(const char *state, bool for_this, pid_t pid)
{
	Cw__EndpointPlace e = CW__ENDPOINT_PLACE__INIT;
	Cw__Location l = CW__LOCATION__INIT;

	e.state = (char *)(uintptr_t)state;
	l.place_case = CW__LOCATION__PLACE_ENDPOINT;
	l.endpoint = &e;
	vigil_begin(&vigil);
	if (pid > 0)
		listens(pid);
	vigil_endpoint(&vigil, &l);
	vigil_end(&vigil, for_this);
}

static int64_t due_in(void)
{
	return vigil_due(&vigil) == INT64_MAX
		       ? -1 : vigil_due(&vigil) - clock_steady_ms();
}

/* In ${ms}, by a machine that may have stood still since. */
static void assert_due_in(int64_t ms)
{
	int64_t in = vigil_due(&vigil) - clock_steady_ms();

	assert_true(vigil_due(&vigil) != INT64_MAX);
	assert_true(in > ms - VIGIL_FIRST / 2 && in <= ms);
}

static void the_end_of_a_process_is_told_at_once(void **state)
{
	pid_t pid = start();
	struct pollfd fd;

	(void)state;
	scan("live", false, pid);
	assert_int_equal(vigil.n, 1);
	vigil_step(&vigil);
	assert_int_equal(due_in(), -1);
	fd = vigil_fd(&vigil);
	assert_int_equal(poll(&fd, 1, 0), 0);
	stop(pid);
	assert_int_equal(poll(&fd, 1, 10000), 1);
	vigil_step(&vigil);
	assert_due_in(VIGIL_SETTLE);
	/* once */
	assert_int_equal(poll(&fd, 1, 0), 0);
	vigil_forgo(&vigil);
	assert_int_equal(due_in(), -1);
}

static void another_scan_knows_other_processes(void **state)
{
	pid_t a = start(), b = start();

	(void)state;
	scan("live", false, a);
	scan("live", false, b);
	assert_int_equal(vigil.n, 1);
	stop(a);
	vigil_step(&vigil);
	assert_int_equal(due_in(), -1);
	stop(b);
	vigil_step(&vigil);
	assert_due_in(VIGIL_SETTLE);
	/* one that has ended already */
	scan("live", false, b);
	assert_int_equal(vigil.n, 0);
}

static void what_is_stale_is_asked_again_and_again(void **state)
{
	(void)state;
	scan("live", false, 0);
	assert_int_equal(due_in(), -1);
	scan("stale", false, 0);
	assert_due_in(VIGIL_FIRST);
	scan("stale", true, 0);
	assert_due_in(2 * VIGIL_FIRST);
	for (int i = 0; i < 10; i++)
		scan("stale", true, 0);
	assert_due_in(VIGIL_LAST);
	/* another scan is no look in vain */
	scan("stale", false, 0);
	assert_due_in(VIGIL_LAST);
	scan("mixed", true, 0);
	assert_due_in(VIGIL_FIRST);
	scan("live", true, 0);
	assert_int_equal(due_in(), -1);
}

static void processes_that_come_and_go_do_not_wear_the_host_out(void **state)
{
	(void)state;
	scan("live", false, 0);
	for (int i = 0; i < 10; i++) {
		pid_t pid = start();

		scan("live", true, pid);
		stop(pid);
		vigil_step(&vigil);
		assert_true(due_in() > VIGIL_FIRST);
	}
	assert_due_in(VIGIL_LAST);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		T(the_end_of_a_process_is_told_at_once),
		T(another_scan_knows_other_processes),
		T(what_is_stale_is_asked_again_and_again),
		T(processes_that_come_and_go_do_not_wear_the_host_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
