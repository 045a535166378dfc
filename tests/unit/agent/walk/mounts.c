/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/walk/mounts.h"
#include "lib/buf.h"
#include "lib/limits.h"

static struct mounts table;

static void read_table(const char *text, const char *const *roots)
{
	char path[] = "/tmp/certwalk-mounts-XXXXXX";
	int fd = mkstemp(path);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	assert_int_equal(mounts_read(&table, path, roots), 0);
	unlink(path);
}

static const char *const everything[] = {"/", NULL};

static const struct mount *at(const char *path)
{
	return mounts_at(&table, path, strlen(path));
}

static void local_file_systems_are_walked_others_refused(void **state)
{
	(void)state;
	read_table("22 1 254:0 / / rw shared:1 - ext4 /dev/vda rw\n"
		   "23 22 0:20 / /proc rw - proc proc rw\n"
		   "24 22 0:21 / /mnt/n rw - nfs4 srv:/x rw\n"
		   "25 22 0:22 / /mnt/f rw - fuse.sshfs x rw\n"
		   "26 22 0:23 / /run rw master:3 - tmpfs tmpfs rw\n",
		   everything);
	assert_null(at("/")->refused);
	assert_null(at("/run")->refused);
	assert_non_null(at("/proc")->refused);
	assert_non_null(at("/mnt/n")->refused);
	assert_non_null(at("/mnt/f")->refused);
	assert_null(at("/mnt"));
	assert_string_equal(mounts_of(&table, "/mnt/f/a/b")->type,
			    "fuse.sshfs");
	assert_string_equal(mounts_of(&table, "/mnt/foo")->type, "ext4");
	mounts_free(&table);
}

static void a_bind_mount_of_what_is_walked_is_refused(void **state)
{
	static const char *const srv[] = {"/srv", NULL};
	static const char text[] =
		"22 1 254:0 / / rw - ext4 /dev/vda rw\n"
		"23 22 254:0 /data/x /srv/x rw - ext4 /dev/vda rw\n"
		"24 22 254:1 / /srv/y rw - ext4 /dev/vdb rw\n";

	(void)state;
	read_table(text, everything);
	assert_non_null(at("/srv/x")->refused);
	assert_null(at("/srv/y")->refused);
	mounts_free(&table);
	/* where / is not walked, /data/x is seen nowhere else */
	read_table(text, srv);
	assert_null(at("/srv/x")->refused);
	mounts_free(&table);
}

static void what_another_mount_hides_is_walked_where_it_shows(void **state)
{
	(void)state;
	read_table("22 1 254:0 / / rw - ext4 /dev/vda rw\n"
		   "23 22 0:30 / /data rw - tmpfs tmpfs rw\n"
		   "24 22 254:0 /data /mnt/data rw - ext4 /dev/vda rw\n"
		   "25 22 254:0 /home /mnt/home rw - ext4 /dev/vda rw\n",
		   everything);
	assert_null(at("/mnt/data")->refused);
	assert_non_null(at("/mnt/home")->refused);
	mounts_free(&table);
}

static const char *why(const char *path)
{
	return at(path)->refused ? at(path)->refused : "";
}

static void each_kind_has_its_reason(void **state)
{
	(void)state;
	read_table("22 1 254:0 / / rw - ext4 /dev/vda rw\n"
		   "23 22 0:24 / /n rw - cifs //srv/x rw\n"
		   "24 22 7:1 / /snap/core/1 ro - squashfs /dev/loop1 ro\n"
		   "25 22 11:0 / /media/cd ro - iso9660 /dev/sr0 ro\n"
		   "26 22 0:25 / /sys rw - cgroup2 cgroup rw\n"
		   "27 22 0:26 / /x rw - newfs x rw\n"
		   "28 22 8:1 / /ntfs rw - fuseblk /dev/sda1 rw\n",
		   everything);
	assert_string_equal(why("/n"), "a network file system");
	assert_string_equal(why("/snap/core/1"), "an image for reading only");
	assert_string_equal(why("/media/cd"), "an image for reading only");
	assert_string_equal(why("/sys"), "a pseudo file system");
	assert_string_equal(why("/ntfs"), "a FUSE file system");
	assert_string_equal(why("/x"), "not known as a local file system");
	assert_true(mounts_is_local(at("/snap/core/1")));
	assert_false(mounts_is_local(at("/ntfs")));
	mounts_free(&table);
}

