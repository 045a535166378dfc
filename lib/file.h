/* SPDX-License-Identifier: Apache-2.0 */
/* Files of our own: read whole, replace atomically. */
#ifndef CW_LIB_FILE_H
#define CW_LIB_FILE_H

#include <sys/types.h>

#include "lib/buf.h"

/* Appends the whole of a regular file.  0, or -errno; -EFBIG above the
 * buffer's maximum, -EINVAL for what is not a regular file. */
int file_read(const char *path, struct buf *out);

/* The same for a file of ours that holds a secret: -EPERM where others than
 * its owner may read or write it, or where the owner is neither root nor us. */
int file_read_secret(const char *path, struct buf *out);

/* A replacement under way: bytes go to a temporary file beside ${path}. */
struct replace {
	int fd;
	int dir;
	char path[4096];
	char temp[4096 + 32];
};

/* Starts it.  ${mode} is the new file's.  0 or -errno. */
int replace_open(struct replace *r, const char *path, mode_t mode);
int replace_write(struct replace *r, const void *data, size_t len);
/* Flushes to disk, renames over ${path}, flushes the directory.  On failure
 * the old file is as it was and the temporary one is gone. */
int replace_commit(struct replace *r);
/* Gives up: removes the temporary file.  No-op after a commit. */
void replace_abort(struct replace *r);

/* All three in one. */
int file_replace(const char *path, mode_t mode, const void *data, size_t len);

/* Writes all of it, over interruptions and short writes: 0 or -errno. */
int file_write_all(int fd, const void *data, size_t len);

/* A new file without a name on the file system of folder ${dir}, for reading
 * and writing; ${flags} as of open(2) besides.  Descriptor or -errno. */
int file_nameless(const char *dir, int flags);

/* mkdir -p with ${mode} for what is new: 0 or -errno. */
int file_make_directories(const char *path, mode_t mode);

/* ${ret} = dir "/" name: 0, or -ENAMETOOLONG. */
int file_path(char *ret, size_t cap, const char *dir, const char *name);

#endif
