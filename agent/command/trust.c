/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/command/trust.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 16	/* that lead to one another */

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
	if ((st.st_mode & 022) &&
	    !(S_ISDIR(st.st_mode) && (st.st_mode & S_ISVTX))) {
		snprintf(why, cap, "%s is writable by others (mode %04o)",
			 path, (unsigned int)st.st_mode & 07777);
		return -EPERM;
	}
	return 0;
}

static int check_all(const char *path, int depth, char *why, size_t cap);

/* Where ${part} is a link: that nobody else can turn it, nor what it leads
 * to. */
static int follow(const char *part, int depth, char *why, size_t cap)
{
	char to[PATH_MAX], next[2 * PATH_MAX];
	struct stat st = {0};
	ssize_t n;

	if (lstat(part, &st) < 0)
		return -errno;
	if (!S_ISLNK(st.st_mode))
		return 0;
	n = readlink(part, to, sizeof(to) - 1);
	if (n < 0 || depth >= LINKS_MAX ||
	    (st.st_uid != 0 && st.st_uid != geteuid())) {
		snprintf(why, cap, "%s: a link that is not root's", part);
		return -EPERM;
	}
	to[n] = '\0';
	if (to[0] == '/')
		snprintf(next, sizeof(next), "%s", to);
	else
		snprintf(next, sizeof(next), "%.*s/%s",
			 (int)(strrchr(part, '/') - part), part, to);
	if (strlen(next) >= PATH_MAX)
		return -ENAMETOOLONG;
	return check_all(next, depth + 1, why, cap);
}

/* Every folder from the root down, and the path itself. */
static int check_all(const char *path, int depth, char *why, size_t cap)
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
		if (r == 0)
			r = follow(part, depth, why, cap);
	}
	return r;
}

int trust_check(const char *path, char *why, size_t cap)
{
	if (path[0] != '/' || strlen(path) >= PATH_MAX) {
		snprintf(why, cap, "%.200s: not an absolute path", path);
		return -EPERM;
	}
	return check_all(path, 0, why, cap);
}
