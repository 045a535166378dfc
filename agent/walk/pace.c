/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/walk/pace.h"

#include <errno.h>
#include <time.h>

#define SECOND INT64_C(1000000000)
#define BURST (SECOND / 10)
#define WAIT_MAX (3600 * SECOND)	/* for one charge */

void pace_init(struct pace *p, int64_t rate)
{
	p->rate = rate;
	atomic_init(&p->due, 0);
}

static int64_t cost(const struct pace *p, uint64_t units)
{
	double ns = (double)units / (double)p->rate * (double)SECOND;

	return ns < (double)WAIT_MAX ? (int64_t)ns : WAIT_MAX;
}

int64_t pace_charge(struct pace *p, uint64_t units, int64_t now)
{
	int64_t due, base;

	if (p->rate == 0)
		return 0;
	due = atomic_load(&p->due);
	do {
		base = due < now - BURST ? now - BURST : due;
	} while (!atomic_compare_exchange_weak(&p->due, &due,
					       base + cost(p, units)));
	return base > now ? base - now : 0;
}

void pace_take(struct pace *p, uint64_t units)
{
	struct timespec t = {0};
	int64_t wait;

	if (p->rate == 0)
		return;
	clock_gettime(CLOCK_MONOTONIC, &t);
	wait = pace_charge(p, units, t.tv_sec * SECOND + t.tv_nsec);
	t = (struct timespec){wait / SECOND, wait % SECOND};
	while (wait > 0 &&
	       clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) == EINTR)
		;
}