static void each_can_be_turned_on_by_type_or_point(void **state)
{
	static char nfs[] = "nfs*", mnt[] = "/mnt/f*";
	static char *items[] = {nfs, mnt};
	static struct agent_config config = {.enter = {items, 2}};
	static const char text[] =
		"22 1 254:0 / / rw - ext4 /dev/vda rw\n"
		"24 22 0:21 / /mnt/n rw - nfs4 srv:/x rw\n"
		"25 22 0:22 / /mnt/f rw - fuse.sshfs x rw\n"
		"26 22 0:23 / /mnt/g rw - fuse.sshfs y rw\n"
		"27 22 0:24 / /run rw - tmpfs y rw\n";

	(void)state;
	mounts_configure(&config);
	read_table(text, everything);
	assert_string_equal(why("/mnt/n"), "");
	assert_string_equal(why("/mnt/f"), "");
	assert_string_equal(why("/mnt/g"), "a FUSE file system");
	mounts_free(&table);
	config.one_file_system = true;
	read_table(text, everything);
	assert_string_equal(why("/"), "");
	assert_string_equal(why("/mnt/n"), "");
	assert_string_equal(why("/run"),
			    "another file system, by one_file_system");
	mounts_free(&table);
	mounts_configure(NULL);
}

static void an_overlay_is_walked_only_where_its_layers_are_not(void **state)
{
	static const char *const etc[] = {"/etc", NULL};
	static const char text[] =
		"22 1 254:0 / / rw - ext4 /dev/vda rw\n"
		"23 22 0:50 / /var/lib/x/merged rw - overlay overlay "
		"rw,lowerdir=/usr:/etc,upperdir=/tmp,workdir=/x\n"
		"24 22 0:51 / /gone rw - overlay overlay "
		"rw,lowerdir=/usr,upperdir=/nowhere/at/all,workdir=/x\n"
		"25 22 0:52 / /short rw - overlay overlay "
		"rw,lowerdir=l/AB:l/CD,upperdir=/tmp,workdir=/x\n"
		"26 22 0:53 / /odd rw - overlay overlay rw\n";

	(void)state;
	read_table(text, everything);
	assert_string_equal(why("/var/lib/x/merged"),
			    "its layers are walked one by one");
	assert_string_equal(why("/gone"), "");
	assert_string_equal(why("/short"), "its layers are walked one by one");
	assert_string_equal(why("/odd"), "");
	mounts_free(&table);
	read_table(text, etc);
	assert_string_equal(why("/var/lib/x/merged"), "");
	mounts_free(&table);
	/* the root of a container, whose layers nobody sees */
	read_table("22 1 0:50 / / rw - overlay overlay "
		   "rw,lowerdir=/usr:/etc,upperdir=/tmp,workdir=/x\n",
		   everything);
	assert_string_equal(why("/"), "");
	mounts_free(&table);
}

static void each_layer_that_has_an_option_of_its_own_counts(void **state)
{
	(void)state;
	read_table("22 1 254:0 / / rw - ext4 /dev/vda rw\n"
		   "23 22 0:50 / /all rw - overlay overlay "
		   "ro,lowerdir+=/usr,lowerdir+=/etc,datadir+=/tmp\n"
		   "24 22 0:51 / /lower rw - overlay overlay "
		   "ro,lowerdir+=/usr,lowerdir+=/nowhere/at/all\n"
		   "25 22 0:52 / /data rw - overlay overlay "
		   "ro,lowerdir+=/usr,datadir+=/tmp,datadir+=/nowhere\n"
		   "26 22 0:53 / /two rw - overlay overlay "
		   "ro,lowerdir=/usr::/nowhere/at/all\n",
		   everything);
	assert_string_equal(why("/all"), "its layers are walked one by one");
	assert_string_equal(why("/lower"), "");
	assert_string_equal(why("/data"), "");
	assert_string_equal(why("/two"), "");
	mounts_free(&table);
}

