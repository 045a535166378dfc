/* SPDX-License-Identifier: Apache-2.0 */
/* Files of a test's own, below a folder that it has made by mkdtemp(). */
#ifndef CW_TESTS_FOLDER_H
#define CW_TESTS_FOLDER_H

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/unit.h"

/* Writes ${text} to the file ${path} below ${top}, with the folders to it. */
static inline void folder_put(const char *top, const char *path,
			      const char *text)
{
	char full[512];
	FILE *f = NULL;

	snprintf(full, sizeof(full), "%s/%s", top, path);
	for (char *p = full + strlen(top) + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		mkdir(full, 0755);
		*p = '/';
	}
	f = fopen(full, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static inline int folder_remove_one(const char *path, const struct stat *st,
				    int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

/* With all that is in it: 0, or what a fixture that fails returns. */
static inline int folder_remove(const char *top)
{
	return nftw(top, folder_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
