/* SPDX-License-Identifier: Apache-2.0 */
/* Opens what a finder asks for.  The supervisor may open more than the asker
 * could, so it checks each request: regular file or folder, on a local file
 * system, within limits.  Symbolic links are followed, as servers follow
 * them. */
#ifndef CW_AGENT_PROC_CONFIG_OPEN_H
#define CW_AGENT_PROC_CONFIG_OPEN_H

#include "agent/finder/opener.h"
#include "agent/walk/mounts.h"
#include "lib/limits.h"

struct config_opener {
	const char *root;	/* "" for the host's; else all paths are below
				 * it, absolute links too */
	struct mounts mounts;
	bool inside;		/* mount points are told as below the root */
};

/* Reads the mounts; NULL is the host's root.  A table that cannot be read
 * stops nothing. */
void config_opener_init(struct config_opener *o, const char *root);
/* The same for the root of a process, through ${root}, with the mounts as the
 * process has them in the file ${mountinfo}. */
void config_opener_view(struct config_opener *o, const char *root,
			const char *mountinfo);
void config_opener_free(struct config_opener *o);

/* The path without symbolic links and "..", below the root: 0, or as
 * finder_opener's open(). */
int config_resolve(const struct config_opener *o, const char *path,
		   char ret[static 4096]);

/* Is a resolved path a folder? */
bool config_is_folder(const struct config_opener *o, const char *real);

/* For struct finder_opener; ${arg} is a struct config_opener. */
int config_open(void *arg, const char *path, struct finder_file *ret);

#endif
