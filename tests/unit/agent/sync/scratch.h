/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of a test's own, and packed locations to put into snapshots. */
#ifndef CW_TESTS_SYNC_SCRATCH_H
#define CW_TESTS_SYNC_SCRATCH_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "proto/certwalk.pb-c.h"

static inline int scratch_make(void **state)
{
	static char dir[64];

	snprintf(dir, sizeof(dir), "/tmp/certwalk-unit.XXXXXX");
	*state = mkdtemp(dir);
	return *state ? 0 : -1;
}

static inline int scratch_remove(void **state)
{
	DIR *d = opendir(*state);
	struct dirent *e = NULL;

	while (d && (e = readdir(d)))
		unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	return rmdir(*state);
}

static inline const char *scratch_path(void **state, const char *name)
{
	static char path[4096];

	file_path(path, sizeof(path), *state, name);
	return path;
}

/* A location of about ${size} bytes, known by ${n}; returns its length. */
static inline size_t scratch_location(unsigned int n, size_t size,
				      uint8_t **ret)
{
	Cw__Location l = CW__LOCATION__INIT;
	char *entry = calloc(1, size + 32);
	size_t len;

	snprintf(entry, size + 32, "%u-%0*d", n, (int)size, 0);
	l.kind = CW__KIND__KIND_CERTIFICATE;
	l.entry = entry;
	*ret = malloc(cw__location__get_packed_size(&l));
	len = cw__location__pack(&l, *ret);
	free(entry);
	return len;
}

#endif
