/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/mounts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOUNTS_MAX 100000

static const char not_real[] = "not a local file system";
static const char twice[] = "shows what another mount shows";

static const char *const real[] = {
	"ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "jfs",
	"reiserfs", "bcachefs", "nilfs2", "overlay", "aufs", "tmpfs", "ramfs",
	"rootfs", "vfat", "msdos", "exfat", "ntfs3", "ubifs", "jffs2", "erofs",
	"squashfs", "iso9660", "udf", "hfsplus", "gfs2", "ocfs2", NULL,
};

static bool is_real(const char *type)
{
	for (size_t i = 0; real[i]; i++) {
		if (strcmp(real[i], type) == 0)
			return true;
	}
	return false;
}

bool mounts_is_local(const struct mount *m)
{
	return is_real(m->type);
}

/* \040 and so on, as the kernel writes them; in place */
static void unescape(char *s)
{
	char *out = s;

	while (*s) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' &&
		    s[2] <= '7' && s[3] >= '0' && s[3] <= '7') {
			*out++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 |
					(s[3] - '0'));
			s += 4;
		} else {
			*out++ = *s++;
		}
	}
	*out = '\0';
}

/* id parent major:minor root mountpoint options... - type source options */
static int parse_line(char *line, struct mount *ret)
{
	char *field[5] = {NULL}, *save = NULL, *type;
	char *dash = strstr(line, " - ");

	if (!dash)
		return -EINVAL;
	*dash = '\0';
	for (size_t i = 0; i < 5; i++) {
		field[i] = strtok_r(i ? NULL : line, " ", &save);
		if (!field[i])
			return -EINVAL;
	}
	type = strtok_r(dash + 3, " \n", &save);
	if (!type)
		return -EINVAL;
	unescape(field[3]);
	unescape(field[4]);
	*ret = (struct mount){strdup(field[4]), strdup(field[3]), strdup(type),
			      strdup(field[2]), NULL};
	return ret->path && ret->root && ret->type && ret->device ? 0 : -ENOMEM;
}

bool mounts_is_beneath(const char *path, const char *top)
{
	size_t n = strlen(top);

	if (n == 1)
		return true;
	return strncmp(path, top, n) == 0 && (path[n] == '/' || !path[n]);
}

static bool is_walked(const char *path, const char *const *roots)
{
	for (; *roots; roots++) {
		if (mounts_is_beneath(path, *roots))
			return true;
	}
	return false;
}

/* Is what lies at ${root} of the file system really seen through ${m}[i], or is
 * it behind another mount, or that mount itself behind one not walked? */
static bool is_seen(const struct mounts *m, const struct mount *through,
		    const char *root)
{
	size_t skip = strlen(through->root);
	char place[8192];

	skip = skip == 1 ? 0 : skip;
	snprintf(place, sizeof(place), "%s%s",
		 strcmp(through->path, "/") == 0 ? "" : through->path,
		 root + skip);
	if (mounts_of(m, *place ? place : "/") != through)
		return false;
	for (size_t i = 0; i < m->count; i++) {
		const struct mount *above = &m->list[i];

		if (above != through && above->refused &&
		    mounts_is_beneath(through->path, above->path))
			return false;
	}
	return true;
}

static bool shown_before(const struct mounts *m, const struct mount *it,
			 const char *const *roots)
{
	for (size_t i = 0; i < m->count && &m->list[i] != it; i++) {
		const struct mount *other = &m->list[i];

		if (!other->refused && strcmp(other->device, it->device) == 0 &&
		    mounts_is_beneath(it->root, other->root) &&
		    is_walked(other->path, roots) &&
		    is_seen(m, other, it->root))
			return true;
	}
	return false;
}

static int add_line(struct mounts *m, char *line)
{
	struct mount *list = NULL;
	struct mount it = {0};
	int r;

	if (m->count == MOUNTS_MAX)
		return -E2BIG;
	list = realloc(m->list, (m->count + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	m->list = list;
	r = parse_line(line, &it);
	if (r == -EINVAL)
		return 0;
	m->list[m->count++] = it;
	return r;
}

int mounts_read(struct mounts *m, const char *mountinfo,
		const char *const *roots)
{
	FILE *f = fopen(mountinfo, "re");
	char *line = NULL;
	size_t cap = 0;
	int r = 0;

	*m = (struct mounts){0};
	if (!f)
		return -errno;
	while (r == 0 && getline(&line, &cap, f) > 0)
		r = add_line(m, line);
	free(line);
	fclose(f);
	for (size_t i = 0; i < m->count; i++) {
		struct mount *it = &m->list[i];

		if (!is_real(it->type))
			it->refused = not_real;
		else if (shown_before(m, it, roots))
			it->refused = twice;
	}
	return r;
}

void mounts_free(struct mounts *m)
{
	for (size_t i = 0; i < m->count; i++) {
		free(m->list[i].path);
		free(m->list[i].root);
		free(m->list[i].type);
		free(m->list[i].device);
	}
	free(m->list);
	*m = (struct mounts){0};
}

const struct mount *mounts_at(const struct mounts *m, const char *path,
			      size_t len)
{
	for (size_t i = m->count; i-- > 0;) {
		const char *p = m->list[i].path;

		if (strlen(p) == len && memcmp(p, path, len) == 0)
			return &m->list[i];
	}
	return NULL;
}

const struct mount *mounts_of(const struct mounts *m, const char *path)
{
	const struct mount *best = NULL;

	for (size_t i = 0; i < m->count; i++) {
		const struct mount *it = &m->list[i];

		if (mounts_is_beneath(path, it->path) &&
		    (!best || strlen(it->path) >= strlen(best->path)))
			best = it;
	}
	return best;
}
