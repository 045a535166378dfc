/* SPDX-License-Identifier: Apache-2.0 */
/* How a finder gets files: it asks, someone else opens.  In production that is
 * the supervisor, at the other end of a socket. */
#ifndef CW_AGENT_FINDER_OPENER_H
#define CW_AGENT_FINDER_OPENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a path turned out to be. */
struct finder_file {
	int fd;			/* of a file, at its start; the asker closes */
	uint64_t size;
	bool is_folder;
	char **names;		/* of a folder, not sorted; opener_free() */
	size_t n_names;
};

struct finder_opener {
	/* An absolute path, symbolic links followed.  0, or -errno: -ENOENT;
	 * -EINVAL for what is neither file nor folder; -EFBIG above
	 * LIMIT_FINDER_FILE or LIMIT_FINDER_NAMES; -EREMOTE on a file system
	 * that is not entered; -ECANCELED: no more may be asked for. */
	int (*open)(void *arg, const char *path, struct finder_file *ret);
	void *arg;
};

void opener_free(struct finder_file *f);

#endif
