/* SPDX-License-Identifier: Apache-2.0 */
/* The one place that asks what time it is, so that a test can replace it. */
#ifndef CW_LIB_CLOCK_H
#define CW_LIB_CLOCK_H

#include <stdint.h>

/* Wall clock, seconds since 1970. */
int64_t clock_now(void);
/* Steady clock for intervals, milliseconds since some point. */
int64_t clock_steady_ms(void);

/* "2026-11-21T19:16:00Z" and its NUL; years outside 0..9999 are clamped. */
#define CLOCK_TEXT 21
void clock_rfc3339(int64_t t, char text[static CLOCK_TEXT]);

/* A calendar date in UTC to seconds since 1970: 0, or -EINVAL where a field is
 * out of range (leap second 60 is taken as 59). */
int clock_from_date(int year, int month, int day, int hour, int minute,
		    int second, int64_t *ret);

#endif
