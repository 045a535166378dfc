/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/walk/past.h"

/* A directory, the index that a scan leaves of it, and the next scan. */
struct fixture {
	char top[64];
	struct past now, then;
	struct inode_writer out;
	struct directory *d;
	int fd;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	snprintf(f->top, sizeof(f->top), "/tmp/certwalk-unit.XXXXXX");
	assert_non_null(mkdtemp(f->top));
	past_init(&f->now);
	past_init(&f->then);
	f->now.next = inode_file_create("/tmp");
	assert_true(f->now.next >= 0);
	inode_writer_init(&f->out, f->now.next);
	f->d = directory_new(NULL, f->top, strlen(f->top));
	assert_non_null(f->d);
	f->fd = directory_open(f->d);
	assert_true(f->fd >= 0);
	assert_int_equal(past_directory(&f->now, f->d, f->fd), 0);
	assert_false(f->d->place.bare);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	close(f->fd);
	directory_unref(f->d);
	past_free(&f->now);
	past_free(&f->then);
	close(f->now.next);
	rmdir(f->top);
	free(f);
	return 0;
}

static const struct directory_place *next_scan(struct fixture *f)
{
	assert_int_equal(inode_writer_flush(&f->out), 0);
	assert_int_equal(inode_file_seal(f->now.next), 0);
	assert_int_equal(inode_map_open(&f->then.directories, f->now.next), 0);
	f->then.stands = true;
	assert_int_equal(past_directory(&f->then, f->d, f->fd), 0);
	return &f->d->place;
}

static void a_directory_of_which_nothing_was_told_is_bare(void **state)
{
	struct fixture *f = *state;

	past_keep(&f->now, f->d, false, false, &f->out);
	assert_true(next_scan(f)->known);
	assert_true(f->d->place.bare);
	assert_false(f->d->place.look);
}

static void one_with_a_file_that_was_told_is_not_bare(void **state)
{
	struct fixture *f = *state;

	past_keep(&f->now, f->d, false, true, &f->out);
	assert_true(next_scan(f)->known);
	assert_false(f->d->place.bare);
	assert_false(f->d->place.look);
}

static void a_directory_that_is_kept_twice_has_the_marks_of_both(void **state)
{
	struct fixture *f = *state;

	past_keep(&f->now, f->d, false, true, &f->out);
	past_keep(&f->now, f->d, true, false, &f->out);
	assert_true(next_scan(f)->known);
	assert_false(f->d->place.bare);
	assert_true(f->d->place.look);
}

static void a_directory_that_was_not_listed_is_not_bare(void **state)
{
	struct fixture *f = *state;

	assert_false(next_scan(f)->known);
	assert_false(f->d->place.bare);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_directory_of_which_nothing_was_told_is_bare, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			one_with_a_file_that_was_told_is_not_bare, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			a_directory_that_is_kept_twice_has_the_marks_of_both,
			setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_directory_that_was_not_listed_is_not_bare, setup,
			teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
