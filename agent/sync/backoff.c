/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sync/backoff.h"

#include <string.h>
#include <sys/random.h>

#include "lib/clock.h"

/* milliseconds; full jitter can come to nothing */
#define WAIT_MIN 100

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

int64_t backoff_after(struct backoff *b, int64_t asked, int64_t most)
{
	int64_t ms = backoff_next(b, most);

	if (asked > 0)
		ms += asked * 1000;
	return ms > WAIT_MIN ? ms : WAIT_MIN;
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

/* ${n} digits at ${at}, or -1. */
static int digits(const char *at, int n)
{
	int v = 0;

	for (; n > 0; n--, at++) {
		if (*at < '0' || *at > '9')
			return -1;
		v = v * 10 + (*at - '0');
	}
	return v;
}

static int month_of(const char *at)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int m = 0; m < 12; m++) {
		if (strncmp(months + (size_t)3 * (size_t)m, at, 3) == 0)
			return m + 1;
	}
	return -1;
}

static int64_t parse_date(const char *value)
{
	static const char form[] = "xxx, 00 xxx 0000 00:00:00 GMT";
	int64_t t = -1;

	if (strlen(value) != sizeof(form) - 1)
		return -1;
	for (size_t i = 0; form[i]; i++) {
		if (form[i] != 'x' && form[i] != '0' && form[i] != value[i])
			return -1;
	}
	if (clock_from_date(digits(value + 12, 4), month_of(value + 8),
			    digits(value + 5, 2), digits(value + 17, 2),
			    digits(value + 20, 2), digits(value + 23, 2),
			    &t) < 0)
		return -1;
	return t;
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
