/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/proc/process_list.h"
#include "lib/file.h"
#include "lib/limits.h"

/* A copy of sleep(1) by the name of a server. */
static char top[64], program[80];

static int begin(void **state)
{
	struct buf b;

	(void)state;
	snprintf(top, sizeof(top), "/tmp/certwalk-unit.XXXXXX");
	assert_non_null(mkdtemp(top));
	snprintf(program, sizeof(program), "%s/nginx", top);
	buf_init(&b, MIB(8));
	assert_int_equal(file_read("/bin/sleep", &b), 0);
	assert_int_equal(file_replace(program, 0755, b.data, b.len), 0);
	buf_free(&b);
	return 0;
}

static int end(void **state)
{
	(void)state;
	unlink(program);
	rmdir(top);
	return 0;
}

/* It has its command line a moment after its name. */
static void await_command(pid_t pid)
{
	char path[64], byte = 0;
	ssize_t n = 0;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	while (n == 0) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		assert_true(fd >= 0);
		n = read(fd, &byte, 1);
		close(fd);
	}
	assert_int_equal(n, 1);
}

/* Is it listed while it runs? */
static bool is_listed(void)
{
	struct process_list p = {.proc = NULL};
	int ready[2] = {-1, -1};
	bool found = false;
	char end = 0;
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		execl(program, "nginx", "600", (char *)NULL);
		_exit(1);
	}
	close(ready[1]);
	/* closed by the exec */
	assert_int_equal(read(ready[0], &end, 1), 0);
	close(ready[0]);
	await_command(pid);
	process_list_start(&p);
	while (process_list_next(&p))
		found |= strcmp(p.exe_text, program) == 0;
	process_list_end(&p);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return found;
}

static void a_server_of_our_own_is_listed(void **state)
{
	(void)state;
	assert_true(is_listed());
}

static void one_that_all_can_write_is_not(void **state)
{
	(void)state;
	assert_int_equal(chmod(program, 0757), 0);
	assert_false(is_listed());
}

static void one_of_another_user_is_not(void **state)
{
	(void)state;
	/* only root can give it away */
	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(program, 65534, 65534), 0);
	assert_int_equal(chmod(program, 0755), 0);
	assert_false(is_listed());
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_server_of_our_own_is_listed),
		T(one_that_all_can_write_is_not),
		T(one_of_another_user_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
