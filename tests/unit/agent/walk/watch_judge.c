/* SPDX-License-Identifier: Apache-2.0 */
/* On real files in a folder of the test's own. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/walk/search.h"
#include "agent/walk/watch.h"
#include "lib/clock.h"
#include "tests/unit/folder.h"
#include "tests/unit/unit.h"

#define BEGIN "-----BEGIN CERTIFICATE-----\nMIIB\n"

static char top[] = "/tmp/certwalk-unit.XXXXXX";

struct fixture {
	struct watch w;
	const char *roots[2];
	char *exclude[1];
};

static const char *in_top(const char *name)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	return path;
}

static void put(const char *name, const char *text)
{
	int fd = open(in_top(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static int setup(void **state)
{
	static struct fixture f;
	static char excluded[4096];

	memset(&f, 0, sizeof(f));
	f.roots[0] = top;
	f.exclude[0] = excluded;
	snprintf(excluded, sizeof(excluded), "%s/excluded", top);
	f.w.at = -1;
	f.w.roots = f.roots;
	f.w.reads_all = true;
	f.w.config.exclude = (struct option_list){f.exclude, 1};
	f.w.max_text_size = (int64_t)MIB(64);
	f.w.walk.config = &f.w.config;
	f.w.walker.walk = &f.w.walk;
	f.w.walker.block = malloc(WALK_BLOCK);
	buf_init(&f.w.walker.path, LIMIT_PATH + 1024);
	buf_init(&f.w.at_path, LIMIT_PATH + 1024);
	buf_init(&f.w.batch, MIB(1));
	buf_init(&f.w.late, MIB(1));
	search_prepare();
	*state = &f;
	return f.w.walker.block ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	watch_leave(&f->w);
	free(f->w.walker.block);
	buf_free(&f->w.walker.path);
	buf_free(&f->w.at_path);
	buf_free(&f->w.batch);
	buf_free(&f->w.late);
	path_set_free(&f->w.known);
	path_set_free(&f->w.batched);
	path_set_free(&f->w.dropped);
	path_set_free(&f->w.latest);
	return 0;
}

static void change(struct fixture *f, const char *name, unsigned int flags)
{
	watch_change(&f->w, top, strlen(top), name, flags);
	watch_leave(&f->w);
}

static void know(struct fixture *f, const char *name)
{
	const char *path = in_top(name);

	assert_int_equal(path_set_add(&f->w.known, path, strlen(path)), 0);
}

static void a_file_worth_a_parse_is_noted_once(void **state)
{
	struct fixture *f = *state;
	char want[4200];

	put("a.pem", BEGIN);
	change(f, "a.pem", WATCH_WRITTEN);
	change(f, "a.pem", WATCH_CAME);
	assert_int_equal(f->w.names, 1);
	snprintf(want, sizeof(want), "f%s/a.pem", top);
	assert_string_equal((char *)f->w.batch.data, want);
}

static void another_file_is_dropped(void **state)
{
	struct fixture *f = *state;

	put("other", "nothing\n");
	change(f, "other", WATCH_WRITTEN);
	change(f, "is not there", WATCH_CAME);
	put("a.pem", BEGIN);
	change(f, "a.pem", WATCH_ATTRIB);
	change(f, "a.pem", WATCH_GONE);
	assert_int_equal(f->w.names, 0);
	assert_int_equal(f->w.first, 0);
}

static void a_known_file_is_noted_whatever_happens(void **state)
{
	struct fixture *f = *state;

	know(f, "gone.pem");
	change(f, "gone.pem", WATCH_GONE);
	assert_int_equal(f->w.names, 1);
	know(f, "key");
	change(f, "key", WATCH_ATTRIB);
	assert_int_equal(f->w.names, 2);
}

static void excluded_and_outside_is_dropped(void **state)
{
	struct fixture *f = *state;

	put("excluded", BEGIN);
	change(f, "excluded", WATCH_WRITTEN);
	watch_change(&f->w, "/tmp", 4, "a.pem", WATCH_WRITTEN);
	assert_int_equal(f->w.names, 0);
	assert_true(watch_is_walked(&f->w, top));
	assert_true(watch_is_walked(&f->w, "/tmp"));
	assert_false(watch_is_walked(&f->w, "/var"));
	assert_false(watch_is_walked(&f->w, in_top("excluded/below")));
}

static void a_directory_counts_by_what_is_in_it(void **state)
{
	struct fixture *f = *state;

	mkdir(in_top("dir"), 0700);
	put("dir/text", "nothing\n");
	change(f, "dir", WATCH_DIRECTORY | WATCH_CAME | WATCH_MOVED);
	assert_int_equal(f->w.names, 0);
	mkdir(in_top("dir/sub"), 0700);
	put("dir/sub/a.pem", BEGIN);
	change(f, "dir", WATCH_DIRECTORY | WATCH_CAME);
	assert_int_equal(f->w.names, 0);
	change(f, "dir", WATCH_DIRECTORY | WATCH_CAME | WATCH_MOVED);
	assert_int_equal(f->w.names, 1);
	assert_int_equal(f->w.batch.data[0], 'd');
}

static void a_directory_that_held_findings_matters_when_it_goes(void **state)
{
	struct fixture *f = *state;

	know(f, "held/below/a.pem");
	change(f, "other", WATCH_DIRECTORY | WATCH_GONE | WATCH_MOVED);
	assert_int_equal(f->w.names, 0);
	change(f, "held", WATCH_DIRECTORY | WATCH_GONE);
	assert_int_equal(f->w.names, 1);
}

static void put_long(const char *name)
{
	FILE *file = fopen(in_top(name), "w");

	assert_non_null(file);
	for (size_t i = 0; i < MIB(2) / 8; i++)
		fputs("a line.\n", file);
	fputs(BEGIN, file);
	fclose(file);
}

static void what_is_dropped_during_a_scan_is_remembered(void **state)
{
	struct fixture *f = *state;
	struct path_set found = {0};
	const char *path = in_top("brief.pem");

	path_set_add(&found, path, strlen(path));
	change(f, "brief.pem", WATCH_GONE);
	assert_false(path_set_meets(&found, &f->w.dropped));
	f->w.scanning = true;
	put("a.pem", BEGIN);
	change(f, "a.pem", WATCH_WRITTEN);
	change(f, "a.pem", WATCH_WRITTEN);
	assert_int_equal(f->w.dropped.count, 0);
	change(f, "brief.pem", WATCH_GONE);
	assert_true(path_set_meets(&found, &f->w.dropped));
	assert_int_equal(f->w.names, 1);
	path_set_free(&found);
	path_set_free(&f->w.dropped);
}

static void a_long_text_waits_where_the_credit_is_spent(void **state)
{
	struct fixture *f = *state;

	put_long("log");
	f->w.credited = clock_steady_ms();
	f->w.credit = -(int64_t)MIB(1024);
	change(f, "log", WATCH_WRITTEN);
	change(f, "log", WATCH_WRITTEN);
	assert_int_equal(f->w.names, 0);
	assert_int_equal(f->w.late_names, 1);
	assert_true(f->w.late_due > 0);
	/* nothing has come in yet */
	watch_late(&f->w);
	assert_int_equal(f->w.late_names, 1);
	f->w.credit = (int64_t)MIB(64);
	watch_late(&f->w);
	assert_int_equal(f->w.late_names, 0);
	assert_int_equal(f->w.late_due, 0);
	assert_int_equal(f->w.names, 1);
}

