/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "agent/walk/guess.h"

static void nothing_is_known_at_first(void **state)
{
	struct guess g = { .texts = { 0 } };

	(void)state;
	assert_int_equal(guess_kind(&g, "a.txt"), GUESS_OPEN);
	assert_int_equal(guess_kind(&g, ""), GUESS_OPEN);
	guess_learn(&g, "a.txt", true);
	assert_int_equal(guess_kind(&g, "a.txt"), GUESS_OPEN);
}

static void names_that_end_alike_are_alike(void **state)
{
	struct guess g = { .texts = { 0 } };

	(void)state;
	for (int i = 0; i < 2; i++) {
		guess_learn(&g, "a.txt", true);
		guess_learn(&g, "x.y.so", false);
		guess_learn(&g, "ls", false);
	}
	assert_int_equal(guess_kind(&g, "other.txt"), GUESS_TEXT);
	assert_int_equal(guess_kind(&g, "z.so"), GUESS_OTHER);
	assert_int_equal(guess_kind(&g, "cat"), GUESS_OTHER);
	assert_int_equal(guess_kind(&g, ".profile"), GUESS_OTHER);
	assert_int_equal(guess_kind(&g, "a.pem"), GUESS_OPEN);
}

static void what_changes_is_learnt_anew(void **state)
{
	struct guess g = { .texts = { 0 } };
	int n = 0;

	(void)state;
	for (int i = 0; i < 100000; i++)
		guess_learn(&g, "a.dat", true);
	for (; guess_kind(&g, "b.dat") != GUESS_OTHER; n++)
		guess_learn(&g, "a.dat", false);
	assert_in_range(n, 1, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_known_at_first),
		cmocka_unit_test(names_that_end_alike_are_alike),
		cmocka_unit_test(what_changes_is_learnt_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
