/* SPDX-License-Identifier: Apache-2.0 */
/* The objects of a sync: those that came, and those that have to come. */
#ifndef CW_COLLECTOR_OBJECTS_H
#define CW_COLLECTOR_OBJECTS_H

#include "collector-stub/ingest/decode.h"

/* Keeps those that a location of this agent names.  0 or the store's error. */
int objects_keep(struct store *s, const struct sync *in, const char *id);

/* Adds to ${need} the hashes of what this agent's locations name and is not
 * here, and notes in ${a} whether there is any.  Where none was lacking before,
 * it can only be what came now, if the locations have ${changed}.  0 or the
 * store's error. */
int objects_need(struct store *s, const struct sync *in, struct store_agent *a,
		 bool changed, struct buf *need);

#endif
