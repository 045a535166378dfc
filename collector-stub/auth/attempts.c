/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/auth/attempts.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector-stub/auth/throttle.h"
#include "collector-stub/store/user.h"

#define HOUR 3600
/* seconds that anybody can keep the owner of a name waiting */
#define BRIEF 30

/* "NAME|PLACE": no name has a "|" */
#define PAIR (STORE_USER_NAME + ATTEMPTS_PLACE)

struct attempts {
	struct throttle *names, *pairs, *places;
};

struct attempts *attempts_new(void)
{
	struct attempts *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->names = throttle_new(5, 30, BRIEF);
	a->pairs = throttle_new(5, 30, HOUR);
	a->places = throttle_new(20, 30, HOUR);
	if (!a->names || !a->pairs || !a->places) {
		attempts_free(a);
		return NULL;
	}
	return a;
}

void attempts_free(struct attempts *a)
{
	if (!a)
		return;
	throttle_free(a->names);
	throttle_free(a->pairs);
	throttle_free(a->places);
	free(a);
}

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

static void make_pair(const char *name, const char *place,
		      char ret[static PAIR])
{
	snprintf(ret, PAIR, "%s|%s", name, place);
}

static int64_t longer(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t attempts_wait(struct attempts *a, const char *name,
		      const char *address, int64_t now)
{
	char place[ATTEMPTS_PLACE], pair[PAIR];
	int64_t wait = name ? throttle_wait(a->names, name, now) : 0;

	if (!address)
		return wait;
	attempts_place(address, place);
	wait = longer(wait, throttle_wait(a->places, place, now));
	if (!name)
		return wait;
	make_pair(name, place, pair);
	return longer(wait, throttle_wait(a->pairs, pair, now));
}

void attempts_fail(struct attempts *a, const char *name, const char *address,
		   int64_t now)
{
	char place[ATTEMPTS_PLACE], pair[PAIR];

	attempts_place(address, place);
	throttle_fail(a->places, place, now);
	if (!name)
		return;
	make_pair(name, place, pair);
	throttle_fail(a->names, name, now);
	throttle_fail(a->pairs, pair, now);
}

void attempts_good(struct attempts *a, const char *name, const char *address)
{
	char place[ATTEMPTS_PLACE], pair[PAIR];

	attempts_place(address, place);
	make_pair(name, place, pair);
	throttle_clear(a->names, name);
	throttle_clear(a->pairs, pair);
}

void attempts_forget(struct attempts *a, const char *name)
{
	char all[PAIR];

	make_pair(name, "", all);
	throttle_clear(a->names, name);
	throttle_clear_all(a->pairs, all);
}
