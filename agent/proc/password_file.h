/* SPDX-License-Identifier: Apache-2.0 */
/* Files of passwords that the configuration names: one on a line, in UTF-8.
 * Empty lines are passed over; white space belongs to the password. */
#ifndef CW_AGENT_PROC_PASSWORD_FILE_H
#define CW_AGENT_PROC_PASSWORD_FILE_H

#include "lib/buf.h"

/* Reads ${path} into ${out}, whose maximum is LIMIT_PASSWORD_FILE and which the
 * caller frees as a secret.  0; -EPERM where others may read or write it, or it
 * is neither root's nor ours; -EFBIG; -E2BIG: too many; -EBADMSG: one is longer
 * than LIMIT_PASSWORD or has a zero byte; -EINVAL: no regular file; -errno. */
int password_file_read(const char *path, struct buf *out);

/* What such an error means, without anything of the file. */
const char *password_file_fault(int error);

/* The next password from *at on, which moves behind it: false after the last.
 * Borrows from the text. */
bool password_file_next(const struct buf *text, size_t *at, const char **ret,
			size_t *ret_len);

#endif