static void an_overlay_is_walked_where_a_pattern_cuts_a_layer(void **state)
{
	static const char text[] =
		"22 1 254:0 / / rw - ext4 /dev/vda rw\n"
		"23 22 0:50 / /merged rw - overlay overlay "
		"rw,lowerdir=/usr/lib,upperdir=/tmp,workdir=/x\n";
	static char pattern[32];
	static char *items[] = {pattern};
	static const struct option_list one = {items, 1};
	static struct agent_config config = {.exclude = {items, 1}};
	static const struct {
		const char *pattern;
		bool walked;
	} cases[] = {
		{"/usr/lib", true},	{"/usr", true},
		{"/us*", true},		{"/usr/lib/ssl*", true},
		{"/usr/libexec", false}, {"/srv/*", false},
	};

	(void)state;
	mounts_configure(&config);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(pattern, sizeof(pattern), "%s", cases[i].pattern);
		read_table(text, everything);
		assert_int_equal(!at("/merged")->refused, cases[i].walked);
		mounts_free(&table);
	}
	/* what is to be looked at may be named where it shows */
	config = (struct agent_config){.include = one};
	read_table(text, everything);
	assert_null(at("/merged")->refused);
	mounts_free(&table);
	mounts_configure(NULL);
}

static void names_are_unescaped(void **state)
{
	(void)state;
	read_table("22 1 254:0 / / rw - ext4 /dev/vda rw\n"
		   "23 22 254:1 / /a\\040b\\012c\\134d rw - xfs /dev/vdb rw\n",
		   everything);
	assert_non_null(at("/a b\nc\\d"));
	mounts_free(&table);
}

static void garbage_is_passed_over(void **state)
{
	(void)state;
	read_table("\n - \n1 2 3\n1 2 3 4 5 - \n \\4 - - -\n"
		   "22 1 254:0 / / rw - ext4 /dev/vda rw",
		   everything);
	assert_int_equal(table.count, 1);
	mounts_free(&table);
}

/* Adds the table of another namespace, of process 7, and judges it. */
static void add_table(const char *text, const char *const *roots)
{
	size_t first = table.count;
	FILE *f = fmemopen((void *)(uintptr_t)text, strlen(text), "r");

	assert_int_equal(mounts_add(&table, f, "/proc/7/root", 10), 0);
	fclose(f);
	for (size_t i = first; i < table.count; i++)
		mounts_judge(&table, i, roots);
}

static void what_our_mounts_show_another_namespace_shows_in_vain(void **state)
{
	static const char *const both[] = {"/", "/proc/7/root/new", NULL};

	(void)state;
	read_table("22 1 254:0 / / rw - ext4 /dev/vda rw\n"
		   "23 22 0:20 / /proc rw - proc proc rw\n"
		   "24 22 0:30 / /run rw - tmpfs tmpfs rw\n",
		   everything);
	add_table("52 51 0:40 / /new rw - tmpfs tmpfs rw\n"
		  "53 51 0:30 /x /run/x rw - tmpfs tmpfs rw\n"
		  "54 52 0:40 /y /new/again rw - tmpfs tmpfs rw\n"
		  "51 50 254:0 / / rw - ext4 /dev/vda rw\n", both);
	assert_string_equal(table.list[3].path, "/proc/7/root");
	assert_true(mounts_is_shown(at("/proc/7/root")));
	assert_true(mounts_is_shown(at("/proc/7/root/run/x")));
	assert_null(at("/proc/7/root/new")->refused);
	assert_true(mounts_is_shown(at("/proc/7/root/new/again")));
	assert_ptr_equal(mounts_of(&table, "/proc/7/root/new/z"),
			 at("/proc/7/root/new"));
	mounts_free(&table);
}

static void a_path_in_a_mount_is_compared_with_what_is_walked(void **state)
{
	static const char *const etc[] = {"/etc", NULL};
	size_t i;

	(void)state;
	read_table("22 1 254:0 / / rw - ext4 /dev/vda rw\n", etc);
	add_table("51 50 254:0 / / rw - ext4 /dev/vda rw\n", etc);
	i = (size_t)(at("/proc/7/root") - table.list);
	assert_null(table.list[i].refused);
	assert_true(mounts_shows(&table, i, "/proc/7/root/etc/x", etc));
	assert_false(mounts_shows(&table, i, "/proc/7/root/srv", etc));
	mounts_free(&table);
}

