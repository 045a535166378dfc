/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/activation.h"

/* As systemd sets it; NULL: not at all. */
static void give(const char *pid, const char *count, const char *names)
{
	const char *const set[][2] = {
		{ "LISTEN_PID", pid }, { "LISTEN_FDS", count },
		{ "LISTEN_FDNAMES", names },
	};

	for (size_t i = 0; i < 3; i++) {
		if (set[i][1])
			setenv(set[i][0], set[i][1], 1);
		else
			unsetenv(set[i][0]);
	}
}

static const char *own_pid(void)
{
	static char text[16];

	snprintf(text, sizeof(text), "%d", getpid());
	return text;
}

static void a_socket_is_found_by_its_name(void **state)
{
	(void)state;
	for (int fd = 3; fd < 6; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			assert_int_equal(open("/dev/null", O_RDONLY), fd);
	}
	give(own_pid(), "3", "agents:enroll:agents2");
	assert_int_equal(activation_socket("agents"), 3);
	assert_int_equal(activation_socket("enroll"), 4);
	assert_int_equal(activation_socket("agents2"), 5);
	assert_int_equal(activation_socket("agent"), -ENOENT);
	assert_true(fcntl(4, F_GETFD) & FD_CLOEXEC);
}

static void those_of_another_process_are_not_ours(void **state)
{
	(void)state;
	give("1", "1", "agents");
	assert_int_equal(activation_socket("agents"), -ENOENT);
	give(NULL, NULL, NULL);
	assert_int_equal(activation_socket("agents"), -ENOENT);
}

static void an_environment_that_contradicts_itself_is_refused(void **state)
{
	(void)state;
	give(own_pid(), "2", "agents");
	assert_int_equal(activation_socket("agents"), -EINVAL);
	give(own_pid(), "2", "agents:agents");
	assert_int_equal(activation_socket("agents"), -EINVAL);
	give(own_pid(), "many", "agents");
	assert_int_equal(activation_socket("agents"), -EINVAL);
	give(own_pid(), "-1", "agents");
	assert_int_equal(activation_socket("agents"), -EINVAL);
	give(own_pid(), "100000000", "agents");
	assert_int_equal(activation_socket("agents"), -EINVAL);
	give("", "1", "agents");
	assert_int_equal(activation_socket("agents"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_socket_is_found_by_its_name),
		cmocka_unit_test(those_of_another_process_are_not_ours),
		cmocka_unit_test(
			an_environment_that_contradicts_itself_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
