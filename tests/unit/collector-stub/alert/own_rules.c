/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/alert/own_rules.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"

static char dir[] = "/tmp/certwalk-own-rules.XXXXXX";
static char path[200];
static struct own_rules own;

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/alert-rules", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static int remove_file(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

static void what_was_had_is_known_after_a_restart(void **state)
{
	(void)state;
	assert_int_equal(own_rules_load(&own, dir), 0);
	assert_false(own_rules_have(&own, "one"));
	assert_int_equal(own_rules_add(&own, "one"), 0);
	assert_int_equal(own_rules_add(&own, "two"), 0);
	assert_int_equal(own_rules_add(&own, "one"), 0);
	assert_int_equal(own_rules_add(&own, "three"), 0);
	own_rules_remove(&own, "one");
	own_rules_remove(&own, "none");
	assert_int_equal(own_rules_keep(&own), 0);
	assert_int_equal(own_rules_load(&own, dir), 0);
	assert_int_equal(own.n, 2);
	assert_true(own_rules_have(&own, "two"));
	assert_true(own_rules_have(&own, "three"));
	own_rules_remove(&own, "two");
	own_rules_remove(&own, "three");
	assert_int_equal(own_rules_keep(&own), 0);
	assert_int_equal(own_rules_load(&own, dir), 0);
	assert_int_equal(own.n, 0);
}

static void a_file_with_what_is_no_name_is_refused_and_mended(void **state)
{
	static const char text[] = "one\n../two\nthree\n";

	(void)state;
	assert_int_equal(file_replace(path, 0644, text, sizeof(text) - 1), 0);
	assert_int_equal(own_rules_load(&own, dir), -EINVAL);
	assert_true(own_rules_have(&own, "one"));
	assert_int_equal(own_rules_keep(&own), 0);
	assert_int_equal(own_rules_load(&own, dir), 0);
	assert_int_equal(own.n, 1);
}

static void there_are_only_so_many(void **state)
{
	char name[32];

	(void)state;
	assert_int_equal(own_rules_load(&own, dir), 0);
	for (int i = 0; i < OWN_RULES; i++) {
		snprintf(name, sizeof(name), "rule-%d", i);
		assert_int_equal(own_rules_add(&own, name), 0);
	}
	assert_int_equal(own_rules_add(&own, "one"), -ENOBUFS);
	assert_int_equal(own_rules_add(&own, "rule-0"), 0);
	assert_int_equal(own_rules_keep(&own), 0);
	assert_int_equal(own_rules_load(&own, dir), 0);
	assert_int_equal(own.n, OWN_RULES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
			what_was_had_is_known_after_a_restart, remove_file),
		cmocka_unit_test_teardown(
			a_file_with_what_is_no_name_is_refused_and_mended,
			remove_file),
		cmocka_unit_test_teardown(there_are_only_so_many,
					  remove_file),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
