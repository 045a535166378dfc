/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers with a unit, as people write them: "90s", "64K". */
#ifndef CW_LIB_QUANTITY_H
#define CW_LIB_QUANTITY_H

#include <stdint.h>

/* A family of units ends with letter 0; the largest is first. */
struct quantity_unit {
	char letter;
	int64_t factor;
};

extern const struct quantity_unit quantity_durations[];	/* s m h d w: seconds */
extern const struct quantity_unit quantity_sizes[];	/* K M G T: bytes */
extern const struct quantity_unit quantity_plain[];	/* none */

/* Digits and at most one unit, nothing else: 0; -EINVAL; -ERANGE above
 * INT64_MAX. */
int quantity_parse(const char *text, const struct quantity_unit *units,
		   int64_t *ret);

#endif
