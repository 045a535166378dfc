/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "agent/proc/remount.h"

static bool has_gone(struct remount *m)
{
	struct pollfd fds[REMOUNT_FDS];

	remount_fds(m, fds);
	poll(fds, REMOUNT_FDS, 0);
	return remount_step(m, fds);
}

static void a_file_system_that_is_unmounted_is_noticed(void **state)
{
	char top[] = "/tmp/certwalk-unit.XXXXXX";
	struct agent_config config;
	struct remount m;

	(void)state;
	assert_non_null(mkdtemp(top));
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", top, "tmpfs", 0, NULL) < 0) {
		rmdir(top);
		skip();
	}
	assert_int_equal(agent_config_load(&config, NULL), 0);
	remount_start(&m, &config, false);
	assert_true(m.inotify >= 0);
	assert_int_equal(remount_watch(&m, top), 0);
	assert_false(has_gone(&m));
	assert_int_equal(umount(top), 0);
	assert_true(has_gone(&m));
	assert_int_equal(mount("tmpfs", top, "tmpfs", 0, NULL), 0);
	assert_false(has_gone(&m));
	umount(top);
	rmdir(top);
	remount_end(&m);
	agent_config_free(&config);
}

static void where_numbers_are_never_given_again_nothing_is_watched(void **state)
{
	struct agent_config config = {.one_file_system = false};
	struct remount m;

	(void)state;
	remount_start(&m, &config, true);
	assert_int_equal(m.inotify, -1);
	assert_false(has_gone(&m));
	remount_end(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_system_that_is_unmounted_is_noticed),
		cmocka_unit_test(
		  where_numbers_are_never_given_again_nothing_is_watched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
