/* SPDX-License-Identifier: Apache-2.0 */
/* Reports to the store, without the network.
 *
 *	store URL REPORTS LOCATIONS GROUP [WRITERS]
 *
 * REPORTS agents report LOCATIONS files each, for the first time; GROUP of
 * these reports are one transaction, as when so many arrive at once; WRITERS
 * threads (1) share the agents.  0 LOCATIONS: what is measured are heartbeats
 * of agents that are there.  The database must be new.  Prints what happened;
 * p50 and p99 are milliseconds of a transaction, cpu the seconds
 * of all of them, decoding included, without the server's. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector-stub/ingest/apply.h"
#include "lib/hash.h"
#include "lib/limits.h"

struct report {
	struct arena arena;
	struct sync sync;
	char id[STORE_AGENT_ID];
	uint8_t *body;
	size_t len;
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "store: %s\n", what);
	exit(1);
}

static double now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A certificate in a file, as the walk reports it. */
static ProtobufCBinaryData location(int agent, int n)
{
	Cw__Location l = CW__LOCATION__INIT;
	Cw__FilePlace f = CW__FILE_PLACE__INIT;
	ProtobufCBinaryData ret = { 0, NULL };
	uint8_t object[HASH_SIZE];
	char path[128];

	snprintf(path, sizeof(path), "/etc/ssl/private/service-%d/%d.pem",
		 agent, n);
	hash_sha256(path, strlen(path), object);
	f.path.data = (uint8_t *)path;
	f.path.len = strlen(path);
	f.mode = 0644;
	f.mtime = 1767225600 + n;
	l.kind = CW__KIND__KIND_CERTIFICATE;
	l.format = (char *)"pem";
	l.place_case = CW__LOCATION__PLACE_FILE;
	l.file = &f;
	l.object.data = object;
	l.object.len = sizeof(object);
	ret.len = cw__location__get_packed_size(&l);
	ret.data = malloc(ret.len);
	if (!ret.data)
		die("no memory");
	cw__location__pack(&l, ret.data);
	return ret;
}

static void make_report(struct report *r, int agent, int locations)
{
	Cw__SyncRequest m = CW__SYNC_REQUEST__INIT;
	ProtobufCBinaryData *all = calloc((size_t)locations, sizeof(*all));
	struct set_digest digest = { .sum = { 0 } };
	uint8_t hash[HASH_SIZE];

	if (!all)
		die("no memory");
	for (int i = 0; i < locations; i++) {
		all[i] = location(agent, i);
		hash_sha256(all[i].data, all[i].len, hash);
		set_digest_add(&digest, hash);
	}
	m.epoch = 1;
	m.new_generation = 1;
	m.full = 1;
	m.n_added = (size_t)locations;
	m.added = all;
	m.digest = (ProtobufCBinaryData){ HASH_SIZE, digest.sum };
	r->len = cw__sync_request__get_packed_size(&m);
	r->body = malloc(r->len);
	if (!r->body)
		die("no memory");
	cw__sync_request__pack(&m, r->body);
	for (int i = 0; i < locations; i++)
		free(all[i].data);
	free(all);
	snprintf(r->id, sizeof(r->id), "%08x-0000-4000-8000-000000000000",
		 (unsigned int)agent * 2654435761U);
}

static void decode(struct report *r)
{
	const char *why = NULL;

	arena_init(&r->arena, DECODE_MEMORY);
	r->sync = (struct sync){ .agent_id = r->id, .now = 1767225600,
				 .existing_pki = true };
	if (decode_sync(r->body, r->len, &r->arena, &r->sync, &why) < 0)
		die(why);
}

