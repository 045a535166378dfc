/* SPDX-License-Identifier: Apache-2.0 */
/* What has changed: a row for each certificate that came to a host or left it,
 * each endpoint that changed its state, each host that fell silent.  Errors as
 * in store.h.
 *
 *	about		event
 *	certificate	new (of which a reader makes renewed or replaced where
 *			it has a ${prior}), gone
 *	endpoint	the state that it has now
 *	host		joined (its first report), resynced (all of it anew),
 *			many (more at once than is listed), worse (its scan left
 *			out what the one before it did not), silent, back */
#ifndef CW_COLLECTOR_STORE_EVENT_H
#define CW_COLLECTOR_STORE_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/hash.h"

struct store;

/* A host is silent after this many seconds. */
#define STORE_SILENT INT64_C(86400)

/* Numbers of one agent's events grow; the first of a second is beyond its time
 * multiplied by this.  That product itself is the number of "silent". */
#define STORE_EVENT_NUMBER (INT64_C(1) << 20)

struct store_event {
	int64_t number;
	int64_t time;
	const char *event, *about;
	const uint8_t *object;	/* HASH_SIZE bytes each, or NULL */
	const uint8_t *facts;	/* key of the object's row */
	const uint8_t *prior;	/* the certificate in whose place it came */
	const char *place;	/* as text; "" */
	const char *was;	/* state of an endpoint before; or NULL */
	const char *cause;	/* or NULL */
};

struct store_event_driver {
	/* The highest number of this agent's, or 0. */
	int (*last)(struct store *s, const char *id, int64_t *ret);
	/* How many this agent has since ${time}. */
	int (*count)(struct store *s, const char *id, int64_t time,
		     int64_t *ret);
	/* Those whose number is there already are passed over. */
	int (*add)(struct store *s, const char *id,
		   const struct store_event *e, size_t n);
	/* Of each of ${n} objects (HASH_SIZE bytes each, in order): locations
	 * of this agent that name it; its events that have it as prior and
	 * whose own object is there. */
	int (*places)(struct store *s, const char *id, const uint8_t *objects,
		      size_t n, int64_t *ret);
	int (*followed)(struct store *s, const char *id,
			const uint8_t *objects, size_t n, int64_t *ret);
	/* Gives events "new" of these objects, where they have none, as prior
	 * what this agent has of the same DNS names and an earlier end.  Each
	 * costs a millisecond or three at worst. */
	int (*settle)(struct store *s, const char *id, const uint8_t *objects,
		      size_t n);
	/* Adds "silent" for those who were not heard of for STORE_SILENT, while
	 * others were, but for no more than ${since} seconds. */
	int (*silent)(struct store *s, int64_t now, int64_t since);
};

#endif
