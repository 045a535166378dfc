/* SPDX-License-Identifier: Apache-2.0 */
/* From the rows that a difference removed and added to the events that they
 * are (store/event.h).  A row that came anew with other attributes alone is
 * none; a certificate is new where its host had it nowhere, and gone where it
 * has it nowhere any more and none has come in its place. */
#ifndef CW_COLLECTOR_CHANGE_H
#define CW_COLLECTOR_CHANGE_H

#include "collector-stub/ingest/decode.h"

struct change;

/* NULL without memory. */
struct change *change_new(void);
void change_free(struct change *c);

/* A row that is there no more (the callback of location_remove(): always 0); a
 * row that was added.  Both are copied; of more than there is memory for, one
 * event "many" is made. */
int change_removed(void *c, const struct store_location *l);
void change_added(struct change *c, const struct store_location *l);

/* Something of the host itself: 0 or -ENOMEM. */
int change_host(struct change *c, int64_t time, const char *event);

/* A coverage that is worse than the one before it: no longer complete, or with
 * more gaps.  Before that is overwritten.  0 or the store's error. */
int change_coverage(struct store *s, const struct sync *in);

/* Writes the events, after the rows themselves.  0 or the store's error. */
int change_write(struct change *c, struct store *s, const struct sync *in);

#endif
