/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/ini_dir.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/file.h"

#define SUFFIX ".ini"
#define NAME_MAX_LEN 64

bool ini_dir_is_name(const char *name)
{
	static const char may[] = "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	size_t len = strlen(name);

	return len > 0 && len <= NAME_MAX_LEN && name[0] != '.' &&
	       name[0] != '-' && strspn(name, may) == len;
}

int ini_dir_path(const char *dir, const char *name, char *ret, size_t cap)
{
	char file[NAME_MAX_LEN + sizeof(SUFFIX)];

	if (!ini_dir_is_name(name))
		return -ENOENT;
	snprintf(file, sizeof(file), "%s" SUFFIX, name);
	return file_path(ret, cap, dir, file);
}

void ini_dir_fault(const char *dir, const char *name, int r,
		   void (*fault)(void *arg, const char *text), void *arg)
{
	char line[4600];

	snprintf(line, sizeof(line), "%s/%s" SUFFIX ": %s", dir, name,
		 r == -ENOENT ? "no such file, or no proper name"
			      : strerror(-r));
	fault(arg, line);
}

static int is_file(const struct dirent *e)
{
	size_t len = strlen(e->d_name), end = sizeof(SUFFIX) - 1;

	return e->d_name[0] != '.' && len > end &&
	       len - end <= NAME_MAX_LEN &&
	       strcmp(e->d_name + len - end, SUFFIX) == 0;
}

int ini_dir_list(const char *dir, int (*fn)(void *arg, const char *name),
		 void *arg)
{
	struct dirent **names = NULL;
	int n = scandir(dir, &names, is_file, alphasort);
	int r = n < 0 ? -errno : 0;

	for (int i = 0; i < n; i++) {
		names[i]->d_name[strlen(names[i]->d_name) -
				 (sizeof(SUFFIX) - 1)] = '\0';
		if (r == 0)
			r = fn(arg, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return r;
}
