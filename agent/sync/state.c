/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sync/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "lib/log.h"

/* Above any number that a lost snapshot can have had. */
#define ROOM_LOST (STATE_ROOM << 12)

#define TEMP_SUFFIX 7	/* ".XXXXXX", see lib/file.c */

static bool is_temporary(const char *name)
{
	static const char *const ours[] = {
		STATE_CURRENT, STATE_ACKNOWLEDGED, "status", "identity.pem",
		"identity.next.pem",
	};

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		size_t n = strlen(ours[i]);

		if (strncmp(name, ours[i], n) == 0 && name[n] == '.' &&
		    strlen(name) == n + TEMP_SUFFIX)
			return true;
	}
	return false;
}

static void remove_temporary(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e = NULL;

	while (d && (e = readdir(d))) {
		if (is_temporary(e->d_name))
			unlinkat(dirfd(d), e->d_name, 0);
	}
	if (d)
		closedir(d);
}

static void remember(struct state *s, const struct snapshot *m)
{
	struct state_current c = {.usable = true, .epoch = m->epoch,
				  .generation = m->generation,
				  .locations = m->locations};
	Cw__Coverage *v = NULL;

	memcpy(c.digest, m->digest, HASH_SIZE);
	if (m->coverage.data)
		v = cw__coverage__unpack(NULL, m->coverage.len,
					 m->coverage.data);
	if (v) {
		c.started = v->started;
		c.finished = v->finished;
		c.last_full = v->last_full;
		c.complete = v->complete;
		for (size_t i = 0; i < v->n_counts; i++)
			c.gaps += v->counts[i]->count;
		cw__coverage__free_unpacked(v, NULL);
	}
	s->current = c;
	s->current_lost = false;
}

int state_map(struct state *s, struct snapshot *ret)
{
	const char *why = NULL;
	char path[4096];
	int r = file_path(path, sizeof(path), s->dir, STATE_CURRENT);

	if (r == 0)
		r = snapshot_open(path, ret, &why);
	if (r == 0)
		return 0;
	s->current = (struct state_current){0};
	s->current_lost = r != -ENOENT;
	if (r != -ENOENT)
		log_error("%s: %s; waiting for the next scan", path,
			  why ? why : strerror(-r));
	return r;
}

void state_load_acked(struct state *s)
{
	const char *why = NULL;
	struct acked a = {0};
	char path[4096];
	int r;

	if (s->hashes_loaded)
		return;
	r = file_path(path, sizeof(path), s->dir, STATE_ACKNOWLEDGED);
	if (r == 0)
		r = acked_load(path, &a, &why);
	if (r < 0 && r != -ENOENT)
		log_error("%s: %s; everything will be sent again", path,
			  why ? why : strerror(-r));
	acked_free(&s->acked);
	s->acked = a;
	s->has_acked = r == 0;
	s->hashes_loaded = true;
}

void state_drop_hashes(struct state *s)
{
	if (s->acked_unsaved)
		return;
	free(s->acked.hashes);
	s->acked.hashes = NULL;
	s->acked.count = 0;
	s->hashes_loaded = false;
}

int state_store_acked(struct state *s)
{
	char path[4096];
	int r = file_path(path, sizeof(path), s->dir, STATE_ACKNOWLEDGED);

	if (r == 0)
		r = acked_store(path, &s->acked);
	if (r < 0 && !s->acked_unsaved)
		log_error("%s: cannot be written: %s", path, strerror(-r));
	s->acked_unsaved = r < 0;
	return r;
}

void state_load(struct state *s, const char *dir)
{
	struct snapshot m = {0};

	*s = (struct state){.dir = dir};
	remove_temporary(dir);
	if (state_map(s, &m) == 0) {
		remember(s, &m);
		snapshot_close(&m);
	}
	state_load_acked(s);
	state_drop_hashes(s);
}

void state_free(struct state *s)
{
	acked_free(&s->acked);
	*s = (struct state){0};
}

static uint64_t new_epoch(void)
{
	uint64_t e = 0;

	while (e == 0) {
		if (RAND_bytes((unsigned char *)&e, sizeof(e)) != 1)
			abort();
	}
	return e;
}

static void number(const struct state *s, const struct snapshot_writer *w,
		   uint64_t *ret_epoch, uint64_t *ret_generation)
{
	const struct state_current *c = &s->current;
	uint64_t epoch = 0, last = 0;

	if (c->usable)
		epoch = c->epoch;
	else if (s->has_acked)
		epoch = s->acked.epoch;
	if (c->usable)
		last = c->generation;
	if (s->has_acked && s->acked.epoch == epoch &&
	    s->acked.generation > last)
		last = s->acked.generation;
	if (s->current_lost)
		last += ROOM_LOST;
	/* a new epoch begins before the numbers can wrap */
	if (epoch == 0 || last > UINT64_MAX / 2) {
		epoch = new_epoch();
		last = 0;
	}
	*ret_epoch = epoch;
	*ret_generation = last + STATE_ROOM;
	if (c->usable && epoch == c->epoch &&
	    memcmp(c->digest, w->digest.sum, HASH_SIZE) == 0)
		*ret_generation = c->generation;
}

int state_commit(struct state *s, struct snapshot_writer *w,
		 const Cw__Coverage *coverage)
{
	uint64_t epoch = 0, generation = 0;
	struct snapshot m = {0};
	int r;

	number(s, w, &epoch, &generation);
	r = snapshot_commit(w, epoch, generation, coverage);
	if (r == 0)
		r = state_map(s, &m);
	if (r == 0) {
		remember(s, &m);
		snapshot_close(&m);
	}
	return r;
}
