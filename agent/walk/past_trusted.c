/* SPDX-License-Identifier: Apache-2.0 */
/* File systems whose ctime is good enough to pass over what has not changed.
 * Not here: network and FUSE (another clock), FAT (none), tmpfs (a file that is
 * written through a mapping keeps its ctime), zfs (a rollback brings old ctimes
 * back), images (another may be mounted in one's place). */
#include "agent/walk/past.h"

static const struct {
	uint64_t type;
	enum past_trust trust;
} types[] = {
	{0xef53, PAST_TRUSTED},		/* ext2, ext3, ext4 */
	{0x58465342, PAST_SWAPS},	/* xfs */
	{0x9123683e, PAST_TRUSTED},	/* btrfs */
	{0x794c7630, PAST_SWAPS},	/* overlay: its layers may be xfs */
	{0xf2f52010, PAST_TRUSTED},	/* f2fs */
};

enum past_trust past_trusts(uint64_t type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i].type == type)
			return types[i].trust;
	}
	return PAST_UNTRUSTED;
}