/* One transaction. */
static void store_group(struct store *s, struct report *r, int n)
{
	const char *ids[512];
	int e = 0;

	for (int i = 0; i < n; i++)
		ids[i] = r[i].id;
	e = s->driver->begin(s);
	if (e == 0)
		e = s->driver->expect(s, ids, (size_t)n);
	for (int i = 0; e == 0 && i < n; i++) {
		struct apply_result result = { .generation = 0 };

		e = apply_sync(s, &r[i].sync, &result);
		if (e == 0 && result.verdict != APPLY_ACKNOWLEDGED)
			die("a report was not acknowledged");
		buf_free(&result.need);
	}
	if (e == 0)
		e = s->driver->commit(s);
	if (e < 0)
		die(s->error);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* One thread's part. */
struct writer {
	pthread_t thread;
	struct store *store;
	int first, reports, locations, group;
	double *took;		/* of each transaction */
	double cpu;		/* of all of them, without the server's */
	int n;
};

/* Once through all agents of the part. */
static void write_all(struct writer *w, struct report *r)
{
	w->n = 0;
	w->cpu = 0;
	for (int at = 0; at + w->group <= w->reports; at += w->group) {
		double start = 0, cpu = 0;

		for (int i = 0; i < w->group; i++)
			make_report(&r[i], w->first + at + i, w->locations);
		start = now(CLOCK_MONOTONIC);
		cpu = now(CLOCK_THREAD_CPUTIME_ID);
		for (int i = 0; i < w->group; i++)
			decode(&r[i]);
		store_group(w->store, r, w->group);
		w->took[w->n++] = now(CLOCK_MONOTONIC) - start;
		w->cpu += now(CLOCK_THREAD_CPUTIME_ID) - cpu;
		for (int i = 0; i < w->group; i++) {
			arena_free(&r[i].arena);
			free(r[i].body);
		}
	}
}

static void *writer_main(void *arg)
{
	struct writer *w = arg;
	struct report *r = calloc((size_t)w->group, sizeof(*r));

	if (!r)
		die("no memory");
	write_all(w, r);
	free(r);
	return NULL;
}

static double run_writers(struct writer *w, int n)
{
	double start = now(CLOCK_MONOTONIC);

	for (int i = 0; i < n; i++)
		if (pthread_create(&w[i].thread, NULL, writer_main, &w[i]) != 0)
			die("cannot start a thread");
	for (int i = 0; i < n; i++)
		pthread_join(w[i].thread, NULL);
	return now(CLOCK_MONOTONIC) - start;
}

/* Reports are made in between: with one writer their time is not counted. */
static double seconds_of(struct writer *w, int n, double wall)
{
	double sum = 0;

	for (int i = 0; n == 1 && i < w[0].n; i++)
		sum += w[0].took[i];
	return n == 1 ? sum : wall;
}

static void print(struct writer *w, int n, double wall, int locations)
{
	double *all = w[0].took, seconds = seconds_of(w, n, wall);
	double reports = 0, cpu = 0;
	int k = 0;

	for (int i = 0; i < n; i++) {
		reports += (double)w[i].n * w[i].group;
		cpu += w[i].cpu;
		memmove(all + k, w[i].took, (size_t)w[i].n * sizeof(*all));
		k += w[i].n;
	}
	if (k == 0)
		die("fewer reports than a group for each writer");
	qsort(all, (size_t)k, sizeof(*all), by_value);
	printf("reports=%.0f locations=%.0f p50=%.2f p99=%.2f cpu=%.2f\n",
	       reports / seconds, reports * locations / seconds,
	       all[k / 2] * 1e3, all[k * 99 / 100] * 1e3, cpu);
}

static int number(const char *text, int least, int most)
{
	char *rest = NULL;
	long n = strtol(text, &rest, 10);

	if (!*text || *rest || n < least || n > most)
		die(text);
	return (int)n;
}

static struct store *open_store(const char *url, bool fresh)
{
	struct store *s = NULL;
	char error[256] = "";

	if (store_open(url, fresh, &s, error, sizeof(error)) < 0)
		die(error);
	return s;
}

int main(int argc, char **argv)
{
	struct writer w[64] = { { .n = 0 } };
	int reports = 0, n = 1;
	double *took = NULL, wall = 0;

	if (argc != 5 && argc != 6)
		die("usage: store URL REPORTS LOCATIONS GROUP [WRITERS]");
	reports = number(argv[2], 1, 1000000);
	n = argc == 6 ? number(argv[5], 1, 64) : 1;
	took = calloc((size_t)reports + 1, sizeof(*took));
	if (!took)
		die("no memory");
	for (int i = 0; i < n; i++)
		w[i] = (struct writer){
			.store = open_store(argv[1], i == 0),
			.first = i * (reports / n), .reports = reports / n,
			.locations = number(argv[3], 0, 5000),
			.group = number(argv[4], 1, 512),
			.took = took + i * (reports / n),
		};
	wall = run_writers(w, n);
	if (w[0].locations == 0)
		wall = run_writers(w, n);
	print(w, n, wall, w[0].locations);
	for (int i = 0; i < n; i++)
		store_close(w[i].store);
	free(took);
	return 0;
}
