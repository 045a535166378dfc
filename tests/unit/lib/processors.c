/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/processors.h"
#include "tests/unit/folder.h"

static char top[] = "/tmp/processors.XXXXXX";
static unsigned int all;	/* that this test may use */

static int set_up(void **state)
{
	cpu_set_t set;

	(void)state;
	snprintf(top, sizeof(top), "/tmp/processors.XXXXXX");
	if (!mkdtemp(top) || sched_getaffinity(0, sizeof(set), &set) < 0)
		return -1;
	all = (unsigned int)CPU_COUNT(&set);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return folder_remove(top);
}

static void put(const char *path, const char *text)
{
	folder_put(top, path, text);
}

static void without_control_groups_all_may_be_used(void **state)
{
	(void)state;
	assert_int_equal(processors_usable(top), all);
	put("proc/self/cgroup", "");
	assert_int_equal(processors_usable(top), all);
	put("proc/self/cgroup", "nothing of the kind\n0:\n0::\n1:cpu:/gone\n");
	assert_int_equal(processors_usable(top), all);
}

static void a_quota_of_one_processor_is_one(void **state)
{
	(void)state;
	put("proc/self/cgroup", "0::/a.slice/b.service\n");
	put("sys/fs/cgroup/a.slice/b.service/cpu.max", "max 100000\n");
	assert_int_equal(processors_usable(top), all);
	put("sys/fs/cgroup/a.slice/b.service/cpu.max", "20000 100000\n");
	assert_int_equal(processors_usable(top), 1);
	put("sys/fs/cgroup/a.slice/b.service/cpu.max", "6400000 100000\n");
	assert_int_equal(processors_usable(top), all < 64 ? all : 64);
	put("sys/fs/cgroup/a.slice/b.service/cpu.max", "0 0\n");
	assert_int_equal(processors_usable(top), all);
}

static void a_group_above_counts_too(void **state)
{
	(void)state;
	put("proc/self/cgroup", "0::/a.slice/b.service\n");
	put("sys/fs/cgroup/a.slice/b.service/cpu.max", "max 100000\n");
	put("sys/fs/cgroup/a.slice/cpu.max", "100000 100000\n");
	assert_int_equal(processors_usable(top), 1);
	/* what a process in a namespace of control groups sees */
	put("proc/self/cgroup", "0::/\n");
	assert_int_equal(processors_usable(top), all);
	put("sys/fs/cgroup/cpu.max", "50000 100000\n");
	assert_int_equal(processors_usable(top), 1);
}

static void the_first_kind_of_control_groups_is_read(void **state)
{
	(void)state;
	put("proc/self/cgroup", "9:memory:/x\n3:cpu,cpuacct:/x\n");
	put("sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us", "-1\n");
	put("sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_period_us", "100000\n");
	assert_int_equal(processors_usable(top), all);
	put("sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us", "90000\n");
	assert_int_equal(processors_usable(top), 1);
}

static void what_it_may_not_run_on_does_not_count(void **state)
{
	cpu_set_t before, one;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	CPU_ZERO(&one);
	for (size_t i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++) {
		if (CPU_ISSET(i, &before))
			CPU_SET(i, &one);
	}
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	assert_int_equal(processors_usable(top), 1);
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(without_control_groups_all_may_be_used),
		CASE(a_quota_of_one_processor_is_one),
		CASE(a_group_above_counts_too),
		CASE(the_first_kind_of_control_groups_is_read),
		CASE(what_it_may_not_run_on_does_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
