/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/proc/ipc.h"
#include "agent/proc/ipc.pb-c.h"
#include "agent/walk/walk.h"
#include "lib/frame.h"
#include "tests/unit/folder.h"

/* A walk that comes to its end: one directory with files of several names. */
struct fixture {
	char top[64];
	int sock[2];
	struct walk w;
	struct walker k;
	struct directory *d;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	snprintf(f->top, sizeof(f->top), "/tmp/certwalk-unit.XXXXXX");
	assert_non_null(mkdtemp(f->top));
	assert_int_equal(frame_pair(f->sock), 0);
	report_init(&f->w.report, f->sock[0]);
	links_init(&f->w.links);
	past_init(&f->w.past);
	f->w.past.next = inode_file_create("/tmp");
	assert_true(f->w.past.next >= 0);
	assert_int_equal(walker_init(&f->k, &f->w), 0);
	f->d = directory_new(NULL, f->top, strlen(f->top));
	assert_non_null(f->d);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	links_free(&f->w.links);
	report_done(&f->w.report);
	directory_unref(f->d);
	past_free(&f->w.past);
	close(f->w.past.next);
	close(f->sock[0]);
	close(f->sock[1]);
	folder_remove(f->top);
	free(f);
	return 0;
}

static void put(struct fixture *f, const char *name, struct inode_key *ret)
{
	struct stat st = {0};
	int at = open(f->top, O_RDONLY | O_DIRECTORY);
	int fd = openat(at, name, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	close(fd);
	close(at);
	*ret = (struct inode_key){.device = st.st_dev, .inode = st.st_ino};
}

/* The directory as the walk finds it, then as the next one does. */
static void list(struct fixture *f)
{
	int fd = directory_open(f->d);

	assert_true(fd >= 0);
	assert_int_equal(past_directory(&f->w.past, f->d, fd), 0);
	past_keep(&f->w.past, f->d, false, true, &f->k.directories);
	close(fd);
}

static bool is_looked_at_again(struct fixture *f)
{
	int fd = directory_open(f->d);

	walker_free(&f->k);
	assert_int_equal(inode_file_seal(f->w.past.next), 0);
	assert_int_equal(inode_map_open(&f->w.past.directories,
					f->w.past.next), 0);
	f->w.past.stands = true;
	f->d->place.look = false;
	assert_int_equal(past_directory(&f->w.past, f->d, fd), 0);
	assert_true(f->d->place.known);
	close(fd);
	return f->d->place.look;
}

static void a_name_that_can_be_opened_is_done_with(void **state)
{
	struct fixture *f = *state;
	struct frame_receiver in = {0};
	struct frame got = {.fd = -1};
	struct inode_key key;

	put(f, "one", &key);
	list(f);
	assert_int_equal(links_hold(&f->w.links, &key, LINK_CANDIDATE, f->d,
				    "one"), 0);
	assert_int_equal(links_finish(&f->w.links, &f->k), 0);
	assert_int_equal(frame_recv(&in, f->sock[1], IPC_WALK__END, &got), 1);
	assert_int_equal(got.op, IPC_WALK_CANDIDATE);
	close(got.fd);
	frame_receiver_free(&in);
	assert_false(is_looked_at_again(f));
}

static void a_name_that_cannot_be_opened_is_tried_by_the_next_scan(void **state)
{
	struct fixture *f = *state;
	struct inode_key key;

	put(f, "one", &key);
	list(f);
	assert_int_equal(links_hold(&f->w.links, &key, LINK_CANDIDATE, f->d,
				    "another"), 0);
	assert_int_equal(links_finish(&f->w.links, &f->k), 0);
	assert_int_equal(f->w.report.named[CW__GAP_KIND__GAP_VANISHED], 1);
	assert_true(is_looked_at_again(f));
}

static void so_is_one_that_was_found_under_another_name(void **state)
{
	struct fixture *f = *state;
	struct inode_key key, other;

	put(f, "one", &key);
	put(f, "two", &other);
	list(f);
	/* its place was taken */
	assert_int_equal(links_hold(&f->w.links, &key, LINK_UNKNOWN, f->d,
				    "two"), 0);
	assert_int_equal(links_finish(&f->w.links, &f->k), 0);
	assert_true(is_looked_at_again(f));
}

static void a_name_that_is_no_file_is_told_once(void **state)
{
	struct fixture *f = *state;
	struct inode_key key;
	char path[100];

	put(f, "one", &key);
	snprintf(path, sizeof(path), "%s/link", f->top);
	assert_int_equal(symlink("one", path), 0);
	list(f);
	assert_int_equal(links_hold(&f->w.links, &key, LINK_CANDIDATE, f->d,
				    "link"), 0);
	assert_int_equal(links_finish(&f->w.links, &f->k), 0);
	assert_int_equal(f->w.report.named[CW__GAP_KIND__GAP_VANISHED], 1);
	assert_true(is_looked_at_again(f));
}

/* Names enough that the square of their number is felt. */
#define MANY 50000

static void hold_many(struct fixture *f, const struct inode_key *key,
		      enum link_state state)
{
	char name[32];

	for (unsigned int i = 0; i < MANY; i++) {
		/* in no order */
		snprintf(name, sizeof(name), "n%05u", i * 7919 % MANY);
		assert_int_equal(links_hold(&f->w.links, key, state, f->d,
					    name), 0);
	}
}

/* What is said but for progress: operation and path. */
static enum ipc_walk_op said(struct fixture *f, char path[static 128])
{
	struct frame_receiver in = {0};
	struct frame got = {.fd = -1};
	Ipc__Keep *m = NULL;

	do {
		assert_int_equal(frame_recv(&in, f->sock[1], IPC_WALK__END,
					    &got), 1);
	} while (got.op == IPC_WALK_PROGRESS);
	m = ipc__keep__unpack(NULL, got.len, got.data);
	assert_non_null(m);
	snprintf(path, 128, "%.*s", (int)m->path.len, (char *)m->path.data);
	ipc__keep__free_unpacked(m, NULL);
	frame_receiver_free(&in);
	return (enum ipc_walk_op)got.op;
}

static void of_many_names_the_first_tells_of_a_large_text(void **state)
{
	struct fixture *f = *state;
	struct inode_key key;
	char path[128], first[128];

	put(f, "n00000", &key);
	list(f);
	hold_many(f, &key, LINK_PARTIAL);
	assert_int_equal(links_finish(&f->w.links, &f->k), 0);
	assert_int_equal(said(f, path), IPC_WALK_PARTIAL);
	snprintf(first, sizeof(first), "%s/n00000", f->top);
	assert_string_equal(path, first);
	walker_free(&f->k);
}

static void many_names_that_vanished_are_one_gap(void **state)
{
	struct fixture *f = *state;
	struct inode_key key;

	put(f, "one", &key);
	list(f);
	hold_many(f, &key, LINK_CANDIDATE);
	assert_int_equal(links_finish(&f->w.links, &f->k), 0);
	assert_int_equal(f->w.report.named[CW__GAP_KIND__GAP_VANISHED], 1);
	walker_free(&f->k);
}

static void names_in_several_directories_go_by_their_paths(void **state)
{
	struct fixture *f = *state;
	struct directory *a = directory_new(f->d, "a", 1);
	struct directory *b = directory_new(f->d, "a.b", 3);
	struct inode_key key;
	char path[128], first[128];

	put(f, "z", &key);
	assert_int_equal(links_hold(&f->w.links, &key, LINK_PARTIAL, a, "y"),
			 0);
	assert_int_equal(links_hold(&f->w.links, &key, LINK_PARTIAL, b, "x"),
			 0);
	assert_int_equal(links_hold(&f->w.links, &key, LINK_PARTIAL, f->d,
				    "z"), 0);
	assert_int_equal(links_finish(&f->w.links, &f->k), 0);
	assert_int_equal(said(f, path), IPC_WALK_PARTIAL);
	snprintf(first, sizeof(first), "%s/a.b/x", f->top);
	assert_string_equal(path, first);
	walker_free(&f->k);
	directory_unref(a);
	directory_unref(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_name_that_can_be_opened_is_done_with, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			a_name_that_cannot_be_opened_is_tried_by_the_next_scan,
			setup, teardown),
		cmocka_unit_test_setup_teardown(
			so_is_one_that_was_found_under_another_name, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			a_name_that_is_no_file_is_told_once, setup, teardown),
		cmocka_unit_test_setup_teardown(
			of_many_names_the_first_tells_of_a_large_text, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			many_names_that_vanished_are_one_gap, setup, teardown),
		cmocka_unit_test_setup_teardown(
			names_in_several_directories_go_by_their_paths, setup,
			teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
