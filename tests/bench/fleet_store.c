/* SPDX-License-Identifier: Apache-2.0 */
/* The fleet and the database behind the collectors. */
#include "tests/bench/fleet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/ca/ca.h"
#include "lib/clock.h"
#include "lib/limits.h"

#define GROUP 1000		/* agents of one transaction */
#define LIFETIME (30 * 86400)
#define TOLD 5

static struct store *open_store(const char *url)
{
	struct store *s = NULL;
	char error[256] = "";

	if (store_open(url, false, &s, error, sizeof(error)) < 0)
		fleet_die(error);
	return s;
}

static void certify(struct fleet *f, const struct ca *ca,
		    struct fleet_agent *a, int64_t now)
{
	struct buf der;

	buf_init(&der, KIB(16));
	if (ca_sign_agent(ca, f->key, a->id, now, LIFETIME, &der) < 0)
		fleet_die("cannot certify an agent");
	a->certificate = malloc(der.len);
	if (!a->certificate)
		fleet_die("no memory");
	memcpy(a->certificate, der.data, der.len);
	a->certificate_len = (int)der.len;
	buf_free(&der);
}

/* Numbers in another order than ids, as chance would have it. */
static void name(struct fleet_agent *a, int number)
{
	a->number = number;
	snprintf(a->id, sizeof(a->id), "%08x-0000-4000-8000-%012x",
		 (unsigned int)number * 2654435761U, (unsigned int)number);
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct fleet_agent *)a)->id,
		      ((const struct fleet_agent *)b)->id);
}

void fleet_enrol(struct fleet *f, const char *url, const char *state_dir)
{
	struct store *s = open_store(url);
	int64_t now = clock_now();
	struct ca ca;
	int r = ca_load(state_dir, &ca);

	if (r < 0)
		fleet_die(state_dir);
	for (int i = 0; i < f->n; i++)
		name(&f->agents[i], i);
	qsort(f->agents, (size_t)f->n, sizeof(*f->agents), by_id);
	for (int i = 0; r == 0 && i < f->n; i++) {
		if (i % GROUP == 0)
			r = s->driver->begin(s);
		certify(f, &ca, &f->agents[i], now);
		if (r == 0)
			r = s->driver->agent_add(s, f->agents[i].id, now,
						 now + LIFETIME);
		if (r == 0 && (i % GROUP == GROUP - 1 || i == f->n - 1))
			r = s->driver->commit(s);
	}
	if (r < 0)
		fleet_die(s->error);
	ca_free(&ca);
	store_close(s);
}

/* -------------------------------------------------------------------- check */

struct check {
	struct fleet *f;
	int at;			/* the agent that rows are of */
	uint8_t (*rows)[HASH_SIZE];
	size_t n, cap;
	long locations, missing, extra, ahead;
	int told;
};

static int by_hash(const void *a, const void *b)
{
	return memcmp(a, b, HASH_SIZE);
}

/* What the agent has by its own account, in order; the caller frees. */
static uint8_t (*expected(const struct fleet_agent *a, const uint8_t *versions,
			  size_t *ret_n))[HASH_SIZE]
{
	size_t n = 0;
	const uint8_t *shared = fleet_authorities(&n);
	uint8_t (*all)[HASH_SIZE] = calloc(n + FLEET_OWN * FLEET_PLACES,
					   HASH_SIZE);

	if (!all)
		fleet_die("no memory");
	memcpy(all, shared, n * HASH_SIZE);
	for (int i = 0; i < a->own; i++)
		n += (size_t)fleet_hashes(a, i, versions[i], all + n);
	qsort(all, n, HASH_SIZE, by_hash);
	*ret_n = n;
	return all;
}

static void compare(struct check *k, const struct fleet_agent *a,
		    const uint8_t *versions, long *ret_missing,
		    long *ret_extra)
{
	size_t n = 0, i = 0, j = 0;
	uint8_t (*want)[HASH_SIZE] = expected(a, versions, &n);

	*ret_missing = *ret_extra = 0;
	while (i < n || j < k->n) {
		int c = i == n ? 1 : j == k->n ? -1 :
			memcmp(want[i], k->rows[j], HASH_SIZE);

		*ret_missing += c < 0;
		*ret_extra += c > 0;
		i += c <= 0;
		j += c >= 0;
	}
	free(want);
}

/* Where an answer was lost, the database may be ahead of what the agent knows
 * to be acknowledged: then it has all of what the agent sent. */
static void end_agent(struct check *k)
{
	const struct fleet_agent *a = &k->f->agents[k->at];
	long missing = 0, extra = 0;

	qsort(k->rows, k->n, HASH_SIZE, by_hash);
	compare(k, a, a->acked, &missing, &extra);
	if (a->generation == 0 && k->n == 0) {
		missing = 0;	/* nothing was acknowledged yet */
	} else if ((missing || extra) && a->dirty) {
		compare(k, a, a->now, &missing, &extra);
		k->ahead++;
	}
	k->missing += missing;
	k->extra += extra;
	k->locations += (long)k->n;
	if ((missing || extra) && k->told++ < TOLD)
		fprintf(stderr, "fleet: agent %s: %ld missing, %ld extra\n",
			a->id, missing, extra);
	k->n = 0;
	k->at++;
}

static int take_row(void *arg, const struct store_value *row, size_t n)
{
	struct check *k = arg;
	int c = 1;

	if (n != 2 || row[0].len >= STORE_AGENT_ID || row[1].len != HASH_SIZE)
		return -EIO;
	while (k->at < k->f->n && c > 0) {
		const char *id = k->f->agents[k->at].id;

		c = memcmp(row[0].data, id, row[0].len);
		if (c > 0)
			end_agent(k);
	}
	if (c != 0) {	/* of an agent that is not ours */
		k->extra++;
		return 0;
	}
	if (k->n == k->cap) {
		k->cap = 2 * k->cap + 256;
		k->rows = realloc(k->rows, k->cap * HASH_SIZE);
		if (!k->rows)
			fleet_die("no memory");
	}
	memcpy(k->rows[k->n++], row[1].data, HASH_SIZE);
	return 0;
}

bool fleet_check(struct fleet *f, const char *url)
{
	static const struct store_select rows = {
		.sql = "SELECT agent_id, hash FROM locations"
			" ORDER BY agent_id, hash",
	};
	struct store *s = open_store(url);
	struct check k = { .f = f };

	if (s->driver->select(s, &rows, take_row, &k) < 0)
		fleet_die(s->error);
	while (k.at < f->n)
		end_agent(&k);
	store_close(s);
	free(k.rows);
	printf("check agents=%d locations=%ld missing=%ld extra=%ld "
	       "ahead=%ld\n", f->n, k.locations, k.missing, k.extra, k.ahead);
	fflush(stdout);
	return k.missing == 0 && k.extra == 0;
}
