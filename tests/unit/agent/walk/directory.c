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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_put_together_from_names),
		cmocka_unit_test(a_path_longer_than_path_max_can_be_opened),
		cmocka_unit_test(a_symbolic_link_on_the_way_is_not_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
