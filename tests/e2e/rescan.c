/* SPDX-License-Identifier: Apache-2.0 */
/* A scan for each line of standard input, each on the index of the one before;
 * of a line with a path, an update: of that path alone.  Prints how many
 * locations it found, how many bytes the walk read, each endpoint's port and
 * state in their order, and the notes on listening sockets.
 *
 *	rescan CONFIG FOLDER
 *
 * FOLDER: where the index is kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/proc/scan.h"

#define ENDPOINTS 64

struct found {
	unsigned int n;
	char endpoints[ENDPOINTS][64];
	size_t n_endpoints;
};

static int take(void *arg, const Cw__Location *l, const Ipc__Finding *f)
{
	struct found *k = arg;
	const Cw__EndpointPlace *e = l->endpoint;

	(void)f;
	k->n++;
	if (l->place_case == CW__LOCATION__PLACE_ENDPOINT &&
	    l->kind == CW__KIND__KIND_ENDPOINT && k->n_endpoints < ENDPOINTS)
		snprintf(k->endpoints[k->n_endpoints++],
			 sizeof(k->endpoints[0]), "%u %.20s%.20s", e->port,
			 e->state, e->failure);
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void print(struct found *k, const Cw__Coverage *c)
{
	static const char listening[] = "listening sockets";

	printf("%u locations, %llu bytes", k->n, (unsigned long long)c->bytes);
	qsort(k->endpoints, k->n_endpoints, sizeof(k->endpoints[0]), compare);
	for (size_t i = 0; i < k->n_endpoints; i++)
		printf("; %s", k->endpoints[i]);
	for (size_t i = 0; i < c->n_notes; i++) {
		if (strncmp(c->notes[i], listening, strlen(listening)) == 0)
			printf("; %s", c->notes[i]);
	}
	printf("\n");
	fflush(stdout);
}

static int scan(const struct agent_config *config, struct index *index,
		const char *path)
{
	struct found k = {.n = 0};
	const struct scan_sink sink = {.location = take, .arg = &k};
	struct scan *s = NULL;
	char name[4096];
	int r;

	snprintf(name, sizeof(name), "f%s", path);
	if (*path)
		r = scan_start_update(config, &sink, index, name,
				      strlen(name) + 1, &s);
	else
		r = scan_start_index(config, &sink, index, &s);
	if (r == 0)
		r = scan_run(s);
	if (r == 0)
		print(&k, scan_coverage(s));
	else
		printf("%s\n", strerror(-r));
	scan_free(s);
	return r;
}

int main(int argc, char **argv)
{
	struct agent_config config;
	struct index index;
	char line[4000];
	int r = 0;

	if (argc != 3 || agent_config_load(&config, argv[1]) < 0)
		return 2;
	index_init(&index, argv[2]);
	index.slack_ms = 0;
	while (r == 0 && fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		r = scan(&config, &index, line);
	}
	index_free(&index);
	agent_config_free(&config);
	return r < 0;
}
