/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "agent/proc/ipc.h"
#include "agent/proc/remember.h"

static struct index x;

static int begin(void **state)
{
	(void)state;
	index_init(&x, "/tmp");
	return 0;
}

static int end(void **state)
{
	(void)state;
	index_free(&x);
	return 0;
}

/* A scan that found one file, whose record has ${flags}. */
static void scan(const char *path, uint64_t flags)
{
	struct inode_key key = {.device = 1, .inode = 2};
	Ipc__Candidate place = IPC__CANDIDATE__INIT;
	Cw__Coverage coverage = CW__COVERAGE__INIT;
	struct record r = {.first = 0};
	struct remember m;

	place.path = (ProtobufCBinaryData){strlen(path),
					   (uint8_t *)(uintptr_t)path};
	remember_start(&m, &x);
	remember_gap(&m, &r, &place, CW__GAP_KIND__GAP_TIMEOUT, "slow");
	remember_end(&m, &r, &key, &place, flags);
	remember_coverage(&m, &coverage);
	assert_int_equal(remember_finish(&m, true), 0);
	remember_free(&m);
	assert_true(x.stands);
}

/* What an update of /changed looks at, besides that. */
static int also(const char *path)
{
	static const char names[] = "f/changed";
	struct remember m;
	int r = remember_start_update(&m, &x, names, sizeof(names));
	size_t more = m.paths.len - m.told;

	if (r == 0 && path) {
		assert_int_equal(more, strlen(path) + 1);
		assert_string_equal((char *)m.paths.data + m.told, path);
	} else if (r == 0) {
		assert_int_equal(more, 0);
	}
	remember_free(&m);
	return r;
}

static void what_may_tell_more_is_looked_at_with_each_update(void **state)
{
	(void)state;
	scan("/locked.p12", RECORD_RETRY);
	assert_int_equal(also("/locked.p12"), 0);
}

static void what_cost_a_parser_its_life_is_not(void **state)
{
	(void)state;
	scan("/bomb.p12", RECORD_FAILED);
	assert_int_equal(also(NULL), 0);
}

static void nor_is_what_has_several_names(void **state)
{
	(void)state;
	scan("/locked.p12", RECORD_RETRY | RECORD_LINKED);
	assert_int_equal(also(NULL), 0);
	scan("/bomb.p12", RECORD_FAILED | RECORD_LINKED);
	assert_int_equal(also(NULL), 0);
}

static void one_of_whose_names_changed_calls_for_a_scan(void **state)
{
	(void)state;
	scan("/changed", RECORD_RETRY | RECORD_LINKED);
	assert_int_equal(also(NULL), -EAGAIN);
}

static void other_mount_namespaces_wait_for_a_scan(void **state)
{
	(void)state;
	scan("/proc/7/root/locked.p12", RECORD_RETRY);
	assert_int_equal(also(NULL), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_may_tell_more_is_looked_at_with_each_update),
		T(what_cost_a_parser_its_life_is_not),
		T(nor_is_what_has_several_names),
		T(one_of_whose_names_changed_calls_for_a_scan),
		T(other_mount_namespaces_wait_for_a_scan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
