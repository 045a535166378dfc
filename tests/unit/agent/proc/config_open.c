/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
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
	config_opener_init(&host, "");
	assert_int_equal(config_open(&host, "/proc/self/environ", &f), -ENOENT);
	if (access("/dev/shm", F_OK) == 0 && access("/dev/pts", F_OK) == 0)
		assert_int_equal(config_open(&host, "/dev/pts/0", &f),
				 -EREMOTE);
	config_opener_free(&host);
}

/* Swaps /etc/a, a folder, and /etc/b, a link out of the root, without end. */
static pid_t start_swapping(const char *outside)
{
	char a[128], b[128];
	pid_t pid;

	assert_int_equal(mkdir(at("/etc/a"), 0700), 0);
	assert_int_equal(file_replace(at("/etc/a/x"), 0600, "in", 2), 0);
	assert_int_equal(symlink(outside, at("/etc/b")), 0);
	snprintf(a, sizeof(a), "%s/etc/a", root);
	snprintf(b, sizeof(b), "%s/etc/b", root);
	pid = fork();
	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (pid == 0)
		renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
	assert_true(pid > 0);
	return pid;
}

#define WANTED 3000	/* a race is lost within some hundred */

/* How often what lies outside was opened, while what lies inside was WANTED
 * times. */
static unsigned int count_escapes(void)
{
	unsigned int inside = 0, escapes = 0;

	while (inside < WANTED) {
		char text[4] = "";
		struct finder_file f;
		struct statx st = {.stx_size = 2};

		if (config_open(&opener, "/etc/a/x", &f) == 0) {
			assert_true(read(f.fd, text, 3) > 0);
			escapes += strcmp(text, "in") != 0;
			inside++;
		}
		opener_free(&f);
		config_stat(&opener, "/etc/a/x", &st);
		escapes += st.stx_size != 2;
	}
	return escapes;
}

static int without_openat2(void)
{
	scmp_filter_ctx c = seccomp_init(SCMP_ACT_ALLOW);
	int r = seccomp_rule_add(c, SCMP_ACT_ERRNO(ENOSYS),
				 seccomp_syscall_resolve_name("openat2"), 0);

	r = r < 0 ? r : seccomp_load(c);
	seccomp_release(c);
	return r;
}

static void a_link_put_in_the_way_does_not_lead_out_of_the_root(void **state)
{
	char outside[80], name[96];
	pid_t swapping, other;
	int status = -1;

	(void)state;
	snprintf(outside, sizeof(outside), "%s.out", root);
	snprintf(name, sizeof(name), "%s/x", outside);
	assert_int_equal(mkdir(outside, 0700), 0);
	assert_int_equal(file_replace(name, 0600, "out", 3), 0);
	swapping = start_swapping(outside);
	other = fork();
	assert_true(other >= 0);
	if (other == 0)
		_exit(without_openat2() < 0 || count_escapes() > 0);
	assert_int_equal(count_escapes(), 0);
	assert_int_equal(waitpid(other, &status, 0), other);
	assert_int_equal(status, 0);
	kill(swapping, SIGKILL);
	assert_int_equal(waitpid(swapping, NULL, 0), swapping);
	unlink(name);
	rmdir(outside);
}

static void a_root_on_no_local_file_system_is_refused(void **state)
{
	static const char text[] = "22 1 0:30 / / rw - fuse.x x rw\n";
	struct config_opener o;
	char path[128];
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/mountinfo", root);
	assert_int_equal(file_replace(path, 0600, text, sizeof(text) - 1), 0);
	fd = open(path, O_RDONLY);
	assert_int_equal(config_opener_view(&o, open(root, O_PATH), fd),
			 -EREMOTE);
	assert_int_equal(config_opener_view(&o, open(root, O_PATH), -1),
			 -ESRCH);
}

/* As many as there may be, and one. */
static void a_view_with_too_many_mounts_is_refused(void **state)
{
	struct config_opener o;
	char path[128];
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/mountinfo", root);
	f = fopen(path, "w");
	for (int i = 0; i < LIMIT_NAMESPACE_MOUNTS; i++)
		fprintf(f, "%d 1 0:%d / /m%d rw - nfs x rw\n", i, i, i);
	fflush(f);
	assert_int_equal(config_opener_view(&o, open(root, O_PATH),
					    open(path, O_RDONLY)), 0);
	assert_int_equal(config_open(&o, "/m7/x", &(struct finder_file){0}),
			 -EREMOTE);
	config_opener_free(&o);
	fprintf(f, "1 1 0:1 / /m rw - nfs x rw\n");
	fclose(f);
	assert_int_equal(config_opener_view(&o, open(root, O_PATH),
					    open(path, O_RDONLY)), -E2BIG);
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
		TEST(a_link_put_in_the_way_does_not_lead_out_of_the_root),
		TEST(a_root_on_no_local_file_system_is_refused),
		TEST(a_view_with_too_many_mounts_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
