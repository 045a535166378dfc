/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sync/backoff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/clock.h"

/* Evenly from 0 to ${bound}. */
static int64_t random_up_to(int64_t bound)
{
	uint64_t v = 0;

	if (bound <= 0 || getrandom(&v, sizeof(v), 0) != sizeof(v))
		return bound > 0 ? bound / 2 : 0;
	return (int64_t)(v % ((uint64_t)bound + 1));
}

int64_t backoff_next(struct backoff *b, int64_t most)
{
	int64_t bound = 1000;

	for (unsigned int i = 0; i < b->failures && bound < most * 1000; i++)
		bound *= 2;
	if (bound > most * 1000)
		bound = most * 1000;
	if (b->failures < 63)
		b->failures++;
	return random_up_to(bound);
}

void backoff_reset(struct backoff *b)
{
	b->failures = 0;
}

int64_t backoff_splay(int64_t seconds)
{
	int64_t ms = seconds * 1000;

	return ms - ms / 10 + random_up_to(ms / 5);
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
static int64_t parse_date(const char *value)
{
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	int day = 0, year = 0, hour = 0, minute = 0, second = 0, end = 0;
	char month[4] = "";
	int64_t t = 0;

	if (strlen(value) != 29 ||
	    sscanf(value, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n",
		   &day, month, &year, &hour, &minute, &second, &end) != 6 ||
	    end != 29)
		return -1;
	for (int m = 0; m < 12; m++) {
		if (strcmp(months[m], month) == 0 &&
		    clock_from_date(year, m + 1, day, hour, minute, second,
				    &t) == 0)
			return t;
	}
	return -1;
}

static int64_t parse_seconds(const char *value, int64_t most)
{
	int64_t n = 0;

	if (*value == '\0')
		return -1;
	for (; *value; value++) {
		if (*value < '0' || *value > '9')
			return -1;
		n = n * 10 + (*value - '0');
		if (n > most)
			n = most;
	}
	return n;
}

int64_t backoff_retry_after(const char *value, int64_t now, int64_t most)
{
	int64_t n = parse_seconds(value, most);
	int64_t t = n < 0 ? parse_date(value) : -1;

	if (t >= 0)
		n = t > now ? t - now : 0;
	return n > most ? most : n;
}
