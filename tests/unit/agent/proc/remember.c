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

static const char behind[] = "f/told";

static void an_update_looks_at_what_the_index_is_behind_with(void **state)
{
	static const char names[] = "f/changed";
	struct remember m;

	(void)state;
	scan("/other", 0);
	assert_int_equal(buf_add(&x.behind, behind, sizeof(behind)), 0);
	assert_int_equal(remember_start_update(&m, &x, names, sizeof(names)),
			 0);
	assert_true(path_list_covers(&m.changed, "/told", 5));
	assert_true(path_list_covers(&m.changed, "/changed", 8));
	/* it failed: the next one does so too */
	assert_int_equal(remember_finish(&m, false), 0);
	remember_free(&m);
	assert_int_equal(remember_start_update(&m, &x, NULL, 0), 0);
	assert_true(path_list_covers(&m.changed, "/told", 5));
	remember_coverage(&m, &(Cw__Coverage)CW__COVERAGE__INIT);
	assert_int_equal(remember_finish(&m, true), 0);
	remember_free(&m);
	assert_int_equal(x.behind.len, 0);
	assert_memory_equal(x.anew.data, behind + 1, sizeof(behind) - 1);
}

static void what_changes_beside_a_scan_does_not_wait_for_it(void **state)
{
	static const char names[] = "f/changed";
	struct remember m;

	(void)state;
	scan("/told", RECORD_LINKED);
	assert_int_equal(buf_add(&x.behind, behind, sizeof(behind)), 0);
	assert_int_equal(remember_start_update(&m, &x, names, sizeof(names)),
			 -EAGAIN);
	remember_free(&m);
	assert_int_equal(remember_start_aside(&m, &x, names, sizeof(names)),
			 0);
	assert_false(path_list_covers(&m.changed, "/told", 5));
	remember_free(&m);
	assert_true(x.stands);
}

static void another_scan_leaves_nothing_behind(void **state)
{
	(void)state;
	scan("/told", 0);
	assert_int_equal(buf_add(&x.behind, behind, sizeof(behind)), 0);
	scan("/told", 0);
	assert_int_equal(x.behind.len, 0);
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
		T(an_update_looks_at_what_the_index_is_behind_with),
		T(what_changes_beside_a_scan_does_not_wait_for_it),
		T(another_scan_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
