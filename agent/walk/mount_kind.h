/* SPDX-License-Identifier: Apache-2.0 */
/* What kind of file system a type names, and what it is mounted from. */
#ifndef CW_AGENT_WALK_MOUNT_KIND_H
#define CW_AGENT_WALK_MOUNT_KIND_H

#include <stdbool.h>

/* Why a file system of this type is not walked by default: "a network file
 * system" and so on; NULL for one on a local disk or in memory. */
const char *mount_kind_refused(const char *type);

/* Local, images for reading only included. */
bool mount_kind_is_local(const char *type);

/* Can the medium of block device ${device}, "major:minor", be taken out, or the
 * disk itself, as one at USB?  ${sysfs}: "/sys".  A partition is as its disk;
 * one that the kernel makes of others (device mapper, LUKS, RAID) is so if one
 * of them is. */
bool mount_kind_is_removable(const char *sysfs, const char *device);

/* The value of an option (up to a comma) in an overlay's super options, such as
 * "rw,lowerdir=/a:/b,upperdir=/c": its length in *ret_len; NULL where it is not
 * there. */
const char *mount_kind_option(const char *options, const char *name,
			      unsigned int *ret_len);

#endif
