/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/activation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST 3		/* SD_LISTEN_FDS_START */
#define MOST 64

/* 0 or -EINVAL; -ENOENT where it is not set. */
static int number(const char *variable, long most, long *ret)
{
	const char *text = getenv(variable);
	char *end = NULL;
	long n = text && *text ? strtol(text, &end, 10) : 0;

	if (!text)
		return -ENOENT;
	if (!*text || *end || n < 0 || n > most)
		return -EINVAL;
	*ret = n;
	return 0;
}

static bool is_next(const char *names, const char *name)
{
	size_t len = strcspn(names, ":");

	return len == strlen(name) && memcmp(names, name, len) == 0;
}

int activation_socket(const char *name)
{
	const char *names = getenv("LISTEN_FDNAMES");
	long pid = 0, n = 0;
	int r = number("LISTEN_PID", 1L << 30, &pid), found = -ENOENT;

	if (r == 0)
		r = number("LISTEN_FDS", MOST, &n);
	if (r < 0)
		return r;
	if (pid != getpid() || !names)
		return -ENOENT;
	for (int fd = FIRST; fd < FIRST + n; fd++) {
		if (is_next(names, name)) {
			if (found >= 0)
				return -EINVAL;
			found = fd;
		}
		names += strcspn(names, ":");
		if (*names)
			names++;
		else if (fd + 1 < FIRST + n)
			return -EINVAL;
	}
	if (found >= 0 && fcntl(found, F_SETFD, FD_CLOEXEC) < 0)
		return -EINVAL;
	return found;
}
