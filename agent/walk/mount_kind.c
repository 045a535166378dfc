/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/mount_kind.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

bool mount_kind_is_removable(const char *sysfs, const char *device)
{
	static const char *const where[] = {"", "../"};
	char path[512];

	for (size_t i = 0; i < 2; i++) {
		FILE *f = NULL;
		int c = 0;

		snprintf(path, sizeof(path), "%s/dev/block/%.32s/%sremovable",
			 sysfs, device, where[i]);
		f = fopen(path, "re");
		if (!f)
			continue;
		c = fgetc(f);
		fclose(f);
		return c == '1';
	}
	return false;
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
