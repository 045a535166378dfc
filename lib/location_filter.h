/* SPDX-License-Identifier: Apache-2.0 */
/* The fields that the filter language (lib/filter.h) has of a location and the
 * object there; their names are those of the JSON lines. */
#ifndef CW_LIB_LOCATION_FILTER_H
#define CW_LIB_LOCATION_FILTER_H

#include "lib/filter.h"
#include "proto/certwalk.pb-c.h"

extern const struct filter_field location_fields[];

/* Either may be NULL. */
bool location_passes(const struct filter *f, const Cw__Location *l,
		     const Cw__Facts *facts);

#endif
