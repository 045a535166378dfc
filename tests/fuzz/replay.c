/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over the files of its corpus: replay FOLDER... */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/file.h"
#include "lib/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int replay(const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d))) {
		char path[4096];
		struct buf b;

		buf_init(&b, MIB(64));
		if (file_path(path, sizeof(path), folder, e->d_name) == 0 &&
		    file_read(path, &b) == 0) {
			/* an exact allocation, so that ASan sees overreads */
			uint8_t *copy = malloc(b.len ? b.len : 1);

			for (size_t i = 0; copy && i < b.len; i++)
				copy[i] = b.data[i];
			LLVMFuzzerTestOneInput(copy, b.len);
			free(copy);
			n++;
		}
		buf_free(&b);
	}
	if (d)
		closedir(d);
	return n;
}

int main(int argc, char **argv)
{
	int n = 0;

	for (int i = 1; i < argc; i++)
		n += replay(argv[i]);
	printf("replayed %d inputs\n", n);
	return n > 0 ? 0 : 1;
}
