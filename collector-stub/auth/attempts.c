/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/auth/attempts.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define HOUR 3600
#define SKEW 60		/* seconds between the clocks of two collectors */

/* ${free} failures cost nothing; the next one ${first} seconds, and none more
 * than ${longest}. */
struct pauses {
	int64_t free, first, longest;
};

static const struct pauses of_name = { 5, 30, 30 };
static const struct pauses of_pair = { 5, 30, HOUR };
static const struct pauses of_place = { 20, 30, HOUR };

void attempts_place(const char *address, char ret[static ATTEMPTS_PLACE])
{
	char text[INET6_ADDRSTRLEN], cut[INET6_ADDRSTRLEN];
	struct in6_addr v6;

	/* without the interface of a link-local one */
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(address, "%"),
		 address);
	if (inet_pton(AF_INET6, text, &v6) != 1) {
		snprintf(ret, ATTEMPTS_PLACE, "%s", text);
	} else if (IN6_IS_ADDR_V4MAPPED(&v6)) {
		inet_ntop(AF_INET, &v6.s6_addr[12], cut, sizeof(cut));
		snprintf(ret, ATTEMPTS_PLACE, "%s", cut);
	} else {
		memset(&v6.s6_addr[8], 0, 8);
		inet_ntop(AF_INET6, &v6, cut, sizeof(cut));
		snprintf(ret, ATTEMPTS_PLACE, "%s/64", cut);
	}
}

static int64_t pause_of(const struct pauses *p, int64_t failures)
{
	int64_t seconds = p->first;

	if (failures <= p->free)
		return 0;
	for (int64_t i = p->free + 1; i < failures && seconds < p->longest;
	     i++)
		seconds *= 2;
	return seconds < p->longest ? seconds : p->longest;
}

/* A failure that a clock noted which was ahead costs nothing: the next one is
 * noted by the right clock. */
static int64_t left(const struct pauses *p, const struct store_attempts *a,
		    int64_t now)
{
	int64_t pause = pause_of(p, a->failures);
	int64_t until = a->latest + pause;

	return until > now && until - now <= pause + SKEW ? until - now : 0;
}

int64_t attempts_wait_of(const struct store_attempts *name, int64_t now)
{
	return left(&of_name, name, now);
}

/* Makes *${wait} longer. */
static int add_wait(struct store *s, const struct pauses *p, const char *name,
		    const char *place, int64_t now, int64_t *wait)
{
	struct store_attempts a = { .failures = 0 };
	int r = s->driver->users->attempt_get(s, name, place, &a);

	if (r == 0 && left(p, &a, now) > *wait)
		*wait = left(p, &a, now);
	return r;
}

int attempts_wait(struct store *s, const char *name, const char *address,
		  int64_t now, int64_t *ret_wait)
{
	char place[ATTEMPTS_PLACE];
	int64_t wait = 0;
	int r = 0;

	attempts_place(address, place);
	r = add_wait(s, &of_place, "", place, now, &wait);
	if (r == 0 && name)
		r = add_wait(s, &of_name, name, "", now, &wait);
	if (r == 0 && name)
		r = add_wait(s, &of_pair, name, place, now, &wait);
	if (r == 0)
		*ret_wait = wait;
	return r;
}

int attempts_fail(struct store *s, const char *name, const char *address,
		  int64_t now)
{
	const struct store_user_driver *d = s->driver->users;
	int64_t since = now - ATTEMPTS_LIFE;
	char place[ATTEMPTS_PLACE];
	int r = 0;

	attempts_place(address, place);
	r = d->attempt_add(s, "", place, now, since);
	if (r == 0 && name)
		r = d->attempt_add(s, name, "", now, since);
	if (r == 0 && name)
		r = d->attempt_add(s, name, place, now, since);
	return r < 0 ? r : d->attempt_sweep(s, since);
}

int attempts_good(struct store *s, const char *name, const char *address)
{
	char place[ATTEMPTS_PLACE];
	int r = s->driver->users->attempt_remove(s, name, "");

	attempts_place(address, place);
	return r < 0 ? r : s->driver->users->attempt_remove(s, name, place);
}

int attempts_forget(struct store *s, const char *name)
{
	return s->driver->users->attempt_remove(s, name, NULL);
}
