/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/proc/config_open.h"
#include "lib/file.h"

static char root[64];
static struct config_opener opener;

static const char *at(const char *path)
{
	static char full[4096];

	snprintf(full, sizeof(full), "%s%s", root, path);
	return full;
}

static int setup(void **state)
{
	(void)state;
	snprintf(root, sizeof(root), "/tmp/certwalk-open.XXXXXX");
	if (!mkdtemp(root))
		return -1;
	config_opener_init(&opener, root);
	mkdir(at("/etc"), 0700);
	mkdir(at("/etc/d"), 0700);
	file_replace(at("/etc/file"), 0600, "text", 4);
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	config_opener_free(&opener);
	snprintf(command, sizeof(command), "rm -r %s", root);
	return (system)(command);
}

static int open_result(const char *path)
{
	struct finder_file f;
	int r = config_open(&opener, path, &f);

	opener_free(&f);
	return r;
}

static void files_come_with_their_size_and_folders_with_names(void **state)
{
	struct finder_file f;
	char text[8] = "";

	(void)state;
	assert_int_equal(config_open(&opener, "/etc/file", &f), 0);
	assert_int_equal(f.size, 4);
	assert_int_equal(read(f.fd, text, sizeof(text)), 4);
	assert_string_equal(text, "text");
	opener_free(&f);
	assert_int_equal(config_open(&opener, "//etc/./", &f), 0);
	assert_true(f.is_folder);
	assert_int_equal(f.n_names, 2);
	assert_string_equal(f.names[0], "d");
	assert_string_equal(f.names[1], "file");
	opener_free(&f);
}

static void links_stay_below_the_root(void **state)
{
	char real[4096];

	(void)state;
	assert_int_equal(symlink("/etc/file", at("/etc/d/absolute")), 0);
	assert_int_equal(symlink("../../../../etc/file", at("/etc/d/up")), 0);
	assert_int_equal(symlink("d", at("/etc/folder")), 0);
	assert_int_equal(config_resolve(&opener, "/etc/folder/absolute", real),
			 0);
	assert_string_equal(real, "/etc/file");
	assert_int_equal(config_resolve(&opener, "/etc/d/up", real), 0);
	assert_string_equal(real, "/etc/file");
	assert_int_equal(open_result("/etc/folder/up"), 0);
}

static void what_is_no_file_is_refused(void **state)
{
	(void)state;
	assert_int_equal(mkfifo(at("/etc/fifo"), 0600), 0);
	assert_int_equal(symlink("loop", at("/etc/loop")), 0);
	assert_int_equal(open_result("/etc/fifo"), -EINVAL);
	assert_int_equal(open_result("/etc/loop"), -ELOOP);
	assert_int_equal(open_result("/etc/gone"), -ENOENT);
	assert_int_equal(open_result("/etc/file/x"), -ENOTDIR);
	assert_int_equal(open_result("etc/file"), -EINVAL);
	assert_int_equal(truncate(at("/etc/file"), LIMIT_FINDER_FILE + 1), 0);
	assert_int_equal(open_result("/etc/file"), -EFBIG);
}

static void paths_of_any_length_are_survived(void **state)
{
	char path[3 * 4096] = "/etc/";

	(void)state;
	memset(path + 5, 'x', 300);
	assert_int_equal(open_result(path), -ENAMETOOLONG);
	memset(path + 5, '/', sizeof(path) - 6);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(open_result(path), -ENAMETOOLONG);
	for (size_t i = 0; i + 2 < 4000; i += 2)
		memcpy(path + i, "/.", 3);
	assert_int_equal(open_result(path), 0);
}

static void other_file_systems_are_told(void **state)
{
	struct config_opener host;
	struct finder_file f;

	(void)state;
	config_opener_init(&host, NULL);
	assert_int_equal(config_open(&host, "/proc/self/environ", &f), -ENOENT);
	if (access("/dev/shm", F_OK) == 0 && access("/dev/pts", F_OK) == 0)
		assert_int_equal(config_open(&host, "/dev/pts/0", &f),
				 -EREMOTE);
	config_opener_free(&host);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(files_come_with_their_size_and_folders_with_names),
		TEST(links_stay_below_the_root),
		TEST(what_is_no_file_is_refused),
		TEST(paths_of_any_length_are_survived),
		TEST(other_file_systems_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
