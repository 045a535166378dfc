/* SPDX-License-Identifier: Apache-2.0 */
/* Which mounted file systems are walked.  From /proc/self/mountinfo
 * (proc_pid_mountinfo(5)), so that a mount that hangs is never touched. */
#ifndef CW_AGENT_WALK_MOUNTS_H
#define CW_AGENT_WALK_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "agent/config/config.h"

struct mount {
	char *path;		/* mount point, unescaped bytes */
	char *root;		/* of the mount within its file system */
	char *type;		/* ext4, nfs, ... */
	char *device;		/* "major:minor" */
	/* NULL: is walked; else why not, for the coverage */
	const char *refused;
	char *layers;		/* super options of an overlay, or NULL */
	size_t order;		/* of those that mounts_add() added */
};

struct mounts {
	struct mount *list;
	size_t count;
	/* their places in the list, in the order of paths and of devices; of
	 * one path or device, as they are listed */
	size_t *by_path;
	size_t *by_device;
};

/* For all tables that are read afterwards, of ${config}, which is borrowed
 * (NULL: none): the mounts that are walked although they are not by default, as
 * shell patterns of mount points (beginning with "/" or "*") or of types
 * (enter); whether no other is (one_file_system); by what files in the layers
 * of an overlay may be left out (exclude, include). */
void mounts_configure(const struct agent_config *config);

/* Reads the table.  Refused are mounts of types that mount_kind_refused() has;
 * those on removable media; one that shows again what another below one of
 * ${roots} (NULL-terminated), listed before, shows already (bind mounts); and
 * an overlay all of whose layers are walked by themselves.  0 or -errno;
 * mounts_free() in both cases. */
int mounts_read(struct mounts *m, const char *mountinfo,
		const char *const *roots);
void mounts_free(struct mounts *m);
/* Forgets those after the first ${count}. */
void mounts_cut(struct mounts *m, size_t count);

/* Adds another table, of ${most} mounts at most, with ${prefix} before each of
 * their paths; those that hold others come before them, those that others at
 * the same path cover are left out.  Nothing is judged.  0;
 * -E2BIG, and then they are not all there; -errno. */
int mounts_add(struct mounts *m, FILE *mountinfo, const char *prefix,
	       size_t most);
/* Judges the ${i}th as mounts_read() does, but for the layers of an overlay. */
void mounts_judge(struct mounts *m, size_t i, const char *const *roots);
/* The same for those, when the others are judged; ${prefix} goes before their
 * paths. */
void mounts_judge_layers(struct mounts *m, size_t i, const char *prefix,
			 const char *const *roots);
/* Is what lies at ${path}, in the ${i}th, seen below one of ${roots} through a
 * mount that is listed before it? */
bool mounts_shows(const struct mounts *m, size_t i, const char *path,
		  const char *const *roots);
/* Was it refused because all that is in it is walked elsewhere? */
bool mounts_is_shown(const struct mount *m);

/* Is its type one of a real, local file system? */
bool mounts_is_local(const struct mount *m);
/* Is ${path} ${top}, or in it? */
bool mounts_is_beneath(const char *path, const char *top);

/* The mount whose mount point is exactly ${path} (the uppermost), or NULL. */
const struct mount *mounts_at(const struct mounts *m, const char *path,
			      size_t len);
/* Are there mount points below directory ${path}, or right in it? */
enum mounts_near { MOUNTS_NONE, MOUNTS_BELOW, MOUNTS_IN };
enum mounts_near mounts_near(const struct mounts *m, const char *path);
/* The mount that ${path} lies in, or NULL. */
const struct mount *mounts_of(const struct mounts *m, const char *path);

#endif
