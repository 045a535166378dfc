/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/proc/password_file.h"

#include <errno.h>
#include <string.h>

#include "lib/file.h"
#include "lib/limits.h"

bool password_file_next(const struct buf *text, size_t *at, const char **ret,
			size_t *ret_len)
{
	while (*at < text->len) {
		const char *p = (const char *)text->data + *at;
		const char *end = memchr(p, '\n', text->len - *at);
		size_t len = end ? (size_t)(end - p) : text->len - *at;

		*at += len + 1;
		if (len > 0 && p[len - 1] == '\r')
			len--;
		if (len == 0)
			continue;
		*ret = p;
		*ret_len = len;
		return true;
	}
	return false;
}

int password_file_read(const char *path, struct buf *out)
{
	const char *one = NULL;
	size_t at = 0, len = 0, n = 0;
	/* a buffer that grows would leave copies behind */
	int r = buf_reserve(out, LIMIT_PASSWORD_FILE);

	if (r == 0)
		r = file_read_secret(path, out);
	while (r == 0 && password_file_next(out, &at, &one, &len)) {
		if (++n > LIMIT_PASSWORDS)
			r = -E2BIG;
		else if (len > LIMIT_PASSWORD || memchr(one, 0, len))
			r = -EBADMSG;
	}
	return r;
}

const char *password_file_fault(int error)
{
	switch (error) {
	case -EPERM:
		return "has to be root's, and closed to group and others "
		       "(chmod 0600): it is not used";
	case -EFBIG:
	case -E2BIG:
		return "has more than 64 KiB or 1000 lines: it is not used";
	case -EBADMSG:
		return "has a line above 1024 bytes or with a zero byte: it is "
		       "not used";
	case -EINVAL:
		return "is not a regular file";
	default:
		return strerror(-error);
	}
}
