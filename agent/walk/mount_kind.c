/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/mount_kind.h"

#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEPTH_MAX 8	/* devices made of devices */

static const char image[] = "an image for reading only";
static const char network[] = "a network file system";
static const char fuse[] = "a FUSE file system";
static const char pseudo[] = "a pseudo file system";

static const struct {
	const char *type;	/* a shell pattern */
	const char *refused;
} kinds[] = {
	{"ext[234]", NULL},	{"xfs", NULL},		{"btrfs", NULL},
	{"zfs", NULL},		{"f2fs", NULL},		{"jfs", NULL},
	{"reiserfs", NULL},	{"bcachefs", NULL},	{"nilfs2", NULL},
	{"overlay", NULL},	{"aufs", NULL},		{"tmpfs", NULL},
	{"ramfs", NULL},	{"rootfs", NULL},	{"vfat", NULL},
	{"msdos", NULL},	{"exfat", NULL},	{"ntfs", NULL},
	{"ntfs3", NULL},	{"ubifs", NULL},	{"jffs2", NULL},
	{"hfs", NULL},		{"hfsplus", NULL},	{"gfs2", NULL},
	{"ocfs2", NULL},	{"minix", NULL},	{"udf", NULL},

	{"squashfs", image},	{"erofs", image},	{"iso9660", image},
	{"cramfs", image},	{"romfs", image},

	{"nfs", network},	{"nfs4", network},	{"cifs", network},
	{"smb*", network},	{"9p", network},	{"virtiofs", network},
	{"ceph", network},	{"afs", network},	{"coda", network},
	{"lustre", network},	{"gpfs", network},	{"beegfs*", network},
	{"orangefs", network},	{"pvfs2", network},	{"glusterfs", network},
	{"ncp*", network},	{"vboxsf", network},	{"vmhgfs", network},
	{"prl_fs", network},

	{"fuse", fuse},		{"fuse.*", fuse},	{"fuseblk", fuse},

	{"autofs", pseudo},	{"bdev", pseudo},	{"binder*", pseudo},
	{"binfmt_misc", pseudo}, {"bpf", pseudo},	{"cgroup*", pseudo},
	{"configfs", pseudo},	{"cpuset", pseudo},	{"debugfs", pseudo},
	{"devpts", pseudo},	{"devtmpfs", pseudo},	{"efivarfs", pseudo},
	{"fusectl", pseudo},	{"hugetlbfs", pseudo},	{"mqueue", pseudo},
	{"nfsd", pseudo},	{"nsfs", pseudo},	{"proc", pseudo},
	{"pstore", pseudo},	{"resctrl", pseudo},	{"rpc_pipefs", pseudo},
	{"securityfs", pseudo},	{"selinuxfs", pseudo},	{"smackfs", pseudo},
	{"sysfs", pseudo},	{"tracefs", pseudo},	{"usbfs", pseudo},
};

const char *mount_kind_refused(const char *type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (fnmatch(kinds[i].type, type, 0) == 0)
			return kinds[i].refused;
	}
	return "not known as a local file system";
}

bool mount_kind_is_local(const char *type)
{
	const char *refused = mount_kind_refused(type);

	return !refused || refused == image;
}

/* The first bytes of a file in the folder of a block device; "" where there is
 * none. */
static void read_device(const char *sysfs, const char *device, const char *name,
			char *ret, size_t cap)
{
	char path[1024];
	FILE *f = NULL;

	ret[0] = '\0';
	snprintf(path, sizeof(path), "%s/dev/block/%.32s/%.300s", sysfs,
		 device, name);
	f = fopen(path, "re");
	if (!f)
		return;
	if (!fgets(ret, (int)cap, f))
		ret[0] = '\0';
	fclose(f);
	ret[strcspn(ret, "\n")] = '\0';
}

/* ../../devices/pci0000:00/0000:00:14.0/usb1/1-2/.../block/sdb/sdb1 */
static bool is_at_usb(const char *sysfs, const char *device)
{
	char path[512], to[4096];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/dev/block/%.32s", sysfs, device);
	n = readlink(path, to, sizeof(to) - 1);
	to[n > 0 ? n : 0] = '\0';
	return strstr(to, "/usb") != NULL;
}

static bool is_removable(const char *sysfs, const char *device, int depth);

static bool is_made_of_removable(const char *sysfs, const char *device,
				 int depth)
{
	char path[512], name[300], part[40];
	struct dirent *e = NULL;
	bool yes = false;
	DIR *d = NULL;

	snprintf(path, sizeof(path), "%s/dev/block/%.32s/slaves", sysfs,
		 device);
	d = depth > 0 ? opendir(path) : NULL;
	while (d && !yes && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "slaves/%.255s/dev", e->d_name);
		read_device(sysfs, device, name, part, sizeof(part));
		yes = *part && is_removable(sysfs, part, depth - 1);
	}
	if (d)
		closedir(d);
	return yes;
}

static bool is_removable(const char *sysfs, const char *device, int depth)
{
	char text[8];

	read_device(sysfs, device, "removable", text, sizeof(text));
	if (!*text)
		read_device(sysfs, device, "../removable", text, sizeof(text));
	return text[0] == '1' || is_at_usb(sysfs, device) ||
	       is_made_of_removable(sysfs, device, depth);
}

bool mount_kind_is_removable(const char *sysfs, const char *device)
{
	return is_removable(sysfs, device, DEPTH_MAX);
}

const char *mount_kind_option(const char *options, const char *name,
			      unsigned int *ret_len)
{
	size_t n = strlen(name);

	while (options) {
		if (strncmp(options, name, n) == 0 && options[n] == '=') {
			*ret_len = (unsigned int)strcspn(options + n + 1, ",");
			return options + n + 1;
		}
		options = strchr(options, ',');
		options += options != NULL;
	}
	return NULL;
}
