/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/listen/view.h"

static size_t prefix(const char *path)
{
	return view_prefix(path, strlen(path));
}

static void paths_of_a_view_are_told_by_their_beginning(void **state)
{
	(void)state;
	assert_int_equal(prefix("/proc/view/17/etc/a"), 13);
	assert_int_equal(prefix("/proc/view/1/"), 12);
	assert_int_equal(prefix("/proc/view/17"), 0);
	assert_int_equal(prefix("/proc/view/17a/b"), 0);
	assert_int_equal(prefix("/proc/view//a"), 0);
	assert_int_equal(prefix("/proc/17/root/a"), 0);
	assert_int_equal(prefix("/etc/proc/view/1/a"), 0);
	assert_int_equal(prefix(""), 0);
}

static void we_see_what_we_see(void **state)
{
	struct view v = {.id = 1};

	(void)state;
	assert_int_equal(view_of(getpid(), &v), 0);
	assert_int_equal(v.id, 0);
	assert_int_equal(v.space, 0);
	assert_false(v.own_root);
	assert_int_equal(v.user, 0);
	/* there is none of that number */
	assert_int_equal(view_of(0x7ffffff0, &v), -ENOENT);
}

/* A child below chroot(2), as that user; skips where others may not be looked
 * at, as in a container without CAP_SYS_PTRACE. */
static void child_is(uid_t user, const char *root, struct view *ret)
{
	int ready[2] = {-1, -1};
	char byte = 0;
	pid_t pid;
	int r;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (chroot(root) < 0 || setuid(user) < 0 ||
		    write(ready[1], "", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	r = view_of(pid, ret);
	close(ready[0]);
	close(ready[1]);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	if (r == -EACCES)
		skip();
	assert_int_equal(r, 0);
}

static void below_chroot_it_is_another(void **state)
{
	struct view v = {.id = 0}, again = {.id = 0};

	(void)state;
	if (geteuid() != 0)
		skip();
	child_is(0, "/usr", &v);
	assert_true(v.id != 0);
	assert_int_equal(v.space, 0);
	assert_false(v.own_root);
	child_is(0, "/usr", &again);
	assert_true(v.id == again.id);
	child_is(0, "/etc", &again);
	assert_true(v.id != again.id);
}

static void only_ordinary_users_are_told(void **state)
{
	struct view v = {.id = 0};

	(void)state;
	if (geteuid() != 0)
		skip();
	child_is(0, "/", &v);
	assert_int_equal(v.user, 0);
	child_is(33, "/", &v);
	assert_int_equal(v.user, 0);
	child_is(65534, "/", &v);
	assert_int_equal(v.user, 0);
	child_is(1234, "/", &v);
	assert_int_equal(v.user, 1234);
	assert_int_equal(v.id, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_of_a_view_are_told_by_their_beginning),
		cmocka_unit_test(we_see_what_we_see),
		cmocka_unit_test(below_chroot_it_is_another),
		cmocka_unit_test(only_ordinary_users_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
