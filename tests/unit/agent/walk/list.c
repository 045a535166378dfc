/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/walk/walk.h"
#include "lib/frame.h"

#define NOBODY 65534

/* A walk of single paths, in a directory whose names can be read, but not what
 * they are the names of. */
struct fixture {
	char top[64], file[80];
	int sock[2];
	struct walk w;
	struct walker k;
	struct agent_config config;
	struct directory *d;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fd;

	snprintf(f->top, sizeof(f->top), "/tmp/certwalk-unit.XXXXXX");
	assert_non_null(mkdtemp(f->top));
	snprintf(f->file, sizeof(f->file), "%s/a.pem", f->top);
	fd = open(f->file, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(chmod(f->top, 0444), 0);
	assert_int_equal(frame_pair(f->sock), 0);
	report_init(&f->w.report, f->sock[0]);
	links_init(&f->w.links);
	past_init(&f->w.past);
	f->w.past.next = -1;
	f->w.config = &f->config;
	assert_int_equal(walker_init(&f->k, &f->w), 0);
	f->d = directory_new(NULL, f->top, strlen(f->top));
	assert_non_null(f->d);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	walker_free(&f->k);
	links_free(&f->w.links);
	report_done(&f->w.report);
	directory_unref(f->d);
	path_list_free(&f->w.only);
	past_free(&f->w.past);
	close(f->sock[0]);
	close(f->sock[1]);
	chmod(f->top, 0700);
	unlink(f->file);
	rmdir(f->top);
	free(f);
	return 0;
}

static void walk_only(struct fixture *f, const char *path)
{
	uid_t me = geteuid();

	assert_int_equal(path_list_copy(&f->w.only, path, strlen(path) + 1,
					0), 0);
	if (me == 0)
		assert_int_equal(seteuid(NOBODY), 0);
	assert_int_equal(walk_directory(&f->k, f->d), 0);
	if (me == 0)
		assert_int_equal(seteuid(0), 0);
}

static void a_path_that_cannot_be_looked_at_is_a_gap(void **state)
{
	struct fixture *f = *state;

	walk_only(f, f->file);
	assert_int_equal(f->w.report.named[CW__GAP_KIND__GAP_UNREADABLE], 1);
}

static void a_path_that_is_gone_is_none(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(chmod(f->top, 0755), 0);
	unlink(f->file);
	walk_only(f, f->file);
	for (size_t i = 0; i < REPORT_KINDS; i++)
		assert_int_equal(f->w.report.named[i], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_path_that_cannot_be_looked_at_is_a_gap, setup,
			teardown),
		cmocka_unit_test_setup_teardown(a_path_that_is_gone_is_none,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
