/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/walk/directory.h"
#include "lib/limits.h"

static struct directory *child(struct directory *d, const char *name)
{
	struct directory *c = directory_new(d, name, strlen(name));

	directory_unref(d);
	return c;
}

static void paths_are_put_together_from_names(void **state)
{
	struct directory *d = directory_new(NULL, "/", 1);
	struct buf path;

	(void)state;
	buf_init(&path, LIMIT_PATH + 300);
	assert_int_equal(directory_path(d, "x", &path), 0);
	assert_string_equal((char *)path.data, "/x");
	d = child(child(d, "usr"), "a\nb");
	assert_int_equal(directory_path(d, NULL, &path), 0);
	assert_string_equal((char *)path.data, "/usr/a\nb");
	assert_int_equal(path.len, 8);
	assert_int_equal(directory_path(d, "c", &path), 0);
	assert_string_equal((char *)path.data, "/usr/a\nb/c");
	directory_unref(d);
	buf_free(&path);
}

static void a_path_longer_than_path_max_can_be_opened(void **state)
{
	char top[] = "/tmp/certwalk-deep-XXXXXX", name[201];
	struct directory *d;
	int at, fd;

	(void)state;
	assert_non_null(mkdtemp(top));
	memset(name, 'n', 200);
	name[200] = '\0';
	d = directory_new(NULL, top, strlen(top));
	at = open(top, O_RDONLY | O_DIRECTORY);
	for (int i = 0; i < 60; i++) {
		int next;

		assert_int_equal(mkdirat(at, name, 0700), 0);
		next = openat(at, name, O_RDONLY | O_DIRECTORY);
		close(at);
		at = next;
		d = child(d, name);
	}
	assert_true(d->path_len > 12000);
	fd = directory_open(d);
	assert_true(fd >= 0);
	close(fd);
	/* and down again */
	for (int i = 0; i < 60; i++) {
		int up = openat(at, "..", O_RDONLY | O_DIRECTORY);

		close(at);
		at = up;
		assert_int_equal(unlinkat(at, name, AT_REMOVEDIR), 0);
	}
	close(at);
	rmdir(top);
	directory_unref(d);
}

static void a_symbolic_link_on_the_way_is_not_followed(void **state)
{
	char top[] = "/tmp/certwalk-link-XXXXXX", path[64];
	struct directory *d;

	(void)state;
	assert_non_null(mkdtemp(top));
	snprintf(path, sizeof(path), "%s/link", top);
	assert_int_equal(symlink("/usr", path), 0);
	d = directory_new(NULL, top, strlen(top));
	d = child(child(d, "link"), "bin");
	assert_int_equal(directory_open(d), -ELOOP);
	directory_unref(d);
	d = directory_new(NULL, top, strlen(top));
	d = child(d, "link");
	assert_true(directory_open(d) < 0);
	directory_unref(d);
	unlink(path);
	rmdir(top);
}

/* Open descriptors of this process. */
static int open_now(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void those_below_are_opened_by_a_parent_that_is_open(void **state)
{
	char top[] = "/tmp/certwalk-enter-XXXXXX", path[100];
	struct directory *d, *one, *two, *link;
	int before = open_now(), at, fd;

	(void)state;
	assert_non_null(mkdtemp(top));
	snprintf(path, sizeof(path), "%s/one", top);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/link", top);
	assert_int_equal(symlink("one", path), 0);
	d = directory_new(NULL, top, strlen(top));
	at = directory_enter(d);
	assert_true(at >= 0);
	one = directory_new(d, "one", 3);
	two = directory_new(d, "two", 3);
	link = directory_new(d, "link", 4);
	directory_leave(d, at);
	assert_int_equal(open_now(), before + 1);
	fd = directory_enter(one);
	assert_true(fd >= 0);
	directory_leave(one, fd);
	assert_int_equal(directory_enter(two), -ENOENT);
	directory_leave(two, -1);
	assert_int_equal(open_now(), before + 1);
	assert_int_equal(directory_enter(link), -ENOTDIR);
	directory_leave(link, -1);
	/* the last one that needed it */
	assert_int_equal(open_now(), before);
	directory_unref(one);
	directory_unref(two);
	directory_unref(link);
	directory_unref(d);
	unlink(path);
	snprintf(path, sizeof(path), "%s/one", top);
	rmdir(path);
	rmdir(top);
}

static void not_too_many_stay_open(void **state)
{
	struct directory *all[300] = {NULL};
	int fds[300], before = open_now();

	(void)state;
	for (int i = 0; i < 300; i++) {
		struct directory *below = NULL;

		all[i] = directory_new(NULL, "/", 1);
		fds[i] = directory_enter(all[i]);
		assert_true(fds[i] >= 0);
		below = directory_new(all[i], "usr", 3);
		directory_leave(all[i], fds[i]);
		directory_unref(all[i]);
		all[i] = below;
	}
	assert_in_range(open_now() - before, 1, 200);
	for (int i = 0; i < 300; i++) {
		fds[i] = directory_enter(all[i]);
		assert_true(fds[i] >= 0);
		directory_leave(all[i], fds[i]);
		directory_unref(all[i]);
	}
	assert_int_equal(open_now(), before);
}

static void below_a_base_paths_begin_at_its_descriptor(void **state)
{
	char top[] = "/tmp/certwalk-base-XXXXXX", sub[64];
	struct directory_base base = {.len = strlen("/proc/7/root")};
	struct directory *d = NULL;
	struct stat a, b;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(top));
	snprintf(sub, sizeof(sub), "%s/etc", top);
	assert_int_equal(symlink("/etc", sub), 0);
	snprintf(sub, sizeof(sub), "%s/sub", top);
	assert_int_equal(mkdir(sub, 0700), 0);
	base.fd = open(top, O_PATH | O_DIRECTORY);
	d = directory_new(NULL, "/proc/7/root", base.len);
	d->base = &base;
	fd = directory_open(d);
	assert_int_equal(fstat(fd, &a), 0);
	assert_int_equal(stat(top, &b), 0);
	assert_int_equal(a.st_ino, b.st_ino);
	close(fd);
	d = child(d, "sub");
	fd = directory_open(d);
	assert_int_equal(fstat(fd, &a), 0);
	assert_int_equal(stat(sub, &b), 0);
	assert_int_equal(a.st_ino, b.st_ino);
	close(fd);
	directory_unref(d);
	/* nothing there leads out */
	d = directory_new(NULL, "/proc/7/root/etc", base.len + 4);
	d->base = &base;
	fd = directory_open(d);
	assert_true(fd == -ELOOP || fd == -ENOTDIR);
	directory_unref(d);
	close(base.fd);
	rmdir(sub);
	snprintf(sub, sizeof(sub), "%s/etc", top);
	unlink(sub);
	rmdir(top);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_put_together_from_names),
		cmocka_unit_test(a_path_longer_than_path_max_can_be_opened),
		cmocka_unit_test(a_symbolic_link_on_the_way_is_not_followed),
		cmocka_unit_test(
			those_below_are_opened_by_a_parent_that_is_open),
		cmocka_unit_test(not_too_many_stay_open),
		cmocka_unit_test(below_a_base_paths_begin_at_its_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
