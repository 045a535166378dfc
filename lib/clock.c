/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/clock.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

int64_t clock_now(void)
{
	struct timespec ts = {0};

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec;
}

int64_t clock_steady_ms(void)
{
	struct timespec ts = {0};

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Howard Hinnant's civil-date formulas: days since 1970-01-01. */
static int64_t days_from_civil(int64_t y, int m, int d)
{
	int64_t era, yoe, doy, doe;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

static void civil_from_days(int64_t z, int64_t *y, int *m, int *d)
{
	int64_t era, doe, yoe, doy, mp;

	z += 719468;
	era = (z >= 0 ? z : z - 146096) / 146097;
	doe = z - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	*d = (int)(doy - (153 * mp + 2) / 5 + 1);
	*m = (int)(mp < 10 ? mp + 3 : mp - 9);
	*y = yoe + era * 400 + (*m <= 2);
}

void clock_rfc3339(int64_t t, char text[static CLOCK_TEXT])
{
	static const int64_t first = -62167219200, last = 253402300799;
	int64_t year, secs;
	int month, day;

	t = t < first ? first : t > last ? last : t;
	secs = ((t % 86400) + 86400) % 86400;
	civil_from_days((t - secs) / 86400, &year, &month, &day);
	snprintf(text, CLOCK_TEXT, "%04u-%02u-%02uT%02u:%02u:%02uZ",
		 (unsigned)year % 10000, (unsigned)month % 100,
		 (unsigned)day % 100, (unsigned)(secs / 3600) % 100,
		 (unsigned)(secs / 60 % 60) % 100, (unsigned)(secs % 60) % 100);
}

static bool within(int value, int min, int max)
{
	return value >= min && value <= max;
}

static int days_in_month(int year, int month)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30,
				      31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return lengths[month - 1] + (month == 2 && leap);
}

int clock_from_date(int year, int month, int day, int hour, int minute,
		    int second, int64_t *ret)
{
	if (!within(year, 0, 9999) || !within(month, 1, 12) ||
	    !within(day, 1, days_in_month(year, month)) ||
	    !within(hour, 0, 23) || !within(minute, 0, 59) ||
	    !within(second, 0, 60))
		return -EINVAL;
	if (second == 60)
		second = 59;
	*ret = days_from_civil(year, month, day) * 86400 + hour * 3600 +
	       minute * 60 + second;
	return 0;
}
