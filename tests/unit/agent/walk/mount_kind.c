/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/walk/mount_kind.h"
#include "tests/unit/folder.h"

static void disks_and_memory_are_walked(void **state)
{
	(void)state;
	assert_null(mount_kind_refused("ext4"));
	assert_null(mount_kind_refused("tmpfs"));
	assert_non_null(mount_kind_refused("ext5"));
	assert_non_null(mount_kind_refused("fuse.glusterfs"));
	assert_non_null(mount_kind_refused(""));
	assert_true(mount_kind_is_local("squashfs"));
	assert_false(mount_kind_is_local("nfs"));
}

static void put(const char *top, const char *path, const char *text)
{
	char full[256];
	FILE *f;

	snprintf(full, sizeof(full), "%s/%s", top, path);
	if (!text) {
		assert_int_equal(mkdir(full, 0755), 0);
		return;
	}
	f = fopen(full, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void a_partition_is_as_its_disk(void **state)
{
	static const char *const made[] = {
		"dev/block/8:1", "dev/block/8:0/removable", "dev/block/8:0",
		"dev/block/removable", "dev/block", "dev", "",
	};
	char top[] = "/tmp/mount-kind.XXXXXX", path[256];

	(void)state;
	assert_non_null(mkdtemp(top));
	put(top, "dev", NULL);
	put(top, "dev/block", NULL);
	put(top, "dev/block/8:0", NULL);
	put(top, "dev/block/8:1", NULL);
	put(top, "dev/block/8:0/removable", "0\n");
	/* what ".." of a partition's folder is, in place of the disk's */
	put(top, "dev/block/removable", "1\n");
	assert_false(mount_kind_is_removable(top, "8:0"));
	assert_true(mount_kind_is_removable(top, "8:1"));
	assert_false(mount_kind_is_removable(top, "0:50"));
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", top, made[i]);
		assert_int_equal(remove(path), 0);
	}
}

/* A folder of a device, with those above it, and a link by its number. */
static void put_device(const char *top, const char *number, const char *path)
{
	char full[512], link[256], to[256];

	snprintf(full, sizeof(full), "%s/devices/%s", top, path);
	for (char *p = full + strlen(top) + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		mkdir(full, 0755);
		*p = '/';
	}
	assert_int_equal(mkdir(full, 0755), 0);
	snprintf(to, sizeof(to), "../../devices/%s", path);
	snprintf(link, sizeof(link), "%s/dev/block/%s", top, number);
	assert_int_equal(symlink(to, link), 0);
}

/* A device that is made of another. */
static void put_made(const char *top, const char *number, const char *name,
		     const char *of)
{
	char path[128], text[32];

	snprintf(path, sizeof(path), "virtual/block/%s", name);
	put_device(top, number, path);
	snprintf(path, sizeof(path), "devices/virtual/block/%s/slaves", name);
	put(top, path, NULL);
	snprintf(path, sizeof(path), "devices/virtual/block/%s/slaves/x", name);
	put(top, path, NULL);
	snprintf(path, sizeof(path), "devices/virtual/block/%s/slaves/x/dev",
		 name);
	snprintf(text, sizeof(text), "%s\n", of);
	put(top, path, text);
}

static void what_lies_on_a_usb_disk_is_removable(void **state)
{
	char top[] = "/tmp/mount-kind.XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(top));
	put(top, "dev", NULL);
	put(top, "dev/block", NULL);
	put_device(top, "8:0", "pci0/ata1/host0/block/sda");
	put_device(top, "8:1", "pci0/ata1/host0/block/sda/sda1");
	put_device(top, "8:16", "pci0/usb1/1-2/block/sdb");
	put_device(top, "8:17", "pci0/usb1/1-2/block/sdb/sdb1");
	/* it says of itself that it stays */
	put(top, "devices/pci0/usb1/1-2/block/sdb/removable", "0\n");
	put_made(top, "253:0", "dm-0", "8:1");
	/* LUKS on a stick, what LVM makes of it, and one made of itself */
	put_made(top, "253:1", "dm-1", "8:17");
	put_made(top, "253:2", "dm-2", "253:1");
	put_made(top, "253:3", "dm-3", "253:3");
	assert_false(mount_kind_is_removable(top, "8:1"));
	assert_true(mount_kind_is_removable(top, "8:16"));
	assert_true(mount_kind_is_removable(top, "8:17"));
	assert_false(mount_kind_is_removable(top, "253:0"));
	assert_true(mount_kind_is_removable(top, "253:1"));
	assert_true(mount_kind_is_removable(top, "253:2"));
	assert_false(mount_kind_is_removable(top, "253:3"));
	folder_remove(top);
}

static void options_are_found_by_their_whole_name(void **state)
{
	static const char text[] = "rw,xlowerdir=/no,lowerdir=/a:/b,upperdir=";
	unsigned int len = 9;
	const char *v = mount_kind_option(text, "lowerdir", &len);

	(void)state;
	assert_int_equal(len, 5);
	assert_memory_equal(v, "/a:/b", 5);
	assert_non_null(mount_kind_option(text, "upperdir", &len));
	assert_int_equal(len, 0);
	assert_null(mount_kind_option(text, "workdir", &len));
	assert_null(mount_kind_option("", "workdir", &len));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(disks_and_memory_are_walked),
		cmocka_unit_test(a_partition_is_as_its_disk),
		cmocka_unit_test(what_lies_on_a_usb_disk_is_removable),
		cmocka_unit_test(options_are_found_by_their_whole_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
