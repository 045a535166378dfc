/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/command/trust.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int check_one(const char *path, char *why, size_t cap)
{
	struct stat st = {0};

	if (stat(path, &st) < 0) {
		snprintf(why, cap, "%s: %s", path, strerror(errno));
		return -errno;
	}
	if (st.st_uid != 0 && st.st_uid != geteuid()) {
		snprintf(why, cap, "%s belongs to user %u", path,
			 (unsigned int)st.st_uid);
		return -EPERM;
	}
	if ((st.st_mode & 022) && !(st.st_mode & S_ISVTX)) {
		snprintf(why, cap, "%s is writable by others (mode %04o)",
			 path, (unsigned int)st.st_mode & 07777);
		return -EPERM;
	}
	return 0;
}

/* Every folder from the root down, and the path itself. */
static int check_all(const char *path, char *why, size_t cap)
{
	char part[PATH_MAX];
	size_t len = strlen(path);
	int r = check_one("/", why, cap);

	for (size_t i = 1; i <= len && r == 0; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		r = check_one(part, why, cap);
	}
	return r;
}

int trust_check(const char *path, char *why, size_t cap)
{
	char real[PATH_MAX];
	int r;

	if (path[0] != '/' || strlen(path) >= PATH_MAX) {
		snprintf(why, cap, "%.200s: not an absolute path", path);
		return -EPERM;
	}
	r = check_all(path, why, cap);
	if (r < 0)
		return r;
	if (!realpath(path, real)) {
		snprintf(why, cap, "%s: %s", path, strerror(errno));
		return -errno;
	}
	return check_all(real, why, cap);
}
