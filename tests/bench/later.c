/* SPDX-License-Identifier: Apache-2.0 */
/* Later scans of a tree, as the daemon makes them: what has not changed since
 * the last one is not looked at.
 *
 *	later TREE FOLDER [THREADS]
 *
 * Scans TREE, with its index in FOLDER; then again for each line of standard
 * input.  Prints a line for each scan: wall and CPU seconds (of the processes
 * that it starts too), files, locations, bytes read. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "agent/proc/scan.h"

static int count_location(void *arg, const Cw__Location *l,
			  const Ipc__Finding *f)
{
	unsigned long *n = arg;

	(void)l;
	(void)f;
	++*n;
	return 0;
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double cpu(void)
{
	struct rusage own = { 0 }, children = { 0 };

	getrusage(RUSAGE_SELF, &own);
	getrusage(RUSAGE_CHILDREN, &children);
	return seconds(own.ru_utime) + seconds(own.ru_stime) +
	       seconds(children.ru_utime) + seconds(children.ru_stime);
}

static double wall(void)
{
	struct timespec t = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int scan(const struct agent_config *config, struct index *index)
{
	unsigned long found = 0;
	struct scan_sink sink = { .location = count_location, .arg = &found };
	const Cw__Coverage *c = NULL;
	struct scan *s = NULL;
	double w = wall(), u = cpu();
	unsigned long files = 0, bytes = 0;
	int r = scan_start_index(config, &sink, index, &s);

	if (r == 0)
		r = scan_run(s);
	if (r == 0) {
		c = scan_coverage(s);
		files = c->files;
		bytes = c->bytes;
		r = c->complete && index->stands ? 0 : -EIO;
	}
	scan_free(s);
	if (r < 0) {
		fprintf(stderr, "later: %s\n", strerror(-r));
		return r;
	}
	printf("%.6f %.6f %lu %lu %lu\n", wall() - w, cpu() - u, files, found,
	       bytes);
	fflush(stdout);
	return 0;
}

int main(int argc, char **argv)
{
	struct agent_config config;
	struct index index;
	char line[16];
	int r = 0;

	if (argc < 3) {
		fprintf(stderr, "usage: later TREE FOLDER [THREADS]\n");
		return 2;
	}
	if (agent_config_load(&config, NULL) < 0)
		return 1;
	free(config.paths.items[0]);
	config.paths.items[0] = strdup(argv[1]);
	config.bindings = false;
	config.idle_priority = false;
	free(config.pkcs11);
	config.pkcs11 = strdup("off");
	if (argc > 3)
		config.threads = strtol(argv[3], NULL, 10);
	index_init(&index, argv[2]);
	do {
		r = scan(&config, &index);
	} while (r == 0 && fgets(line, sizeof(line), stdin));
	index_free(&index);
	agent_config_free(&config);
	return r < 0 ? 1 : 0;
}