static void a_long_text_is_searched_to_its_end_with_credit(void **state)
{
	struct fixture *f = *state;

	put_long("log");
	f->w.credited = clock_steady_ms();
	f->w.credit = (int64_t)MIB(64);
	change(f, "log", WATCH_WRITTEN);
	assert_int_equal(f->w.names, 1);
	assert_true(f->w.credit < (int64_t)MIB(63));
}

static void more_names_than_fit_are_told_as_all(void **state)
{
	struct fixture *f = *state;
	char path[64];

	for (int i = 0; i <= WATCH_NAMES; i++) {
		snprintf(path, sizeof(path), "/srv/%d", i);
		watch_note(&f->w, path, strlen(path), false);
	}
	assert_non_null(f->w.lost);
	assert_int_equal(f->w.names, 0);
	assert_int_equal(f->w.batch.len, 0);
	watch_note(&f->w, "/srv/x", 6, false);
	assert_int_equal(f->w.names, 0);
}

static int remove_top(void **state)
{
	(void)state;
	return folder_remove(top);
}

static int make_top(void **state)
{
	(void)state;
	return mkdtemp(top) ? 0 : -1;
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_file_worth_a_parse_is_noted_once),
		T(another_file_is_dropped),
		T(a_known_file_is_noted_whatever_happens),
		T(excluded_and_outside_is_dropped),
		T(a_directory_counts_by_what_is_in_it),
		T(a_directory_that_held_findings_matters_when_it_goes),
		T(what_is_dropped_during_a_scan_is_remembered),
		T(a_long_text_waits_where_the_credit_is_spent),
		T(a_long_text_is_searched_to_its_end_with_credit),
		T(more_names_than_fit_are_told_as_all),
	};

	return cmocka_run_group_tests(tests, make_top, remove_top);
}
