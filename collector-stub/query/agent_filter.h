/* SPDX-License-Identifier: Apache-2.0 */
/* The fields that the filter language (lib/filter.h) has of an agent. */
#ifndef CW_COLLECTOR_AGENT_FILTER_H
#define CW_COLLECTOR_AGENT_FILTER_H

#include "collector-stub/store/store.h"
#include "lib/filter.h"

extern const struct filter_field agent_fields[];

bool agent_passes(const struct filter *f, const struct store_agent_view *v);

#endif
