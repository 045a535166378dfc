/* SPDX-License-Identifier: Apache-2.0 */
/* One option's value: from text into its member, and back. */
#ifndef CW_LIB_OPTIONS_VALUE_H
#define CW_LIB_OPTIONS_VALUE_H

#include "lib/buf.h"
#include "lib/options.h"

/* Makes the member empty without freeing what it points to. */
void option_empty(const struct option *o, void *target);
/* The same, freeing it. */
void option_clear(const struct option *o, void *target);

/* Sets the member from ${text}; to a list, adds each of its lines that is not
 * empty.  0, -ENOMEM, or -EINVAL with the reason in ${why}. */
int option_set(const struct option *o, void *target, const char *text,
	       struct buf *why);

/* A number with its unit, as it would be written. */
void option_format(const struct option *o, int64_t value, struct buf *out);

#endif