static void a_table_that_is_too_long_is_not_taken_in_part(void **state)
{
	static const char text[] = "51 50 0:1 / / rw - tmpfs x rw\n"
				   "52 51 0:2 / /a rw - tmpfs x rw\n";
	FILE *f = fmemopen((void *)(uintptr_t)text, strlen(text), "r");

	(void)state;
	read_table("22 1 254:0 / / rw - ext4 /dev/vda rw\n", everything);
	assert_int_equal(mounts_add(&table, f, "/proc/7/root", 1), -E2BIG);
	fclose(f);
	mounts_cut(&table, 1);
	assert_int_equal(table.count, 1);
	mounts_free(&table);
}

static void what_another_mount_covers_is_left_out(void **state)
{
	static const char text[] = "51 50 0:1 / / rw - tmpfs x rw\n"
				   "53 51 0:2 / /a/b rw - nfs x rw\n"
				   "52 51 0:3 / /c rw - nfs x rw\n"
				   "54 52 0:4 / /c rw - autofs x rw\n"
				   "55 53 0:5 / /c rw - ext4 x rw\n";
	FILE *f = fmemopen((void *)(uintptr_t)text, strlen(text), "r");

	(void)state;
	table = (struct mounts){.count = 0};
	assert_int_equal(mounts_add(&table, f, "", 10), 0);
	fclose(f);
	assert_int_equal(table.count, 3);
	assert_string_equal(table.list[0].path, "/");
	assert_string_equal(table.list[1].path, "/c");
	assert_string_equal(table.list[1].type, "ext4");
	assert_string_equal(table.list[2].path, "/a/b");
	mounts_free(&table);
}

/* As a host with many containers has them: all of one device, all seen through
 * the first, but for the last ones, which nothing else shows. */
static void ten_thousand_mounts_are_judged(void **state)
{
	char path[32];
	struct buf b;

	(void)state;
	buf_init(&b, MIB(2));
	buf_adds(&b, "1 0 8:1 / / rw - ext4 /dev/a rw\n");
	for (int i = 0; i < 10000; i++)
		buf_addf(&b, "%d 1 8:%d /x/%d /run/%d rw - ext4 /dev/a rw\n",
			 i + 2, i < 9000 ? 1 : 2, i, i);
	read_table(buf_str(&b), everything);
	buf_free(&b);
	assert_int_equal(table.count, 10001);
	for (int i = 0; i < 10000; i++) {
		snprintf(path, sizeof(path), "/run/%d", i);
		assert_ptr_equal(at(path), &table.list[i + 1]);
		assert_int_equal(mounts_is_shown(at(path)), i < 9000);
	}
	mounts_free(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(local_file_systems_are_walked_others_refused),
		cmocka_unit_test(a_bind_mount_of_what_is_walked_is_refused),
		cmocka_unit_test(
			what_another_mount_hides_is_walked_where_it_shows),
		cmocka_unit_test(each_kind_has_its_reason),
		cmocka_unit_test(each_can_be_turned_on_by_type_or_point),
		cmocka_unit_test(
			an_overlay_is_walked_only_where_its_layers_are_not),
		cmocka_unit_test(
			each_layer_that_has_an_option_of_its_own_counts),
		cmocka_unit_test(
			an_overlay_is_walked_where_a_pattern_cuts_a_layer),
		cmocka_unit_test(names_are_unescaped),
		cmocka_unit_test(garbage_is_passed_over),
		cmocka_unit_test(
			what_our_mounts_show_another_namespace_shows_in_vain),
		cmocka_unit_test(
			a_path_in_a_mount_is_compared_with_what_is_walked),
		cmocka_unit_test(a_table_that_is_too_long_is_not_taken_in_part),
		cmocka_unit_test(what_another_mount_covers_is_left_out),
		cmocka_unit_test(ten_thousand_mounts_are_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
