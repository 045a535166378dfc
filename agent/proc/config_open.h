/* SPDX-License-Identifier: Apache-2.0 */
/* Opens what a finder asks for.  The supervisor may open more than the asker
 * could, so it checks each request: regular file or folder, on a local file
 * system, within limits.  Symbolic links are followed, as servers follow
 * them: by us, name by name, and the kernel follows none, so that nobody who
 * changes one meanwhile leads us out of the root. */
#ifndef CW_AGENT_PROC_CONFIG_OPEN_H
#define CW_AGENT_PROC_CONFIG_OPEN_H

#include <sys/stat.h>

#include "agent/finder/opener.h"
#include "agent/walk/mounts.h"
#include "lib/limits.h"

struct config_opener {
	int root;	/* O_PATH; all paths are below it, absolute links too */
	const char *before;	/* its own path, for the mounts; "": it is / */
	struct mounts mounts;
};

/* Opens the root, "" being the host's, and reads the mounts, as far as they can
 * be read; without a root nothing opens. */
void config_opener_init(struct config_opener *o, const char *root);
/* The same for the root of a process, O_PATH, and the mounts as the process has
 * them: two descriptors, which are taken.  0; -E2BIG: there are more than
 * LIMIT_NAMESPACE_MOUNTS; -EREMOTE: the root itself is on no local file system;
 * -errno. */
int config_opener_view(struct config_opener *o, int root, int mountinfo);
void config_opener_free(struct config_opener *o);

/* The path without symbolic links and "..", below the root: 0, or as
 * finder_opener's open(). */
int config_resolve(const struct config_opener *o, const char *path,
		   char ret[static 4096]);

/* Mode, owner, device and inode of a resolved path; 0 or -errno. */
int config_stat(const struct config_opener *o, const char *real,
		struct statx *ret);
/* Is it a folder? */
bool config_is_folder(const struct config_opener *o, const char *real);

/* For struct finder_opener; ${arg} is a struct config_opener. */
int config_open(void *arg, const char *path, struct finder_file *ret);

#endif
