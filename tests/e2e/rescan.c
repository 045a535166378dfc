/* SPDX-License-Identifier: Apache-2.0 */
/* A scan for each line of standard input, each on the index of the one before:
 * prints how many locations it found and how many bytes the walk read.
 *
 *	rescan CONFIG FOLDER
 *
 * FOLDER: where the index is kept. */
#include <stdio.h>
#include <stdlib.h>

#include "agent/proc/scan.h"

static int take(void *arg, const Cw__Location *l, const Ipc__Finding *f)
{
	unsigned int *n = arg;

	(void)l;
	(void)f;
	++*n;
	return 0;
}

static int scan(const struct agent_config *config, struct index *index)
{
	unsigned int n = 0;
	const struct scan_sink sink = {.location = take, .arg = &n};
	struct scan *s = NULL;
	int r = scan_start_index(config, &sink, index, &s);

	if (r == 0)
		r = scan_run(s);
	if (r == 0)
		printf("%u locations, %llu bytes\n", n,
		       (unsigned long long)scan_coverage(s)->bytes);
	fflush(stdout);
	scan_free(s);
	return r;
}

int main(int argc, char **argv)
{
	struct agent_config config;
	struct index index;
	char line[16];
	int r = 0;

	if (argc != 3 || agent_config_load(&config, argv[1]) < 0)
		return 2;
	index_init(&index, argv[2]);
	index.slack_ms = 0;
	while (r == 0 && fgets(line, sizeof(line), stdin))
		r = scan(&config, &index);
	index_free(&index);
	agent_config_free(&config);
	return r < 0;
}
