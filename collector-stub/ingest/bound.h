/* SPDX-License-Identifier: Apache-2.0 */
/* How large a location may be, whatever its agent sends. */
#ifndef CW_COLLECTOR_BOUND_H
#define CW_COLLECTOR_BOUND_H

#include <stdbool.h>

#include "proto/certwalk.pb-c.h"

/* Cuts texts, paths and lists of ${l} to LIMIT_LOCATION_TEXT,
 * LIMIT_LOCATION_PATH and LIMIT_LOCATION_LIST, and where that leaves more than
 * LIMIT_LOCATION bytes, further, to halves of these, until it fits.  Its facts,
 * which have a limit of their own, stay as they are.  True where something was
 * cut. */
bool bound_location(Cw__Location *l);

#endif
