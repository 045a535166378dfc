/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/command/history.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/file.h"

#define RUNS_MAX 1000		/* kept; more than max_per_hour can be */
#define HOUR 3600

/* Times of the last runs, oldest first. */
struct runs {
	int64_t at[RUNS_MAX];
	size_t n;
};

static int read_runs(const char *path, struct runs *ret)
{
	struct buf b;
	char *at, *end;
	int r;

	buf_init(&b, (size_t)64 * RUNS_MAX);
	r = file_read(path, &b);
	at = r == 0 ? (char *)(uintptr_t)buf_str(&b) : NULL;
	while (at && *at && ret->n < RUNS_MAX) {
		ret->at[ret->n] = strtoll(at, &end, 10);
		if (end == at || *end != '\n')
			break;
		ret->n++;
		at = end + 1;
	}
	buf_free(&b);
	return r == -ENOENT ? 0 : r;
}

static int write_runs(const char *path, const struct runs *runs)
{
	struct buf b;
	int r;

	buf_init(&b, (size_t)64 * RUNS_MAX);
	for (size_t i = 0; i < runs->n; i++)
		buf_addf(&b, "%lld\n", (long long)runs->at[i]);
	r = b.failed ? -ENOMEM : file_replace(path, 0600, b.data, b.len);
	buf_free(&b);
	return r;
}

static int judge(const struct action *a, const struct runs *runs, int64_t now,
		 char *reason)
{
	char text[CLOCK_TEXT];
	int64_t recent = 0, last = runs->n ? runs->at[runs->n - 1] : 0;

	for (size_t i = 0; i < runs->n; i++)
		recent += runs->at[i] > now - HOUR;
	if (runs->n && a->cooldown > 0 && now < last + a->cooldown) {
		clock_rfc3339(last, text);
		snprintf(reason, ACTION_REASON, "it ran at %s: its cooldown "
			 "is %llds", text, (long long)a->cooldown);
		return -EACCES;
	}
	if (a->max_per_hour > 0 && recent >= a->max_per_hour) {
		snprintf(reason, ACTION_REASON, "it ran %lld times within an "
			 "hour, which is its limit", (long long)recent);
		return -EACCES;
	}
	return 0;
}

int history_enter(const struct agent_config *config, const struct action *a,
		  int64_t now, char *reason)
{
	struct runs *runs = calloc(1, sizeof(*runs));
	char dir[4096], path[4096];
	int r = runs ? file_path(dir, sizeof(dir), config->commands_dir,
				 "history") : -ENOMEM;

	if (r == 0)
		r = file_make_directories(dir, 0700);
	if (r == 0)
		r = file_path(path, sizeof(path), dir, a->name);
	if (r == 0)
		r = read_runs(path, runs);
	if (r == 0)
		r = judge(a, runs, now, reason);
	if (r == 0 && runs->n == RUNS_MAX)
		memmove(runs->at, runs->at + 1,
			--runs->n * sizeof(runs->at[0]));
	if (r == 0) {
		runs->at[runs->n++] = now;
		r = write_runs(path, runs);
	}
	free(runs);
	return r;
}
