/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of the inventory that are asked for by a filter. */
#ifndef CW_COLLECTOR_INVENTORY_H
#define CW_COLLECTOR_INVENTORY_H

#include "collector-stub/cmd/group.h"
#include "collector-stub/cmd/session.h"

/* The certificates that pass, in the order asked for, each with all its places.
 * An exit code. */
int inventory_chosen(struct session *s, const struct query *q,
		     const struct group_view *view);

/* What is wrong, the worst first: endpoints, then files that services are
 * configured with.  An exit code. */
int inventory_problems(struct session *s, struct query *q, bool json);

#endif
